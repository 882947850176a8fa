"""Which advisories concern which components: the join of an SBOM and the database.

Nothing is silently clean. For each component the answer is matches, doubts, or (no answer at all being yielded) "looked
up and found unaffected". A doubt says why it could not be judged; its reason is a word of `scan.coverage.Reason`.

Records that name each other as aliases are one problem and become one match. Its id is the first of them in this
order: GHSA, then the ecosystem's own database (PYSEC, GO, RUSTSEC, …), then CVE; the other ids are aliases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.evaluation import Answer, Prepared
from supplychain.advisory.grouping import group_by_alias
from supplychain.advisory.purl import Coordinates, coordinates_of, own_version
from supplychain.advisory.record import Advisory, Affected
from supplychain.advisory.severity import Word, word_of, worst
from supplychain.advisory.upgrade import Fixes, smallest_upgrade
from supplychain.advisory.versions.order import MAX_LENGTH, VersionOrder
from supplychain.advisory.versions.registry import order_for
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.inventory.purl import parse_purl

MATCHER_VERSION = "3"
"""Goes up whenever the same components and database would give another answer."""
_CHUNK = 2000
"""Components looked up together; bounds memory."""
_Known = tuple[int, Prepared]
"""An entry: the number of its advisory, and what that says about the package."""


class _Package:
    """All entries about one package, shared by the components that are versions of it."""

    def __init__(self, entries: Sequence[_Known], order: VersionOrder) -> None:
        self.entries, self.order = entries, order

    @cached_property
    def fixes(self) -> Fixes:
        """The versions the entries name as fixed."""
        return Fixes((prepared for _, prepared in self.entries), self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One problem of one component."""

    id: str
    aliases: tuple[str, ...]
    title: str
    severity: Word
    scores: tuple[tuple[str, str], ...]
    fixed: tuple[str, ...]
    """Versions that end it, lowest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why a component could not be judged, or not by every advisory."""

    reason: str
    detail: str
    subject: str
    """What else it concerns alike: the ecosystem or purl type, where the reason lies there; else the purl."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be said about one component."""

    component: Component
    matches: tuple[Match, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    upgrade: str | None = None
    """The lowest later version that no advisory here affects; None: there are no matches, or none is known."""
    source: str = ""
    """`fixed` and `upgrade` are versions of this source package, for which those of the component are not known."""


class Matcher:
    """Matches components against a database.

    Args:
        database: Open; None: there is none, so every component is in doubt.
    """

    def __init__(self, database: AdvisoryDatabase | None) -> None:
        self._database = database
        self.asked: set[str] = set()
        """The ecosystems components belonged to so far."""
        self._heads: dict[int, Advisory] = {}
        """The advisories of this chunk: several versions of one package share them."""

    def judge(self, components: Sequence[Component]) -> Iterator[Judgement]:
        """Judge components; the unaffected ones give nothing. Raises ToolFailed for a damaged database."""
        for start in range(0, len(components), _CHUNK):
            yield from self._judge_chunk(components[start : start + _CHUNK])

    def _judge_chunk(self, components: Sequence[Component]) -> Iterator[Judgement]:
        self._heads.clear()
        wanted: dict[str, list[tuple[Component, Coordinates, str]]] = {}
        for component in components:
            placed = self._place(component)
            if isinstance(placed, Doubt):
                yield Judgement(component=component, doubts=(placed,))
            else:
                coordinates, version = placed
                wanted.setdefault(coordinates.ecosystem or "", []).append((component, coordinates, version))
        for ecosystem, parts in wanted.items():
            yield from self._judge_ecosystem(ecosystem, parts)

    def _place(self, component: Component) -> tuple[Coordinates, str] | Doubt:
        """Where to look a component up, or why nowhere."""
        try:
            coordinates = coordinates_of(component.purl)
        except MalformedInput as error:
            return Doubt(reason="unknown_ecosystem", detail=error.message, subject="no package URL")
        ecosystem = coordinates.ecosystem
        if ecosystem is None or order_for(ecosystem) is None:
            kind = component.purl.partition("/")[0]
            return Doubt(reason="unknown_ecosystem", detail=coordinates.detail, subject=kind)
        self.asked.add(ecosystem)
        version = coordinates.version or component.version or ""
        if self._database is None:
            if not version:
                return Doubt(reason="no_version", detail="the version is not known", subject=component.purl)
            return Doubt(reason="no_database", detail="there is no advisory database", subject=ecosystem)
        return coordinates, version

    def _judge_ecosystem(
        self, ecosystem: str, parts: Sequence[tuple[Component, Coordinates, str]]
    ) -> Iterator[Judgement]:
        database, order = self._database, order_for(ecosystem)
        assert database is not None and order is not None  # noqa: S101, PT018 - `_place` has seen to it
        names = sorted({name for _, coordinates, _ in parts for name in coordinates.names})
        known: dict[str, list[_Known]] = {}
        for name, entry in database.entries(ecosystem, names):
            known.setdefault(name, []).append((entry.number, Prepared(entry.affected, order)))
        uncovered = () if database.covers(ecosystem) else (_not_covered(ecosystem),)
        packages: dict[tuple[str, ...], _Package] = {}
        for component, coordinates, version in parts:
            package = packages.get(coordinates.names)
            if package is None:
                entries = [entry for name in coordinates.names for entry in known.get(name, ())]
                package = packages[coordinates.names] = _Package(entries, order)
            if not version:
                doubts = (*uncovered, *self._versionless(component, package.entries))
                if doubts:
                    yield Judgement(component=component, doubts=doubts)
                continue
            judged = self._judge_version(component, version, package)
            if coordinates.installed and judged.matches:
                judged = _in_own_versions(judged, coordinates.installed, version)
            if judged.matches or judged.doubts or uncovered:
                yield replace(judged, doubts=(*uncovered, *judged.doubts)) if uncovered else judged

    def _judge_version(self, component: Component, version: str, package: _Package) -> Judgement:
        entries, order = package.entries, package.order
        too_long = len(version) > MAX_LENGTH
        doubts = []
        if too_long or not order.is_valid(version):
            detail = f"{version[:60]!r} is not one exact {order.name} version"
            doubts.append(Doubt(reason="bad_version", detail=detail, subject=component.purl))
        if not entries or too_long:
            return Judgement(component=component, doubts=tuple(doubts))
        hits: dict[int, list[tuple[Affected, Answer]]] = {}
        unsure: set[int] = set()
        answered = [prepared.answer(version) for _, prepared in entries]
        for (number, prepared), answer in zip(entries, answered, strict=True):
            if answer.affected:
                hits.setdefault(number, []).append((prepared.entry, answer))
            elif not answer.certain:
                unsure.add(number)
        if unsure := unsure - hits.keys():
            doubts.append(self._bad_advisories(component, unsure))
        return Judgement(
            component=component,
            matches=self._merge(hits, order) if hits else (),
            doubts=tuple(doubts),
            upgrade=smallest_upgrade(answered, version, package.fixes) if hits else None,
        )

    def _versionless(self, component: Component, entries: Sequence[_Known]) -> tuple[Doubt, ...]:
        """Without a version nothing can be said, unless no advisory names the package at all.

        So is the main module of a Go program judged, which has no version (`(devel)`) if it was built from its folder.
        """
        if not entries:
            return ()
        ids = self._ids({number for number, _ in entries})
        detail = f"the version is not known, and there are advisories about it: {ids}"
        return (Doubt(reason="no_version", detail=detail, subject=component.purl),)

    def _bad_advisories(self, component: Component, numbers: Iterable[int]) -> Doubt:
        detail = f"cannot be evaluated for this package: {self._ids(numbers)}"
        return Doubt(reason="bad_advisory", detail=detail, subject=component.purl)

    def _ids(self, numbers: Iterable[int]) -> str:
        assert self._database is not None  # noqa: S101 - the numbers came from it
        ids = sorted(head.id for head in self._database.heads(sorted(numbers)).values())
        return ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")

    def _merge(self, hits: dict[int, list[tuple[Affected, Answer]]], order: VersionOrder) -> tuple[Match, ...]:
        assert self._database is not None  # noqa: S101 - the hits came from it
        numbered = sorted(hits)
        self._heads |= self._database.heads(number for number in numbered if number not in self._heads)
        heads = {number: self._heads[number] for number in numbered}
        numbers = {head.id: number for number, head in heads.items()}
        groups = group_by_alias(list(heads.values()))
        parts = ([part for head in group for part in hits[numbers[head.id]]] for group in groups)
        return tuple(_match(group, found, order) for group, found in zip(groups, parts, strict=True))


def _match(group: Sequence[Advisory], parts: Sequence[tuple[Affected, Answer]], order: VersionOrder) -> Match:
    """One match of the records of one problem; the first record gives the id."""
    first = group[0]
    names = {name for head in group for name in (head.id, *head.aliases)}
    own = tuple(severity for affected, _ in parts for severity in affected.severities)
    general = [word_of(head.severities, head.severity_word) for head in group]
    severity = word_of(own)
    if severity == "unknown":
        severity = "critical" if any(head.id.startswith("MAL-") for head in group) else worst(general)
    scores = (*own, *(severity for head in group for severity in head.severities))
    fixed = list({bound for _, answer in parts for bound in answer.fixed})
    if len(fixed) > 1:
        fixed.sort(key=lambda bound: (order.key(bound), bound))
    return Match(
        id=first.id,
        aliases=tuple(sorted(names - {first.id})),
        title=next((head.summary for head in group if head.summary), first.id),
        severity=severity,
        scores=tuple(dict.fromkeys((score.method, score.score) for score in scores if score.method != "word")),
        fixed=tuple(fixed),
    )


def _in_own_versions(judged: Judgement, installed: str, source: str) -> Judgement:
    """Tell fixed versions as those of the installed package, where they follow from those of its source."""
    if own_version(installed, source, source) is None:
        name = parse_purl(judged.component.purl).qualifiers.get("upstream", "").partition("@")[0]
        return replace(judged, source=name)
    matches = tuple(
        replace(match, fixed=tuple(own_version(installed, source, bound) or bound for bound in match.fixed))
        for match in judged.matches
    )
    upgrade = own_version(installed, source, judged.upgrade) if judged.upgrade else None
    return replace(judged, matches=matches, upgrade=upgrade)


def _not_covered(ecosystem: str) -> Doubt:
    return Doubt(reason="no_database", detail=f"the advisory database has no feed about {ecosystem}", subject=ecosystem)
