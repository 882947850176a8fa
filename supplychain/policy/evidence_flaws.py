"""What `policy test --mutate` does to good evidence: every flaw, the rule that has to notice it, and who need not.

A profile says in writing, by a threshold, when it does not ask for something; a flaw that only such a profile lets pass
has not survived.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.policy.alike import findings_of

Document = dict[str, Any]
_OLD, _LATE = "2001-01-01T00:00:00Z", "2199-01-01T00:00:00Z"
_FINDING = {
    "id": "CVE-2001-1",
    "annotations": {
        "component": "pkg:pypi/a@1",
        "name": "a",
        "version": "1",
        "severity": "critical",
        "status": "affected",
        "title": "bad",
        "fixed": ["2"],
    },
}
_WEAKNESS = {
    "id": "eval",
    "title": "bad",
    "severity": "critical",
    "status": "affected",
    "location": {"path": "a.py", "line": 1},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One way in which good evidence is made bad."""

    change: str
    make: Callable[[Document], Document | None]
    """The document with it; None: the sample has nothing to break in this way."""
    rule: str
    code: str
    """What notices it."""
    tolerated: str = ""
    """Threshold by which a profile does not ask, and its value in JSON: `sbom.max_age_hours: null`."""

    def tolerance(self, profile: Mapping[str, Any]) -> str:
        """The threshold by which a profile says that it does not ask; empty: it says no such thing."""
        path, _, value = self.tolerated.partition(": ")
        found: Any = profile.get("thresholds")
        for step in path.split("."):
            if not isinstance(found, dict) or step not in found:
                return ""
            found = found[step]
        return self.tolerated if found == json.loads(value) else ""


def _without(kind: str) -> Callable[[Document], Document | None]:
    def make(document: Document) -> Document | None:
        kept = [entry for entry in document["statements"] if entry["kind"] != kind]
        return {**document, "statements": kept} if len(kept) < len(document["statements"]) else None

    return make


def _with(kind: str, path: str, value: Any) -> Callable[[Document], Document | None]:  # noqa: ANN401 - a JSON value
    def make(document: Document) -> Document | None:
        changed = copy.deepcopy(document)
        entry: Any = next((entry for entry in changed["statements"] if entry["kind"] == kind), None)
        *steps, last = path.split(".")
        at = entry
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at.get(step) if isinstance(at, dict) else None
        if not isinstance(at, dict):
            return None
        at[last] = value
        return changed

    return make


def _top(**changes: Any) -> Callable[[Document], Document | None]:  # noqa: ANN401 - JSON values
    return lambda document: {**document, **changes}


def _source(**notes: Any) -> Callable[[Document], Document | None]:  # noqa: ANN401 - JSON values
    """The source of the build, which is the dependency with notes."""

    def make(document: Document) -> Document | None:
        changed = copy.deepcopy(document)
        for entry in changed["statements"] if changed["statements"] else ():
            if entry["kind"] == "provenance":
                for dependency in entry["predicate"]["buildDefinition"]["resolvedDependencies"]:
                    if "annotations" in dependency:
                        dependency["annotations"] = {**dependency["annotations"], **notes}
        return changed

    return make


def _flaw(change: str, make: Callable[[Document], Document | None], by: str, tolerated: str = "") -> Flaw:
    rule, _, code = by.partition(" ")
    return Flaw(change=change, make=make, rule=rule, code=code, tolerated=tolerated)


def _dated(kind: str, rule: str, code: str, ages: str) -> list[Flaw]:
    """What may be wrong with a statement of any kind."""
    missing = {"vulns": "SCAN_MISSING", "scan": "SCAN_MISSING"}.get(kind, f"{code}_MISSING")
    asked = 'sast.missing: "warn"' if kind == "scan" else ""
    found = [
        _flaw(f"{kind}: the signature dropped, so no statement", _without(kind), f"{rule} {missing}", asked),
        _flaw(f"{kind}: dated {_LATE}", _with(kind, "time", _LATE), f"{rule} {code}_FROM_THE_FUTURE", asked),
        _flaw(f"{kind}: without a time", _with(kind, "time", None), f"{rule} {code}_TIME_MISSING", asked),
    ]
    if ages:
        found.append(_flaw(f"{kind}: aged to {_OLD}", _with(kind, "time", _OLD), f"{rule} {code}_STALE", ages))
    return found


_ALL = "predicate.coverage"
_LEVEL, _DIRTY = "provenance.min_builder_level: 0", "provenance.require_clean_source: false"
_OTHER_BUILDER = _with("provenance", "predicate.runDetails.builder.id", "https://evil.example/x")
_NO_SOURCE = _with("provenance", "predicate.buildDefinition.resolvedDependencies", [])

FLAWS: tuple[Flaw, ...] = (
    *_dated("provenance", "provenance", "PROVENANCE", "provenance.max_age_hours: null"),
    *_dated("sbom", "sbom", "SBOM", "sbom.max_age_hours: null"),
    *_dated("vulns", "scan", "SCAN", "scan.max_age_hours: null"),
    *_dated("scan", "scan", "SCAN", "scan.max_age_hours: null"),
    *_dated("vsa", "previous_environment", "PREVIOUS_ENVIRONMENT", ""),
    _flaw(
        "provenance: another builder",
        _OTHER_BUILDER,
        "provenance PROVENANCE_BUILDER_NOT_ALLOWED",
        'provenance.allowed_builders: ["*"]',
    ),
    _flaw(
        "provenance: the builder's word worth nothing",
        _with("provenance", "builder_level", 0),
        "provenance PROVENANCE_BUILDER_LEVEL_TOO_LOW",
        _LEVEL,
    ),
    _flaw("provenance: no source", _NO_SOURCE, "provenance PROVENANCE_SOURCE_MISSING"),
    _flaw("provenance: changes beside the commit", _source(dirty=True), "provenance PROVENANCE_SOURCE_DIRTY", _DIRTY),
    _flaw(
        "sbom: of another artifact",
        _with("sbom", "document.subjects", [{"sha256": "b" * 64}]),
        "sbom SBOM_SUBJECT_MISMATCH",
    ),
    _flaw("sbom: the document is gone", _with("sbom", "document", None), "sbom SBOM_DOCUMENT_MISSING"),
    _flaw(
        "sbom: empty", _with("sbom", "document.components", 0), "sbom SBOM_TOO_FEW_COMPONENTS", "sbom.min_components: 0"
    ),
    _flaw("vulns: coverage dropped", _with("vulns", _ALL, {}), "scan SCAN_COVERAGE_MISSING"),
    _flaw("vulns: looked at nothing", _with("vulns", f"{_ALL}.looked_at", 0), "scan SCAN_LOOKED_AT_NOTHING"),
    _flaw("vulns: ran into its time limit", _with("vulns", f"{_ALL}.time_limit_hit", True), "scan SCAN_INCOMPLETE"),
    _flaw(
        "vulns: an old database",
        _with("vulns", f"{_ALL}.database.built", _OLD),
        "scan DATABASE_STALE",
        'scan.stale_database: "warn"',
    ),
    _flaw("vulns: no database", _with("vulns", f"{_ALL}.database", None), "scan DATABASE_MISSING"),
    _flaw(
        "vulns: a critical finding",
        _with("vulns", "findings", findings_of([_FINDING])),
        "vulnerabilities VULNERABILITY_FOUND",
        'vulnerabilities.severities.critical: "warn"',
    ),
    _flaw("scan: coverage dropped", _with("scan", _ALL, {}), "scan SCAN_COVERAGE_MISSING", 'sast.missing: "warn"'),
    _flaw(
        "scan: ran into its time limit",
        _with("scan", f"{_ALL}.time_limit_hit", True),
        "scan SCAN_INCOMPLETE",
        'sast.missing: "warn"',
    ),
    _flaw(
        "scan: a critical finding",
        _with("scan", "predicate.findings", [_WEAKNESS]),
        "sast SAST_FOUND",
        'sast.severities.critical: "warn"',
    ),
    _flaw(
        "vsa: FAILED",
        _with("vsa", "predicate.verificationResult", "FAILED"),
        "previous_environment PREVIOUS_ENVIRONMENT_FAILED",
    ),
    _flaw(
        "vsa: of another environment",
        _with("vsa", "predicate.policy.uri", "urn:supplychain:policy:elsewhere"),
        "previous_environment PREVIOUS_ENVIRONMENT_MISSING",
    ),
    _flaw(
        "artifact: another digest",
        _top(artifact={"name": "a", "digest": {"sha256": "c" * 64}}),
        "sbom SBOM_SUBJECT_MISMATCH",
    ),
    _flaw("artifact: no digest", _top(artifact={"name": "a", "digest": {}}), "evidence EVIDENCE_ARTIFACT_MALFORMED"),
    _flaw("no statement at all", _top(statements=[]), "evidence EVIDENCE_MISSING"),
    _flaw("no clock", _top(at=""), "evidence EVIDENCE_CLOCK_MISSING"),
    _flaw(
        "another environment than the profile's", _top(environment="elsewhere"), "evidence EVIDENCE_PROFILE_MISMATCH"
    ),
    _flaw("a document of a version to come", _top(version=99), "evidence EVIDENCE_INPUT_VERSION_UNKNOWN"),
)
"""Every flaw that is tried; `docs/policy-verbs.md` repeats the list under test."""
