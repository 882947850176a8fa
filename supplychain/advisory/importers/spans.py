"""Sets of versions as spans between cuts: union, complement, intersection, and their form as a range of OSV.

A cut lies just before or just after a version, so that `< 2`, `<= 2` and `> 2` need no special cases. What has an empty
span where one was meant (`< 1 > 2`) is for the caller to notice: `both` gives None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from supplychain.advisory.record import Event, Range
from supplychain.advisory.versions.order import VersionOrder


@dataclass(frozen=True, slots=True)
class Cut:
    """A place between versions."""

    version: str
    after: bool
    """Just after the version; else just before it."""


@dataclass(frozen=True, slots=True)
class Span:
    """All versions between two cuts; None: without end."""

    low: Cut | None
    high: Cut | None


ALL = Span(None, None)
Place = tuple[object, ...]


class Line:
    """The line on which one ecosystem's versions lie.

    Args:
        order: The order of versions.
        next_version: A version after the given one with, for all that is ever published, none between.
    """

    def __init__(self, order: VersionOrder, next_version: Callable[[str], str]) -> None:
        self._order = order
        self._next = next_version

    def both(self, spans: Iterable[Span]) -> Span | None:
        """What lies in all of them; None: nothing."""
        parts = list(spans)
        low = max((part.low for part in parts), key=self._low)
        high = min((part.high for part in parts), key=self._high)
        return Span(low, high) if self._low(low) < self._high(high) else None

    def union(self, spans: Iterable[Span]) -> list[Span]:
        """The same versions as spans that do not touch, lowest first."""
        merged: list[Span] = []
        for span in sorted(spans, key=lambda part: self._low(part.low)):
            if merged and self._low(span.low) <= self._high(merged[-1].high):
                high = max(merged[-1].high, span.high, key=self._high)
                merged[-1] = Span(merged[-1].low, high)
            else:
                merged.append(span)
        return merged

    def complement(self, spans: Iterable[Span]) -> list[Span]:
        """Every version that is in none of them."""
        left: list[Span] = []
        low: Cut | None = None
        for span in self.union(spans):
            if span.low is not None:
                left.append(Span(low, span.low))
            if span.high is None:
                return left
            low = span.high
        return [*left, Span(low, None)]

    def to_range(self, kind: str, spans: Iterable[Span], patched: Sequence[Span] = ()) -> Range:
        """The versions of some spans as events.

        Args:
            kind: `SEMVER` or `ECOSYSTEM`.
            spans: Affected versions.
            patched: Versions said to be patched; they name the fixed version where a span ends with its last version.
        """
        events: list[Event] = []
        for span in self.union(spans):
            low = "0" if span.low is None else self._next(span.low.version) if span.low.after else span.low.version
            events.append(Event(kind="introduced", version=low))
            if span.high is not None:
                kind_of_end = "last_affected" if span.high.after else "fixed"
                events.append(Event(kind=kind_of_end, version=span.high.version))
                if span.high.after and (fixed := self._first_fixed(span.high, patched)):
                    events.append(Event(kind="fixed", version=fixed))
        return Range(type=kind, events=tuple(events))

    def _first_fixed(self, end: Cut, patched: Sequence[Span]) -> str | None:
        starts = (span.low for span in self.union(patched) if span.low and not span.low.after)
        return next((low.version for low in starts if self._low(end) <= self._low(low)), None)

    def _low(self, cut: Cut | None) -> Place:
        return (0,) if cut is None else (1, self._order.key(cut.version), cut.after)

    def _high(self, cut: Cut | None) -> Place:
        return (2,) if cut is None else (1, self._order.key(cut.version), cut.after)


def unreadable(text: object) -> Range:
    """A range that nobody can evaluate: the matcher reports it for the packages it concerns."""
    return Range(type="ECOSYSTEM", events=(Event(kind="unreadable", version=str(text)[:200] or "-"),))
