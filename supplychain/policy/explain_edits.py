"""What an input document could say instead: the edits that `explain` tries. They know the document, not the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.policy.decision import Violation

_NONE = "sha256:" + "0" * 64


class Edit:
    """A change of a document in place; tells whether it found anything to change."""

    def __init__(self, what: str, **facts: Any) -> None:  # noqa: ANN401 - JSON values
        self._change = getattr(self, f"_{what}")
        self._facts = facts

    def __call__(self, document: dict[str, Any]) -> bool:
        """Change the document."""
        return bool(self._change(document, **self._facts))

    @staticmethod
    def _raise(document: dict[str, Any], component: str) -> bool:
        """No finding about a component any more."""
        return _keep(document, lambda finding: _component(finding) != component)

    @staticmethod
    def _drop(document: dict[str, Any], identity: str) -> bool:
        """A finding gone."""
        return _keep(document, lambda finding: not (isinstance(finding, dict) and finding.get("id") == identity))

    @staticmethod
    def _renew(document: dict[str, Any], digest: str) -> bool:
        """A statement made at the moment of the decision, with a database of that moment."""
        for entry in statements_of(document):
            if entry.get("digest") == digest:
                entry["time"] = document["at"]
                database = _coverage(entry).get("database")
                if isinstance(database, dict):
                    database["built"] = document["at"]
                return True
        return False

    @staticmethod
    def _complete(document: dict[str, Any], digest: str) -> bool:
        """A scan that looked at everything it was asked."""
        for entry in statements_of(document):
            coverage = _coverage(entry)
            if entry.get("digest") == digest and coverage:
                coverage.update(looked_at=coverage.get("asked", 0), skipped=[], time_limit_hit=False)
                return True
        return False

    @staticmethod
    def _level(document: dict[str, Any], digest: str, wanted: int) -> bool:
        """A builder whose word is worth more."""
        for entry in statements_of(document):
            if entry.get("digest") == digest:
                entry["builder_level"] = wanted
                return True
        return False

    @staticmethod
    def _add(document: dict[str, Any], entries: list[dict[str, Any]]) -> bool:
        """Statements that were not there."""
        document["statements"] = [*entries, *statements_of(document)]
        return True


def would_be(violation: Violation, document: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Statements as they would be if they were there: of the kinds a reason is about, without a flaw."""
    kind, at = str(violation.evidence.get("kind", "")), document.get("at")
    predicate: dict[str, Any]
    whole = {"asked": 1, "looked_at": 1, "skipped": [], "time_limit_hit": False, "rules": None}
    database = {"built": at, "digest": _NONE, "records": 1}
    if kind == "dependencies" or violation.rule == "vulnerabilities":
        predicate = {"scanner": {"result": []}, "coverage": {**whole, "database": database}}
        yield [_entry("vulns", predicate, document)]
    if kind or violation.rule in ("sast", "secrets", "iac", "image", "licenses"):
        predicate = {
            "scanner": {"kind": kind or violation.rule},
            "findings": [],
            "coverage": {**whole, "database": None},
        }
        yield [_entry("scan", predicate, document)]
    if violation.rule == "previous_environment":
        place = f"urn:supplychain:policy:{document.get('previous_environment')}"
        yield [_entry("vsa", {"policy": {"uri": place}, "verificationResult": "PASSED"}, document)]
    if violation.rule == "sbom":
        facts = {"components": 1_000_000, "without_version": [], "without_purl": [], "gaps": [], "subjects": []}
        yield [{**_entry("sbom", {}, document), "document": facts}]
    if violation.rule == "approvals":
        people = [_approval(f"person-{number}", document) for number in range(1, 6)]
        yield from (people[:count] for count in range(1, 6))


def statements_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements that are objects."""
    return [entry for entry in document.get("statements", []) if isinstance(entry, dict)]


def _entry(kind: str, predicate: dict[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": kind,
        "predicate_type": "",
        "digest": _NONE,
        "time": document.get("at"),
        "signers": ["somebody"],
        "builder_level": 0,
        "predicate": predicate,
        "document": None,
    }


def _approval(person: str, document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        begins = parse_time(document.get("at"), where="input.at")
    except MalformedInput:
        return _entry("approval", {}, document)
    predicate: dict[str, Any] = {
        "environment": document.get("environment"),
        "verdict": "approve",
        "approver": person,
        "reason": "reviewed",
        "ticket": "",
        "rules": [],
        "from": format_time(begins),
        "until": format_time(begins + timedelta(hours=1)),
    }
    return {**_entry("approval", predicate, document), "signers": [person], "people": [person]}


def _keep(document: dict[str, Any], wanted: Any) -> bool:  # noqa: ANN401 - a function of a JSON value
    hit = False
    for findings in _finding_lists(document):
        kept = [finding for finding in findings if wanted(finding)]
        hit = hit or len(kept) < len(findings)
        findings[:] = kept
    return hit


def _finding_lists(document: Mapping[str, Any]) -> Iterator[list[Any]]:
    for entry in statements_of(document):
        predicate = entry.get("predicate")
        if isinstance(predicate, dict):
            scanner = predicate.get("scanner")
            for found in (predicate.get("findings"), scanner.get("result") if isinstance(scanner, dict) else None):
                if isinstance(found, list):
                    yield found


def _coverage(entry: Mapping[str, Any]) -> dict[str, Any]:
    predicate = entry.get("predicate")
    found = predicate.get("coverage") if isinstance(predicate, dict) else None
    return found if isinstance(found, dict) else {}


def _component(finding: Any) -> str:  # noqa: ANN401 - a JSON value
    notes = finding.get("annotations") if isinstance(finding, dict) else None
    return str(notes.get("component", "")) if isinstance(notes, dict) else ""
