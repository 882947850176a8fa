"""How a component came in and what gets rid of its findings, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.inventory.cyclonedx_reader import split_purl
from supplychain.inventory.graph import LEFT_OUT
from supplychain.report.coverage import counted, plain, sorted_findings
from supplychain.scan.finding import Finding, Status
from supplychain.scan.interface import ScanResult

SHOWN = 20
"""How many upgrades are told before the rest is counted."""
NONE_KNOWN = "none known"
_SHOWN_STEPS = 6


def via(finding: Finding) -> str:
    """`via a@1 > b@2 > c@3`, the shortest way in; empty: the project itself asks for it, or nobody knows."""
    paths = [path for path in finding.paths or () if len(path) > 1]
    if not paths or len(paths) < len(finding.paths or ()):
        return ""
    steps = list(paths[0])
    if len(steps) > _SHOWN_STEPS:
        steps = [*steps[: _SHOWN_STEPS // 2], LEFT_OUT, *steps[-_SHOWN_STEPS // 2 :]]
    more = f" (and {counted(len(paths) - 1, 'other way')})" if len(paths) > 1 else ""
    return "via " + " > ".join(map(_step, steps)) + more


def _step(purl: str) -> str:
    if purl == LEFT_OUT:
        return purl
    name, version = split_purl(purl)
    return plain(f"{name}@{version}" if version else name)


def upgrades(results: Sequence[ScanResult]) -> list[tuple[str, str, str]]:
    """For each component with open findings: what it is, the version that ends them, and how many those are."""
    by_component: dict[str, list[Finding]] = {}
    for finding in sorted_findings(results):
        is_open = finding.status in (Status.AFFECTED, Status.UNDER_INVESTIGATION)
        if finding.component and finding.paths is not None and is_open:
            by_component.setdefault(finding.component.purl, []).append(finding)
    rows = []
    for findings in by_component.values():
        part = findings[0].component
        assert part is not None  # noqa: S101 - only such were kept
        name = f"{part.name} {part.version}" if part.version else part.name
        rows.append((plain(name), plain(findings[0].upgrade or NONE_KNOWN), counted(len(findings), "finding")))
    return rows
