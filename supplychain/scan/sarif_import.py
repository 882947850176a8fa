"""Results of other scanners, read from SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).

A SARIF log says what was found and seldom what was looked at. So the coverage of an import is never complete: it counts
the files the log names, and says for the rest that nobody knows (`coverage_unknown`). A profile may tolerate that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from supplychain.encoding import parse_json_object, parse_time
from supplychain.errors import MalformedInput, NothingToCheck
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Level, Location
from supplychain.scan.interface import ScanResult

MAX_RESULTS = 100_000
_LEVELS = {"error": Level.HIGH, "warning": Level.MEDIUM, "note": Level.LOW, "none": Level.NONE}
_SCORES = ((9.0, Level.CRITICAL), (7.0, Level.HIGH), (4.0, Level.MEDIUM), (0.000001, Level.LOW))
_CLEAN = frozenset({"pass", "notApplicable", "informational"})
_SCORE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One run of a SARIF log."""

    result: ScanResult
    finished: datetime | None
    """The end of its last invocation, where the log says."""


def read_sarif(data: bytes, *, kind: str, where: str) -> tuple[Imported, ...]:
    """Read every run of a SARIF log.

    Args:
        data: The log.
        kind: What kind of scan it was: `sast`, `secrets`, …
        where: Its name, for messages.

    Raises:
        MalformedInput: `NOT_SARIF`, or more than MAX_RESULTS results.
        NothingToCheck: `NO_RUNS`: the log tells of no run.
    """
    body = parse_json_object(data, where=where)
    runs = body.get("runs")
    if body.get("version") != "2.1.0" or not isinstance(runs, list) or not all(isinstance(r, dict) for r in runs):
        raise _malformed(where, '"version": "2.1.0" and "runs"', f"version {body.get('version')!r}")
    if not runs:
        raise NothingToCheck(
            "the log tells of no run", code="NO_RUNS", where=where, hint="a scanner that did not run has found nothing"
        )
    return tuple(_run(run, kind, f"{where}: runs[{place}]") for place, run in enumerate(runs))


def _run(run: Mapping[str, Any], kind: str, where: str) -> Imported:
    driver = _object(_object(run.get("tool")).get("driver"))
    name = driver.get("name")
    results = run.get("results")
    if not isinstance(name, str) or not name or not isinstance(results, list) or len(results) > MAX_RESULTS:
        # Without "results" the run did not look (section 3.14.23); that is no empty list.
        raise _malformed(where, f'tool.driver.name, and "results" of at most {MAX_RESULTS:,}', repr(name)[:60])
    rules = {str(rule.get("id")): rule for rule in _objects(driver.get("rules"))}
    findings = tuple(_finding(item, rules, name, where) for item in _objects(results) if _counts(item))
    invocations = _objects(run.get("invocations"))
    files = {finding.location.path for finding in findings if finding.location}
    files |= {uri for uri in map(_uri, _objects(run.get("artifacts"))) if uri}
    skipped = [Skip(what="whatever the report does not name", reason=Reason.COVERAGE_UNKNOWN)]
    if any(item.get("executionSuccessful") is False for item in invocations):
        skipped.append(Skip(what=name, reason=Reason.TOOL_FAILED, detail="the log says that the run did not succeed"))
    coverage = Coverage(asked=len(files) + len(skipped), looked_at=len(files), skipped=tuple(skipped))
    version = driver.get("semanticVersion") or driver.get("version")
    return Imported(
        result=ScanResult(
            kind=kind,
            scanner=name,
            version=version if isinstance(version, str) else "unknown",
            findings=findings,
            coverage=coverage,
        ),
        finished=_finished(invocations, where),
    )


def _counts(item: Mapping[str, Any]) -> bool:
    """What was looked for and not found, or was found before and is gone, is no finding. Suppressed is one."""
    return item.get("kind", "fail") not in _CLEAN and item.get("baselineState") != "absent"


def _finding(item: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]], scanner: str, where: str) -> Finding:
    rule_id = item.get("ruleId") or _object(item.get("rule")).get("id") or _rule_at(item, rules)
    if not isinstance(rule_id, str) or not rule_id:
        raise _malformed(where, "a ruleId in every result", repr(dict(item))[:80])
    rule = rules.get(rule_id, {})
    message = _object(item.get("message")).get("text") or _object(rule.get("shortDescription")).get("text") or ""
    return Finding(
        id=rule_id,
        title=str(message)[:1000],
        level=_level(item, rule),
        location=next(_locations(item), None),
        seen_by=(scanner,),
    )


def _rule_at(item: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]) -> str:
    place, names = item.get("ruleIndex"), list(rules)
    return names[place] if isinstance(place, int) and 0 <= place < len(names) else ""


def _level(item: Mapping[str, Any], rule: Mapping[str, Any]) -> Level:
    score = _object(rule.get("properties")).get("security-severity")
    if isinstance(score, (str, int, float)) and _SCORE.fullmatch(str(score)):
        return next((level for limit, level in _SCORES if float(score) >= limit), Level.NONE)
    default = _object(rule.get("defaultConfiguration")).get("level", "warning")
    return _LEVELS.get(str(item.get("level", default)), Level.UNKNOWN)


def _locations(item: Mapping[str, Any]) -> Iterator[Location]:
    for place in _objects(item.get("locations")):
        physical = _object(place.get("physicalLocation"))
        path, region = _uri({"location": physical.get("artifactLocation")}), _object(physical.get("region"))
        if path:
            line, column, end = (region.get(name) for name in ("startLine", "startColumn", "endLine"))
            start = _count(line, 1)
            yield Location(path=path, line=start, column=_count(column, 1), end_line=max(start, _count(end, start)))


def _uri(artifact: Mapping[str, Any]) -> str:
    uri = _object(artifact.get("location")).get("uri")
    return unquote(uri, errors="replace") if isinstance(uri, str) else ""


def _finished(invocations: Sequence[Mapping[str, Any]], where: str) -> datetime | None:
    times = [item["endTimeUtc"] for item in invocations if "endTimeUtc" in item]
    return max((parse_time(text, where=where) for text in times), default=None)


def _count(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _malformed(where: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput("not a SARIF log", code="NOT_SARIF", where=where, expected=expected, found=found)
