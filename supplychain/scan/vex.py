"""Applies VEX to what a dependency scan saw, and accounts for every statement. Pure: values in, values out.

A statement counts when it is in force, names the problem by any of its names, and one of its products fits the
component (or is the thing scanned). Of several the newest counts, of the same time the worse; both are reported. A
statement that would silence and silenced nothing is listed with the nearest component and what differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from supplychain.advisory.vex import Scope, VexDocument, VexStatement
from supplychain.advisory.vex_match import Difference, Fit, Nearest, Thing, compare, differences_text, is_thing
from supplychain.inventory.component import Component
from supplychain.scan.finding import Excuse, Finding, Status
from supplychain.scan.interface import ScanResult
from supplychain.scan.vex_report import Conflict, Outcome, VexReport

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which terms statements are believed."""

    at: datetime
    max_age: timedelta | None = None
    """Oldest statement that counts; None: any age."""
    accept_wide: bool = False
    """A product without a version means all its versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What was scanned."""

    thing: Thing
    components: tuple[Component, ...]


def apply_vex(
    results: Sequence[ScanResult], documents: Sequence[VexDocument], target: Scanned, terms: Terms
) -> tuple[list[ScanResult], VexReport]:
    """Set the status of findings by VEX statements.

    Args:
        results: Of all scans; only those of dependencies change.
        documents: What suppliers say.
        target: What was scanned.
        terms: The clock, and what is believed.
    """
    findings = [f for result in results if result.kind == "dependencies" for f in result.findings if f.component]
    judge = _Judge(findings, target, terms)
    judged = [(statement, judge.reach(statement)) for d in documents for statement in d.statements]
    by_finding: dict[int, list[VexStatement]] = {}
    for statement, reach in judged:
        for index in reach.fits:
            by_finding.setdefault(index, []).append(statement)
    winners = {index: max(found, key=_weight) for index, found in by_finding.items()}
    reaches = {id(statement): reach for statement, reach in judged}
    known = {document.where: document for document in documents}
    decided = {
        id(findings[index]): replace(
            findings[index],
            status=Status(winner.status.value),
            excuse=_excuse(winner, known[winner.document], wide=reaches[id(winner)].fits[index]),
        )
        for index, winner in winners.items()
    }
    outcomes = [_outcome(statement, reach, winners, judge) for statement, reach in judged]
    conflicts = [
        Conflict(finding=judge.names[index], winner=winners[index], losers=tuple(losers))
        for index, found in sorted(by_finding.items())
        if (losers := [s for s in found if s.status is not winners[index].status])
    ]
    changed = [
        replace(result, findings=tuple(decided.get(id(finding), finding) for finding in result.findings))
        if result.kind == "dependencies"
        else result
        for result in results
    ]
    report = VexReport(documents=tuple(documents), outcomes=tuple(outcomes), conflicts=tuple(conflicts))
    return changed, report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    """Which findings a statement reaches."""

    barred: str = ""
    fits: Mapping[int, bool]
    """Index of a finding; whether only a product without a version reaches it."""
    refused: tuple[int, ...] = ()
    """Findings that only a product without a version would reach, which is not accepted."""


class _Judge:
    """Findings by the names of their problems, components by name; made once for all statements."""

    def __init__(self, findings: Sequence[Finding], target: Scanned, terms: Terms) -> None:
        self.parts = [finding.component for finding in findings if finding.component]
        self.names = [(f.id, part.purl) for f, part in zip(findings, self.parts, strict=True)]
        self.target, self.terms = target, terms
        self.nearest = Nearest(target.components)
        self._by_id: dict[str, list[int]] = {}
        for index, finding in enumerate(findings):
            for name in (finding.id, *finding.aliases):
                self._by_id.setdefault(name.upper(), []).append(index)

    def named(self, statement: VexStatement) -> list[int]:
        """Findings of the problem a statement names."""
        return sorted({index for name in statement.ids for index in self._by_id.get(name.upper(), ())})

    def reach(self, statement: VexStatement) -> _Reach:
        """The findings a statement is about."""
        barred = statement.barred(self.terms.at, self.terms.max_age)
        fits: dict[int, bool] = {}
        refused = []
        for index in () if barred else self.named(statement):
            found = [fit for scope in statement.scopes if not (fit := self.fit(scope, self.parts[index])).differences]
            if not found:
                continue
            wide = all(fit.wide for fit in found)
            if wide and not self._may_be_wide(statement, self.parts[index]):
                refused.append(index)
            else:
                fits[index] = wide
        return _Reach(barred=barred, fits=fits, refused=tuple(refused))

    def fit(self, scope: Scope, part: Component) -> Fit:
        """How a scope and the component of a finding compare."""
        if scope.product.problem or (scope.part and scope.part.problem):
            return Fit(differences=(Difference(field="product", stated=scope.text, found=part.purl),))
        if scope.part is None:
            fit = compare(scope.product, part)
            return is_thing(scope.product, self.target.thing) if fit.differences else fit
        whole, inner = is_thing(scope.product, self.target.thing), compare(scope.part, part)
        return Fit(differences=(*whole.differences, *inner.differences), wide=inner.wide)

    def _may_be_wide(self, statement: VexStatement, part: Component) -> bool:
        """Whether a statement may reach a component by a product without a version. What warns always may."""
        return (
            self.terms.accept_wide
            or not statement.status.silences
            or any(
                (scope.part or scope.product).every_version and not self.fit(scope, part).differences
                for scope in statement.scopes
            )
        )


def _excuse(statement: VexStatement, document: VexDocument, *, wide: bool) -> Excuse:
    return Excuse(
        document=str(document.digest or ""),
        file=statement.document,
        number=statement.number,
        author=document.author,
        justification=statement.justification,
        expires=statement.expires,
        wide=wide,
    )


def _outcome(statement: VexStatement, reach: _Reach, winners: Mapping[int, VexStatement], judge: _Judge) -> Outcome:
    if reach.barred:
        return Outcome(statement=statement, word="not_in_force", reason=reach.barred)
    decided = [index for index in reach.fits if winners[index].status is statement.status]
    if decided:
        word = "settled" if statement.status.silences else "confirmed"
        wide = any(reach.fits[index] for index in decided)
        return Outcome(statement=statement, word=word, findings=tuple(judge.names[i] for i in decided), wide=wide)
    if reach.fits:
        first = winners[min(reach.fits)]
        reason = f"{first.document} #{first.number} says {first.status.value}, and is newer or worse"
        return Outcome(statement=statement, word="overruled", reason=reason)
    if reach.refused:
        purl = judge.names[reach.refused[0]][1]
        version = judge.parts[reach.refused[0]].version or ""
        reason = f"names no version, so it is not taken to mean {purl}; name the version, or accept it with --vex-wide"
        differs = (Difference(field="version", stated="", found=version),)
        return Outcome(
            statement=statement, word="too_wide", wide=True, nearest=purl, differences=differs, reason=reason
        )
    return _no_match(statement, judge)


def _no_match(statement: VexStatement, judge: _Judge) -> Outcome:
    """Explain a statement that reached nothing, by the scope that comes nearest."""
    found = [_explain(scope, statement, judge) for scope in statement.scopes]
    nearest, differences, reason = min(found, key=lambda one: (not one[0], len(one[1])))
    return Outcome(statement=statement, word="no_match", nearest=nearest, differences=differences, reason=reason)


def _explain(scope: Scope, statement: VexStatement, judge: _Judge) -> tuple[str, tuple[Difference, ...], str]:
    about = scope.part or scope.product
    if problem := scope.product.problem or about.problem:
        return "", (), f"{about.text} {problem}"
    near = judge.nearest.of(about)
    if near is None:
        if scope.part is None and not is_thing(scope.product, judge.target.thing).differences:
            return "", (), f"it is about the thing scanned, where the scan found no {statement.ids[0]}"
        return "", (), f"no such component: nothing here is named {about.text}"
    component, fit = near
    if fit.differences:
        return component.purl, fit.differences, f"nearest is {component.purl}; {differences_text(fit.differences)}"
    if scope.part is not None:
        whole = is_thing(scope.product, judge.target.thing).differences
        if whole:
            hint = "--product PURL says what the target is"
            text = f"{component.purl} is here, but in another product; {differences_text(whole)} ({hint})"
            return component.purl, whole, text
    return component.purl, (), f"{component.purl} is here, and the scan found no {statement.ids[0]} in it"


def _weight(statement: VexStatement) -> tuple[datetime, int]:
    return statement.time or _NEVER, statement.status.rank
