"""What is new since a baseline: findings held against those that were known before. Pure.

A finding is known when the baseline has one of the same problem (by id or any alias) in the same component whatever its
version, or of the same rule in the same file; of two in one file where there was one, one is new. What the baseline had
settled (by VEX) and is open now is new. A kind of scan that the baseline does not have leaves its findings `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from supplychain.advisory.vex_match import read_purl
from supplychain.errors import MalformedInput
from supplychain.scan.finding import Finding, Status
from supplychain.scan.interface import ScanResult

_OPEN = frozenset({Status.AFFECTED.value, Status.UNDER_INVESTIGATION.value})
NEW, UNCHANGED, UNKNOWN = "new", "unchanged", "unknown"
EXCUSED = "BASELINE_EXCUSED"
"""The code under which a decision lists what the baseline before it excused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A finding of the baseline."""

    ids: tuple[str, ...]
    """All names of the problem, the main one first."""
    place: str
    """purl of the component, or path of the file."""

    def to_json(self) -> dict[str, Any]:
        """`{"id", "aliases", "place"}`."""
        return {"id": self.ids[0], "aliases": list(self.ids[1:]), "place": self.place}

    @property
    def keys(self) -> frozenset[tuple[str, str]]:
        """By which it is recognised: each name, with the component or file."""
        parts = read_purl(self.place)
        where = f"pkg:{parts.type}/{parts.namespace}/{parts.name}" if parts else self.place
        return frozenset((name.upper(), where) for name in self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was known before."""

    source: str
    """As the user named it."""
    form: str
    """`sbom`, `revision`, `scan` or `decision`."""
    kinds: frozenset[str]
    """The kinds of scan it has."""
    known: tuple[Known, ...]
    complete: bool
    """Its scans looked at everything; if not, some of what is called new may be old."""
    digest: str = ""
    """Of the file (`sha256:…`), or the commit (`gitCommit:…`)."""
    names: tuple[str, ...] = ()
    """What it says it is about; empty: it does not say."""
    artifacts: tuple[str, ...] = ()
    """Digests of the artifacts it is about."""
    environment: str = ""
    """Of a decision: for which environment."""
    verdict: str = ""
    """Of a decision."""
    vouched_by: tuple[str, ...] = ()
    """Of a decision: who signed a summary that passed and points to it, by the trust at hand."""

    def to_json(self) -> dict[str, Any]:
        """What a statement says about the baseline it was held against."""
        return {
            "source": self.source,
            "form": self.form,
            "digest": self.digest,
            "names": list(self.names),
            "artifacts": list(self.artifacts),
            "environment": self.environment,
            "verdict": self.verdict,
            "vouchedBy": list(self.vouched_by),
            "kinds": sorted(self.kinds),
            "complete": self.complete,
            "known": len(self.known),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Findings now, held against a baseline."""

    baseline: Baseline
    findings: tuple[tuple[str, Finding], ...]
    """`new`, `unchanged` or `unknown`, and the finding, in the order of the results."""
    fixed: tuple[Known, ...]

    @property
    def not_known(self) -> tuple[Finding, ...]:
        """What the baseline did not have: new, or of a scan that it lacks."""
        return tuple(finding for since, finding in self.findings if since != UNCHANGED)

    def to_json(self) -> dict[str, Any]:
        """The field `baseline` of `scan --format json`."""
        groups: dict[str, list[dict[str, Any]]] = {NEW: [], UNCHANGED: [], UNKNOWN: []}
        for since, finding in self.findings:
            groups[since].append(known_of(finding).to_json())
        about = self.baseline
        stated = {"source": about.source, "form": about.form, "kinds": sorted(about.kinds), "complete": about.complete}
        if about.digest:
            stated["digest"] = about.digest
        return {**stated, **groups, "fixed": [known.to_json() for known in self.fixed]}


def known_of(finding: Finding) -> Known:
    """A finding as a baseline keeps it."""
    part, location = finding.component, finding.location
    place = (part.purl or part.name) if part else location.path if location else ""
    return Known(ids=(finding.id, *finding.aliases), place=place)


def baseline_of(results: Iterable[ScanResult], *, source: str, form: str) -> Baseline:
    """The baseline that scans of an earlier state are."""
    kept = list(results)
    return Baseline(
        source=source,
        form=form,
        kinds=frozenset(result.kind for result in kept),
        known=tuple(known_of(f) for result in kept for f in result.findings if f.status.value in _OPEN),
        complete=all(result.coverage.complete for result in kept),
    )


def compare_with(baseline: Baseline, results: Sequence[ScanResult]) -> Comparison:
    """Hold the findings of scans against a baseline."""
    waiting = list(baseline.known)
    by_key: dict[tuple[str, str], list[int]] = {}
    for index, known in enumerate(waiting):
        for key in known.keys:
            by_key.setdefault(key, []).append(index)
    used: set[int] = set()
    found: list[tuple[str, Finding]] = []
    for result in results:
        for finding in result.findings:
            matches = sorted({index for key in known_of(finding).keys for index in by_key.get(key, ())})
            # A place in a file is used up: of two findings where there was one, one is new.
            left = matches if finding.location is None else [index for index in matches if index not in used][:1]
            used.update(left)
            since = UNCHANGED if left else NEW if result.kind in baseline.kinds else UNKNOWN
            found.append((since, finding))
    looked = {result.kind for result in results}
    gone = (known for index, known in enumerate(waiting) if index not in used and _kind_of(known) in looked)
    return Comparison(baseline=baseline, findings=tuple(found), fixed=tuple(dict.fromkeys(gone)))


def mark_new(baseline: Baseline, result: ScanResult) -> ScanResult:
    """A result, each finding marked with whether the baseline did not have it."""
    words: dict[str, bool | None] = {NEW: True, UNCHANGED: False, UNKNOWN: None}
    compared = compare_with(baseline, [result]).findings
    return replace(result, findings=tuple(replace(finding, new=words[word]) for word, finding in compared))


def _kind_of(known: Known) -> str:
    if known.ids[0].startswith("license:"):
        return "licenses"
    return "dependencies" if known.place.startswith("pkg:") else "sast"


def read_scan(document: Mapping[str, Any], *, source: str) -> Baseline:
    """The baseline that a document of `scan --format json` is. Raises MalformedInput."""
    scans, findings = _objects(document, "scans", source), _objects(document, "findings", source)
    if not scans or not all(isinstance(scan.get("kind"), str) for scan in scans):
        raise _bad(source, "it does not say which scans it has", "scans with a kind")
    return Baseline(
        source=source,
        form="scan",
        kinds=frozenset(scan["kind"] for scan in scans),
        known=tuple(_read(item, source) for item in findings if _word(item, "status") in _OPEN),
        complete=all(scan.get("complete") is True for scan in scans),
    )


_RULES = {"vulnerabilities": "dependencies", "sast": "sast"}


def read_decision(document: Mapping[str, Any], *, source: str) -> Baseline:
    """The baseline that a decision record is: what it denied, warned about, and what was waived.

    A waived finding is known: whether its waiver still holds is the gate's question.

    Raises:
        MalformedInput: It is no decision about findings.
    """
    rules = document.get("rules")
    judged = [rule for rule in rules if isinstance(rule, str)] if isinstance(rules, list) else []
    kinds = frozenset(_RULES[rule] for rule in judged if rule in _RULES)
    if not kinds or document.get("input") in (None, {"digest": None}):
        raise _bad(source, "the decision judged no findings", "one by the rules vulnerabilities or sast")
    told = [*_objects(document, "violations", source), *_objects(document, "warnings", source)]
    known = [_read(item, source) for reason in told for item in _findings_of(reason)]
    about = document.get("artifact")
    about = about if isinstance(about, dict) else {}
    name, digest, verdict = _word(about, "name"), _word(about, "digest"), _word(document, "verdict")
    return Baseline(
        source=source,
        form="decision",
        kinds=kinds,
        known=tuple(known),
        complete=verdict != "CANNOT_TELL",
        names=(name,) if name else (),
        artifacts=(digest,) if digest else (),
        environment=_word(document, "environment"),
        verdict=verdict,
    )


def _word(item: Mapping[str, Any], field: str) -> str:
    value = item.get(field)
    return value if isinstance(value, str) else ""


def _findings_of(reason: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings that a reason of a decision is about: one, or all that the baseline before it excused."""
    evidence = reason.get("evidence")
    if _word(reason, "rule") not in _RULES or not isinstance(evidence, dict):
        return []
    if reason.get("code") == EXCUSED:
        several = evidence.get("findings")
        return [item for item in several if isinstance(item, dict)] if isinstance(several, list) else []
    evidence = evidence.get("finding", evidence)
    return [evidence] if isinstance(evidence, dict) and "id" in evidence else []


def _read(item: Mapping[str, Any], source: str) -> Known:
    component: object = item.get("component", {})
    location: object = item.get("location", {})
    aliases: object = item.get("aliases", [])
    if not isinstance(component, dict) or not isinstance(location, dict) or not isinstance(aliases, list):
        raise _bad(source, "a finding is not one", "component, location and aliases of their types")
    places = (item.get("purl"), component.get("purl"), component.get("name"), item.get("path"), location.get("path"))
    place = next((text for text in places if isinstance(text, str) and text), None)
    ids = (item.get("id"), *aliases)
    if place is None or not all(isinstance(name, str) and name for name in ids):
        raise _bad(source, "a finding has no id, or is nowhere", "an id, and a component or a location")
    return Known(ids=tuple(map(str, ids)), place=place)


def _objects(document: Mapping[str, Any], field: str, source: str) -> list[Mapping[str, Any]]:
    value = document.get(field)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _bad(source, f"{field} is no list of objects", "the output of `scan --format json`, or a decision record")
    return value


def _bad(source: str, message: str, expected: str) -> MalformedInput:
    hint = "name another baseline; one that cannot be read is never taken for an empty one"
    return MalformedInput(message, code="BAD_BASELINE", where=source, expected=expected, hint=hint)
