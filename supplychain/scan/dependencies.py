"""Known problems of an artifact's components: the SBOM against the advisory database, offline.

Asked are the components and the gaps of the SBOM. A gap, a component without version or known ecosystem, and one of an
ecosystem the database cannot speak for are skipped with their reason, so the result never reads as complete when it is
not. Reasons that hold for a whole ecosystem become one entry with a count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from supplychain import __version__
from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.exploited import Exploitation, exploitation_of
from supplychain.advisory.matcher import MATCHER_VERSION, Judgement, Match, Matcher
from supplychain.encoding import canonical_json, format_time
from supplychain.errors import ToolFailed
from supplychain.inventory.component import OWNED_BY, Component
from supplychain.inventory.graph import Graph, Way
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.scan.coverage import Coverage, DatabaseState, Reason, Skip
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import Scanner, ScanResult

_GROUPED = {Reason.NO_DATABASE, Reason.UNKNOWN_ECOSYSTEM}


class DependencyScanner(Scanner):
    """Looks every component of an SBOM up in the advisory database.

    Args:
        sbom: What to look up.
        database: Path of the database; it may be missing, then nothing is looked up and coverage says so.
    """

    kind = "dependencies"
    name = "supplychain-osv"

    def __init__(self, sbom: Sbom, database: Path) -> None:
        self._sbom = sbom
        self._path = database

    @override
    def version(self) -> str:
        return f"{__version__}+matcher.{MATCHER_VERSION}"

    @override
    def fingerprint(self) -> dict[str, object]:
        database = _open(self._path)
        state: dict[str, object] | None = None
        if database:
            with database:
                feeds = {facts.label: format_time(facts.as_of) if facts.as_of else None for facts in database.sources()}
                state = {"digest": str(database.state().digest), "feeds": feeds}
        return {"tool": self.name, "version": self.version(), "database": state, "sbom": _sbom_digest(self._sbom)}

    @override
    def _scan(self) -> ScanResult:
        database = _open(self._path)
        if database is None:
            return self._result(Matcher(None), None)
        with database:
            return self._result(Matcher(database), database)

    def _result(self, matcher: Matcher, database: AdvisoryDatabase | None) -> ScanResult:
        components, gaps = self._sbom.components, self._sbom.gaps
        judged = list(matcher.judge(_judged_themselves(components)))
        doubtful = [judgement for judgement in judged if judgement.doubts]
        matches = [(judgement, match) for judgement in judged for match in judgement.matches]
        known = exploitation_of(database, ((match.id, *match.aliases) for _, match in matches))
        graph = Graph(components if matches else ())
        paths = {judgement.component.purl: graph.paths(judgement.component.purl) for judgement, _ in matches}
        findings = [
            _finding(judgement, match, known[(match.id, *match.aliases)], paths[judgement.component.purl])
            for judgement, match in matches
        ]
        coverage = Coverage(
            asked=len(components) + len(gaps),
            looked_at=len(components) - len(doubtful),
            skipped=tuple(sorted({*_skips(doubtful), *(_gap_skip(gap) for gap in gaps)})),
            database=_state(database, matcher.asked) if database else None,
        )
        return ScanResult(
            kind=self.kind,
            scanner=self.name,
            version=self.version(),
            findings=tuple(sorted(findings, key=lambda finding: (_purl(finding), finding.id))),
            coverage=coverage,
        )


def _judged_themselves(components: tuple[Component, ...]) -> list[Component]:
    """All but those that a distribution package of the same SBOM installed.

    That package is judged instead, for only its advisories know which fixes were carried back. A component whose owner
    is not listed is judged by itself.
    """
    listed = {component.purl for component in components}
    return [c for c in components if dict(c.properties).get(OWNED_BY) not in listed]


def _open(path: Path) -> AdvisoryDatabase | None:
    """The database, or None when there is none; a damaged one is a failure of its own."""
    try:
        return AdvisoryDatabase.open(path)
    except ToolFailed as error:
        if error.code == "DATABASE_MISSING":
            return None
        raise


def _state(database: AdvisoryDatabase, asked: Iterable[str]) -> DatabaseState:
    facts = database.state(sorted(asked))
    return DatabaseState(digest=facts.digest, built=facts.built, records=facts.records)


def with_paths(findings: Sequence[Finding], components: Sequence[Component]) -> list[Finding]:
    """Findings, each with the paths by which its component came in.

    Args:
        findings: About some of the components.
        components: All of the SBOM.
    """
    if not findings:
        return []
    graph = Graph(components)
    paths = {purl: graph.paths(purl) for purl in {_purl(finding) for finding in findings}}
    return [replace(finding, paths=paths[_purl(finding)]) for finding in findings]


def _finding(judgement: Judgement, match: Match, known: Exploitation, paths: tuple[Way, ...]) -> Finding:
    component, upgrade = judgement.component, judgement.upgrade
    # Without one version that ends all: the highest, for of merged records the lowest may end only one.
    target = upgrade or (match.fixed[-1] if match.fixed else "")
    advice = f"update {component.name} to {target} or later" if target else "no fixed version is known"
    if target and judgement.source:
        advice = f"update {component.name} to a build of {judgement.source} {target} or later"
    return Finding(
        id=match.id,
        title=match.title,
        level=Level(match.severity),
        aliases=match.aliases,
        scores=match.scores,
        component=component,
        fixed=match.fixed,
        # A version of another package is no version to upgrade to.
        upgrade=None if judgement.source else upgrade,
        paths=paths,
        seen_by=(DependencyScanner.name,),
        help=advice,
        exploited=known.exploited,
        epss=known.epss,
    )


def _skips(doubtful: Iterable[Judgement]) -> list[Skip]:
    single: list[Skip] = []
    grouped: dict[tuple[str, Reason, str], list[str]] = {}
    for judgement in doubtful:
        what = judgement.component.purl or judgement.component.name
        for doubt in judgement.doubts:
            reason = Reason(doubt.reason)
            if reason in _GROUPED:
                grouped.setdefault((doubt.subject, reason, doubt.detail), []).append(what)
            else:
                single.append(Skip(what=what, reason=reason, detail=doubt.detail))
    return single + [_group_skip(key, purls) for key, purls in grouped.items()]


def _group_skip(key: tuple[str, Reason, str], purls: list[str]) -> Skip:
    subject, reason, detail = key
    if len(purls) == 1:
        return Skip(what=purls[0], reason=reason, detail=detail)
    shown = ", ".join(sorted(purls)[:3]) + (", …" if len(purls) > 3 else "")
    return Skip(
        what=f"{subject} ({len(purls):,} components)", reason=reason, detail=f"{detail}: {shown}", count=len(purls)
    )


def _gap_skip(gap: Gap) -> Skip:
    known = {reason.value for reason in Reason}
    if gap.reason in known:
        return Skip(what=gap.what, reason=Reason(gap.reason), detail=gap.detail)
    return Skip(what=gap.what, reason=Reason.UNREADABLE, detail=f"{gap.reason}: {gap.detail}")


def _purl(finding: Finding) -> str:
    return finding.component.purl if finding.component else ""


def _sbom_digest(sbom: Sbom) -> str:
    parts = {
        "components": [
            [c.purl, c.version, c.direct, list(c.depends_on), dict(c.properties).get(OWNED_BY)] for c in sbom.components
        ],
        "gaps": sorted([gap.what, gap.reason, gap.detail] for gap in sbom.gaps),
    }
    return f"sha256:{hashlib.sha256(canonical_json(parts)).hexdigest()}"
