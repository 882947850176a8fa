"""Scan results as Markdown, for a job summary or a comment on a pull request. Pure.

Names and titles come from outside: whatever Markdown or HTML could read into them is written as character references.
"""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.report.coverage import (
    advice,
    coverage_line,
    is_incomplete,
    lost,
    place,
    plain,
    skip_lines,
    sorted_findings,
    unsupported,
)
from supplychain.report.ways import SHOWN, upgrades, via
from supplychain.scan.finding import Finding
from supplychain.scan.interface import ScanResult

SHOWN_FINDINGS = 500
"""A job summary holds 1 MiB; the rest is counted."""
_SPECIAL = frozenset("&<>|`[]()*_~@!#\\")


def scan_markdown(results: Sequence[ScanResult]) -> str:
    """Format scan results as Markdown."""
    findings = sorted_findings(results)
    lines = ["## Scan", ""]
    if any(map(is_incomplete, results)):
        lines += ["> **CANNOT-TELL**: not everything could be looked at; where nobody looked, nothing is found.", ""]
    if findings:
        lines += ["| level | id | where | what | what to do |", "|---|---|---|---|---|"]
    for finding in findings[:SHOWN_FINDINGS]:
        cells = (finding.level.value, finding.id, place(finding), finding.title, _what_to_do(finding))
        lines.append("| " + " | ".join(map(escape, cells)) + " |")
    if len(findings) > SHOWN_FINDINGS:
        lines += ["", f"and {len(findings) - SHOWN_FINDINGS:,} more findings"]
    lines += _upgrades(results)
    lines += ["", "### Coverage", ""]
    for result in results:
        mark = "**CANNOT-TELL** " if is_incomplete(result) else ""
        lines.append(f"- {mark}{escape(coverage_line(result))}")
        lines += [f"  - not looked at: {escape(line)}" for line in skip_lines((*lost(result), *unsupported(result)))]
    return "\n".join(lines) + "\n"


def _what_to_do(finding: Finding) -> str:
    return "; ".join(part for part in (advice(finding), via(finding)) if part)


def _upgrades(results: Sequence[ScanResult]) -> list[str]:
    rows = upgrades(results)
    if not rows:
        return []
    lines = ["", "### Smallest upgrades", "", "| component | to | ends |", "|---|---|---|"]
    lines += ["| " + " | ".join(map(escape, row)) + " |" for row in rows[:SHOWN]]
    return [*lines, "", f"and {len(rows) - SHOWN:,} more components"] if len(rows) > SHOWN else lines


def escape(text: str) -> str:
    """Text that Markdown and HTML show as it is, on one line."""
    return "".join(f"&#{ord(letter)};" if letter in _SPECIAL else letter for letter in plain(text))
