"""Several scanners of one kind, one result: findings of the same problem in the same component are one finding. Pure.

Who saw what is kept in `seen_by`, and each disagreement is listed with why a scanner did not see it: it does not look
at such components, it could not look at this one, or it looked and does not know the problem. Coverage adds up:
whatever one of them was asked and did not look at is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from supplychain.scan.coverage import Coverage, Skip
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import ScanResult

LOOKED = "it looked, and does not know it"
"""Why a scanner did not see a problem, where it really is of another opinion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one scanner saw."""

    result: ScanResult
    prefix: str = "pkg:"
    """What the purls begin with that it can look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A problem that not every scanner saw."""

    finding: Finding
    missing: tuple[tuple[str, str], ...]
    """Scanner that did not see it, and why."""

    def to_json(self) -> dict[str, Any]:
        """`{"id", "aliases", "purl", "seen_by", "not_seen_by"}`."""
        part = self.finding.component
        return {
            "id": self.finding.id,
            "aliases": list(self.finding.aliases),
            "purl": part.purl if part else "",
            "seen_by": list(self.finding.seen_by),
            "not_seen_by": [{"scanner": scanner, "why": why} for scanner, why in self.missing],
        }

    @property
    def disagrees(self) -> bool:
        """Some scanner looked and saw nothing; otherwise coverage tells already why it did not look."""
        return any(why == LOOKED for _, why in self.missing)

    def line(self) -> str:
        """The difference in one line, for people."""
        why = "; ".join(f"not by {scanner}: {reason}" for scanner, reason in self.missing)
        return f"{self.finding.id} in {_purl(self.finding)}: seen by {', '.join(self.finding.seen_by)}, {why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """One result of several opinions."""

    result: ScanResult
    opinions: tuple[Opinion, ...]
    differences: tuple[Difference, ...]

    def to_json(self) -> dict[str, Any]:
        """The field `second_opinion` of `scan --format json`."""
        scanners = [
            {
                "name": opinion.result.scanner,
                "version": opinion.result.version,
                "findings": len(opinion.result.findings),
                "asked": opinion.result.coverage.asked,
                "looked_at": opinion.result.coverage.looked_at,
            }
            for opinion in self.opinions
        ]
        return {"scanners": scanners, "differences": [difference.to_json() for difference in self.differences]}


def merge(opinions: Sequence[Opinion]) -> Merged:
    """Merge the results of several scanners of one kind; the first gives ids, titles and the database.

    Args:
        opinions: At least one.
    """
    first = opinions[0].result
    findings = _merged(finding for opinion in opinions for finding in opinion.result.findings)
    result = ScanResult(
        kind=first.kind,
        scanner="+".join(opinion.result.scanner for opinion in opinions),
        version="+".join(opinion.result.version for opinion in opinions),
        findings=tuple(sorted(findings, key=lambda finding: (_purl(finding), finding.id))),
        coverage=_coverage([opinion.result for opinion in opinions]),
    )
    differences = [_difference(finding, opinions) for finding in result.findings]
    return Merged(
        result=result, opinions=tuple(opinions), differences=tuple(found for found in differences if found.missing)
    )


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Join findings that share a component and a name; one that joins two earlier ones joins all three."""
    kept: list[Finding | None] = []
    places: dict[tuple[str, str], int] = {}
    for finding in findings:
        where = _purl(finding)
        found = sorted({places[key] for name in _names(finding) if (key := (where, name)) in places})
        joined = finding
        for index in reversed(found):
            earlier = kept[index]
            if earlier is not None:
                joined = _join(earlier, joined)
                kept[index] = None
        home = found[0] if found else len(kept)
        kept[home : home + 1] = [joined]
        places |= {(where, name): home for name in _names(joined)}
    return [finding for finding in kept if finding is not None]


def _join(first: Finding, second: Finding) -> Finding:
    names = dict.fromkeys((first.id, *first.aliases, second.id, *second.aliases))
    known = [level for level in (first.level, second.level) if level is not Level.UNKNOWN]
    return replace(
        first,
        aliases=tuple(sorted(name for name in names if name != first.id)),
        level=max(known, key=lambda level: level.rank, default=Level.UNKNOWN),
        scores=tuple(dict.fromkeys((*first.scores, *second.scores))),
        fixed=first.fixed or second.fixed,
        seen_by=tuple(dict.fromkeys((*first.seen_by, *second.seen_by))),
        help=first.help if first.fixed or not second.fixed else second.help,
        exploited=second.exploited if first.exploited is None else first.exploited,
        epss=first.epss or second.epss,
    )


def agreed_upgrades(findings: Sequence[Finding], scanner: str) -> list[Finding]:
    """Findings without the upgrades that do not end what only another scanner saw in the component.

    Args:
        findings: Merged.
        scanner: The one that gave the upgrades.
    """
    others: dict[str, list[Finding]] = {}
    given: dict[str, str | None] = {}
    for finding in findings:
        if scanner in finding.seen_by:
            given[_purl(finding)] = finding.upgrade
        else:
            others.setdefault(_purl(finding), []).append(finding)
    for purl, found in others.items():
        if not all(given.get(purl) in finding.fixed for finding in found):
            given[purl] = None
    return [replace(finding, upgrade=given.get(_purl(finding))) for finding in findings]


def _coverage(results: Sequence[ScanResult]) -> Coverage:
    first, *others = (result.coverage for result in results)
    more = [
        replace(skip, what=f"{result.scanner}: {skip.what}" if skip.what != result.scanner else skip.what)
        for result in results[1:]
        for skip in result.coverage.skipped
    ]
    return replace(
        first,
        asked=first.asked + sum(other.asked for other in others),
        looked_at=first.looked_at + sum(other.looked_at for other in others),
        skipped=tuple(sorted({*first.skipped, *more})),
        time_limit_hit=any((first.time_limit_hit, *(other.time_limit_hit for other in others))),
    )


def _difference(finding: Finding, opinions: Sequence[Opinion]) -> Difference:
    missing = [
        (opinion.result.scanner, _why(finding, opinion))
        for opinion in opinions
        if opinion.result.scanner not in finding.seen_by
    ]
    return Difference(finding=finding, missing=tuple(missing))


def _why(finding: Finding, opinion: Opinion) -> str:
    purl, coverage = _purl(finding), opinion.result.coverage
    if not purl.startswith(opinion.prefix):
        return f"it looks at {opinion.prefix} only"
    own = [skip for skip in coverage.skipped if skip.what == purl]
    if own or not coverage.looked_at:
        reasons = own or list(coverage.skipped)
        return "it did not look: " + (_text(reasons[0]) if reasons else "nothing was asked")
    for skip in coverage.skipped:
        if skip.count > 1 and skip.what.partition(" ")[0].lower() in purl.partition("/")[0].lower():
            return f"it did not look: {_text(skip)}"
    return LOOKED


def _text(skip: Skip) -> str:
    return skip.reason.value.replace("_", " ") + (f" ({skip.detail})" if skip.detail else "")


def _purl(finding: Finding) -> str:
    return finding.component.purl if finding.component else ""


def _names(finding: Finding) -> tuple[str, ...]:
    return tuple(name.upper() for name in (finding.id, *finding.aliases))
