"""Scan results as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), as code scanning reads it. Pure.

One run for each scan. Findings about a component are placed in the lock file that names it. What was not looked at
stands in the run's invocation as notifications (section 3.58); `executionSuccessful` is false when it mattered.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from supplychain.encoding import format_time
from supplychain.report.coverage import counted, coverage_line, is_incomplete, lost, place, skip_lines, sorted_findings
from supplychain.report.coverage import unsupported as without_rules
from supplychain.report.ways import via
from supplychain.scan.finding import Finding, Level, Status
from supplychain.scan.interface import ScanResult

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MAX_RESULTS = 25_000
"""Code scanning takes no more in one run; the worst are kept, and the rest is told."""
_LEVELS = {Level.MEDIUM: "warning", Level.LOW: "note", Level.NONE: "none"}
_SEVERITY = {
    Level.CRITICAL: "9.5",
    Level.HIGH: "8.0",
    Level.UNKNOWN: "7.0",
    Level.MEDIUM: "5.5",
    Level.LOW: "2.5",
    Level.NONE: "0.0",
}
_ROOT = "SRCROOT"


def scan_sarif(results: Sequence[ScanResult], *, at: datetime) -> dict[str, Any]:
    """Format scan results as a SARIF log.

    Args:
        results: One for each scan.
        at: Time of the scans.
    """
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(result, at) for result in results]}


def _run(result: ScanResult, at: datetime) -> dict[str, Any]:
    findings = sorted_findings([result])
    kept = findings[:MAX_RESULTS]
    rules: dict[str, Finding] = {}
    for finding in kept:
        rules.setdefault(finding.id, finding)
    numbers = {name: number for number, name in enumerate(rules)}
    seen: Counter[str] = Counter()
    driver: dict[str, Any] = {"name": result.scanner, "rules": [_rule(finding) for finding in rules.values()]}
    if result.version:
        driver["version"] = result.version
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"supplychain/{result.kind}/{result.platform}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "the folder that was scanned"}}},
        "invocations": [_invocation(result, len(findings) - len(kept), at)],
        "results": [_result(finding, numbers[finding.id], seen) for finding in kept],
        "properties": {"coverage": result.coverage.to_json()},
    }


def _rule(finding: Finding) -> dict[str, Any]:
    advice = finding.help or "No fix is known."
    return {
        "id": finding.id,
        "shortDescription": {"text": finding.title or finding.id},
        "help": {"text": advice},
        "defaultConfiguration": {"level": _LEVELS.get(finding.level, "error")},
        "properties": {"security-severity": _SEVERITY[finding.level], "tags": ["security"]},
    }


def _result(finding: Finding, number: int, seen: Counter[str]) -> dict[str, Any]:
    what = finding.title or finding.id
    message = f"{what} {finding.help}" if finding.location else f"{place(finding)}: {what}. {finding.help}"
    value: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": number,
        "level": _LEVELS.get(finding.level, "error"),
        "message": {"text": f"{message.strip()} {via(finding)}".strip()},
        "locations": [_location(finding)],
        "partialFingerprints": {"supplychainFinding/v1": _fingerprint(finding, seen)},
        "properties": {"severity": finding.level.value, "status": finding.status.value},
    }
    if finding.component:
        value["properties"] |= {"purl": finding.component.purl, "aliases": list(finding.aliases)}
        if finding.paths is not None:
            ways = [list(path) for path in finding.paths]
            value["properties"] |= {"upgrade": finding.upgrade, "direct": finding.component.direct, "paths": ways}
    if finding.image:
        value["properties"] |= finding.image.to_json()
    if finding.status not in (Status.AFFECTED, Status.UNDER_INVESTIGATION):
        value["suppressions"] = [{"kind": "external", "status": "accepted", "justification": finding.status.value}]
    return value


def _location(finding: Finding) -> dict[str, Any]:
    if finding.location:
        at = finding.location
        end = max(at.line, at.end_line)
        region = {"startLine": at.line, "startColumn": at.column, "endLine": end}
        return {"physicalLocation": {"artifactLocation": _file(at.path), "region": region}}
    value: dict[str, Any] = {}
    part = finding.component
    if part:
        value["logicalLocations"] = [{"fullyQualifiedName": part.purl, "kind": "module"}]
    if part and part.origin:
        value["physicalLocation"] = {"artifactLocation": _file(part.origin), "region": {"startLine": 1}}
    return value


def _file(path: str) -> dict[str, str]:
    return {"uri": quote(path, errors="replace"), "uriBaseId": _ROOT}


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """Stays when lines above are added: a place in a file counts by its order among its like."""
    about = finding.component.purl if finding.component else finding.location.path if finding.location else ""
    name = f"{finding.id}\0{about}"
    seen[name] += 1
    return hashlib.sha256(f"{name}\0{seen[name]}".encode("utf-8", "replace")).hexdigest()


def _invocation(result: ScanResult, left_out: int, at: datetime) -> dict[str, Any]:
    notes = [_note("error", f"not looked at: {line}") for line in skip_lines(lost(result), 1000)]
    notes += [_note("note", f"not looked at: {line}") for line in skip_lines(without_rules(result))]
    if left_out:
        text = f"{counted(left_out, 'finding')} left out: {MAX_RESULTS:,} is the most one run may hold"
        notes.append(_note("warning", text))
    value: dict[str, Any] = {
        "executionSuccessful": not is_incomplete(result),
        "endTimeUtc": format_time(at),
        "toolExecutionNotifications": notes,
    }
    if is_incomplete(result):
        value["exitCodeDescription"] = f"CANNOT-TELL: {coverage_line(result)}"
    return value


def _note(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}
