"""Scan results as workflow commands of GitHub Actions, which become annotations on the changed lines. Pure.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.report.coverage import advice, coverage_line, is_incomplete, lost, place, skip_lines, sorted_findings
from supplychain.report.ways import via
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import ScanResult

_COMMANDS = {Level.MEDIUM: "warning", Level.LOW: "notice", Level.NONE: "notice"}


def scan_annotations(results: Sequence[ScanResult]) -> str:
    """Format scan results as one workflow command on each line: lost coverage first, then findings, the worst first."""
    lines = []
    for result in results:
        if is_incomplete(result):
            text = "\n".join([coverage_line(result), *skip_lines(lost(result))])
            lines.append(f"::error title={_value('CANNOT-TELL')}::{_data(text)}")
        else:
            lines.append(f"::notice title=coverage::{_data(coverage_line(result))}")
    lines += [_annotation(finding) for finding in sorted_findings(results)]
    return "\n".join(lines) + "\n"


def _annotation(finding: Finding) -> str:
    where = {"title": finding.id}
    if finding.location:
        at = finding.location
        where |= {"file": at.path, "line": str(at.line), "col": str(at.column)}
    elif finding.component and finding.component.origin:
        where |= {"file": finding.component.origin, "line": "1"}
    options = ",".join(f"{name}={_value(value)}" for name, value in where.items())
    message = " ".join(part for part in (f"{place(finding)}:", finding.title, advice(finding), via(finding)) if part)
    return f"::{_COMMANDS.get(finding.level, 'error')} {options}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
