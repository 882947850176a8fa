"""Statements as they would be if they were there: of the kinds a reason is about, without a flaw. For `explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from supplychain.encoding import format_time
from supplychain.policy.decision import Violation
from supplychain.policy.explain_edits import Entry, clock, value_at
from supplychain.policy.explain_witnesses import makers_of, repeated_builds, second_scans

_NONE = "sha256:" + "0" * 64
_ELEMENTS = (
    "supplier",
    "name",
    "version",
    "unique_id",
    "dependency",
    "hash",
    "license",
    "author",
    "timestamp",
    "tool",
    "generation_context",
)
_MEASURED: dict[str, dict[str, Any]] = {
    "tests": {"tests": 1_000_000, "passed": 1_000_000, "failed": 0, "skipped": 0, "flaky": 0},
    "coverage": {
        "files": 1,
        "lines": 100,
        "lines_covered": 100,
        "branches": 100,
        "branches_covered": 100,
        "worst": [],
    },
    "complexity": {"functions": 1, "highest": 1, "counts": {"1": 1}, "worst": []},
    "performance": {
        "benchmarks": 1,
        "compared": 1,
        "gone": [],
        "same_machine": True,
        "worst": [{"name": "any", "now_ns": 1, "before_ns": 1}],
    },
}
_SCANS = ("sast", "secrets", "iac", "image", "licenses")
MOST_PEOPLE = 10


def would_be(
    violation: Violation, document: Mapping[str, Any], profile: Mapping[str, Any]
) -> Iterator[tuple[str, list[Entry]]]:
    """What each candidate is called, and its statements."""
    kind = str(violation.evidence.get("kind", ""))
    for name in dict.fromkeys((violation.rule, kind)):
        if name == "approvals":
            yield from _approvals(violation, document)
        elif name == "rebuilt":
            yield from repeated_builds(document, profile, _provenance(document, profile))
        elif name == "two_scanners":
            yield from second_scans(kind, document, _scan_of(kind, document, profile))
        elif name in _SCANS:
            yield f"add a scan of kind {name} that finds nothing", [_scan(name, document)]
        elif name in _MEASURED:
            yield f"add a result of {name} that passes", [_result(name, document)]
        elif name in _MADE:
            text, make = _MADE[name]
            yield text.format(document.get("previous_environment")), [make(document, profile)]


def _approvals(violation: Violation, document: Mapping[str, Any]) -> Iterator[tuple[str, list[Entry]]]:
    people = violation.evidence.get("people")
    known = ", ".join(map(str, people)) if isinstance(people, list) else ""
    by = f"by people other than {known}" if known else "by different people"
    for count in range(1, MOST_PEOPLE + 1):
        text = f"{count} more approval{'s' if count > 1 else ''} for {document.get('environment')}, {by}"
        yield f"{text}, none of them an author", [_approval(f"somebody {n}", document) for n in range(1, count + 1)]


def _result(name: str, document: Mapping[str, Any]) -> Entry:
    measured = {"kind": name, "tools": ["any"], "measured": _MEASURED[name]}
    predicate = {"result": "PASSED", "configuration": [], "urn:supplychain:quality": measured}
    return _entry("test-result", predicate, document)


def _summary(document: Mapping[str, Any], _: Mapping[str, Any]) -> Entry:
    place = f"urn:supplychain:policy:{document.get('previous_environment')}"
    return _entry("vsa", {"policy": {"uri": place}, "verificationResult": "PASSED"}, document)


def _entry(kind: str, predicate: dict[str, Any], document: Mapping[str, Any], **more: Any) -> Entry:  # noqa: ANN401
    return {
        "kind": kind,
        "predicate_type": "",
        "digest": _NONE,
        "time": document.get("at"),
        "signers": ["somebody"],
        "people": ["somebody"],
        "builder_level": 0,
        "log": "included",
        "signed_at": document.get("at"),
        "predicate": predicate,
        "document": None,
        **more,
    }


def _coverage(document: Mapping[str, Any], *, database: bool) -> dict[str, Any]:
    state = {"built": document.get("at"), "digest": _NONE, "records": 1} if database else None
    whole = {"asked": 1, "looked_at": 1, "skipped": [], "time_limit_hit": False, "rules": None, "excluded": []}
    return {**whole, "database": state}


def _dependencies(document: Mapping[str, Any], _: Mapping[str, Any]) -> Entry:
    uri = f"urn:supplychain:scanner:{makers_of(document, 'dependencies')}"
    scanner = {"uri": uri, "result": []}  # which documents of version 1 had
    predicate = {"scanner": scanner, "coverage": _coverage(document, database=True)}
    return _entry("vulns", predicate, document, findings={"unreadable": 0, "alike": []})


def _scan(kind: str, document: Mapping[str, Any]) -> Entry:
    coverage = _coverage(document, database=kind == "image")
    scanner = {"name": makers_of(document, kind), "kind": kind}
    return _entry("scan", {"scanner": scanner, "findings": [], "coverage": coverage}, document)


def _scan_of(kind: str, document: Mapping[str, Any], profile: Mapping[str, Any]) -> Entry:
    return _dependencies(document, profile) if kind == "dependencies" else _scan(kind, document)


def _sbom(document: Mapping[str, Any], _: Mapping[str, Any]) -> Entry:
    facts = {
        "format": "CycloneDX",
        "components": 1_000_000,
        "without_version": [],
        "without_purl": [],
        "gaps": [],
        "subjects": [value_at(document, "artifact.digest")],
        "timestamp": document.get("at"),
        "missing": dict.fromkeys(_ELEMENTS, 0),
    }
    return {**_entry("sbom", {}, document), "document": facts}


def _provenance(document: Mapping[str, Any], profile: Mapping[str, Any]) -> Entry:
    wanted = value_at(profile, "thresholds.provenance.allowed_builders")
    pattern = wanted[0] if isinstance(wanted, list) and wanted and isinstance(wanted[0], str) else "*"
    uris, refs = value_at(profile, "thresholds.source.uris"), value_at(profile, "thresholds.source.refs")
    uri, ref = _first(uris, "git+https://git.example/any"), _first(refs, "refs/heads/main")
    source = {
        "uri": f"{uri}@{ref}",
        "digest": {"gitCommit": "0" * 40},
        "annotations": {"dirty": False, "authors": ["somebody"]},
    }
    predicate = {
        "buildDefinition": {"resolvedDependencies": [source]},
        "runDetails": {"builder": {"id": pattern.replace("*", "any")}},
    }
    return _entry("provenance", predicate, document, builder_level=4)


def _first(patterns: object, otherwise: str) -> str:
    found = patterns[0] if isinstance(patterns, list) and patterns else ""
    return found.replace("*", "any") if isinstance(found, str) and found not in ("", "*") else otherwise


def _approval(person: str, document: Mapping[str, Any]) -> Entry:
    now = clock(document)
    predicate: dict[str, Any] = {
        "environment": document.get("environment"),
        "verdict": "approve",
        "approver": person,
        "reason": "reviewed",
        "ticket": "",
        "rules": [],
        "from": document.get("at"),
        "until": format_time(now + timedelta(hours=1)) if now else "",
    }
    return _entry("approval", predicate, document, signers=[person], people=[person])


_MADE: dict[str, tuple[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Entry]]] = {
    "dependencies": ("add a scan of the dependencies that finds nothing", _dependencies),
    "vulnerabilities": ("add a scan of the dependencies that finds nothing", _dependencies),
    "sbom": ("add an SBOM of this artifact that lacks nothing", _sbom),
    "provenance": ("add provenance from a clean commit, by an allowed builder of the level asked for", _provenance),
    "source": ("add provenance from a clean commit of an expected source and ref, by such a builder", _provenance),
    "previous_environment": ("promote it to {} first", _summary),
}
"""What a reason is about to what it is called and how it is made."""
