"""Scan results for a terminal: findings worst first, then what was looked at and what was not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from supplychain.report.coverage import (
    coverage_line,
    is_incomplete,
    lost,
    place,
    plain,
    skip_lines,
    sorted_findings,
    unsupported,
)
from supplychain.report.ways import NONE_KNOWN, SHOWN, upgrades, via
from supplychain.scan.finding import Finding, Level, Status
from supplychain.scan.interface import ScanResult

Paint = Callable[[str, str], str]
"""Takes a word and the name of a colour."""
COLOURS = {
    Level.CRITICAL: "magenta",
    Level.HIGH: "red",
    Level.UNKNOWN: "red",
    Level.MEDIUM: "yellow",
    Level.LOW: "cyan",
}
_WIDEST = {"id": 30, "place": 60, "title": 100}


def scan_table(results: Sequence[ScanResult], paint: Paint = lambda word, _: word) -> str:
    """Format scan results as text.

    Args:
        results: One for each scan.
        paint: Colours a word, or leaves it as it is.
    """
    findings = sorted_findings(results)
    lines = _rows(findings, paint)
    if lines:
        lines.append("")
    lines += _upgrades(results)
    for result in results:
        mark = paint("CANNOT-TELL", "yellow") + "  " if is_incomplete(result) else ""
        lines.append(mark + coverage_line(result))
        missing = (*lost(result), *unsupported(result))
        if missing:
            lines.append("  not looked at:")
            lines += [f"    {line}" for line in skip_lines(missing)]
    return "\n".join(lines) + "\n"


def _rows(findings: Sequence[Finding], paint: Paint) -> list[str]:
    if not findings:
        return []
    cells = [
        (_level(finding), _cut(finding.id, "id"), _cut(place(finding), "place"), _what(finding)) for finding in findings
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines = []
    for finding, (level, name, where, what) in zip(findings, cells, strict=True):
        painted = paint(level.ljust(widths[0]), COLOURS.get(finding.level, "white"))
        lines.append(f"{painted}  {name:<{widths[1]}}  {where:<{widths[2]}}  {what}".rstrip())
    return lines


def _upgrades(results: Sequence[ScanResult]) -> list[str]:
    """The smallest upgrade of each component, worst first."""
    rows = upgrades(results)
    if not rows:
        return []
    width = max(len(name) for name, _, _ in rows[:SHOWN])
    lines = ["smallest upgrades:"]
    for name, target, count in rows[:SHOWN]:
        ends = f"{target}  {count}" if target == NONE_KNOWN else f"{target}  ends {count}"
        lines.append(f"  {name:<{width}}  ->  {ends}")
    if len(rows) > SHOWN:
        lines.append(f"  and {len(rows) - SHOWN} more components")
    return [*lines, ""]


def _level(finding: Finding) -> str:
    return finding.level.value if finding.status is Status.AFFECTED else finding.status.value.replace("_", " ")


def _what(finding: Finding) -> str:
    fixed = f" [fixed in {finding.fixed[-1]}]" if finding.fixed else ""
    way = f" [{via(finding)}]" if via(finding) else ""
    return _cut(plain(finding.title), "title") + plain(fixed) + way


def _cut(text: str, column: str) -> str:
    text, widest = plain(text), _WIDEST[column]
    return text if len(text) <= widest else text[: widest - 1] + "…"
