"""Is one version affected? The evaluation of OSV (https://ossf.github.io/osv-schema/#evaluation).

1. A version in `versions` is affected.
2. In each range, go through the events in order of version: from `introduced` on it is affected, from `fixed` on and
   after `last_affected` it is not.
3. A range with `limit` events speaks only about versions before one of them.
4. Ranges of commits say nothing about versions.

Every answer comes with `certain`: false when the version, or a bound of the advisory, is none in this ecosystem, so
that "not affected" is only a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from supplychain.advisory.record import Affected, Event, Range
from supplychain.advisory.versions.order import MAX_LENGTH, Key, VersionOrder
from supplychain.advisory.versions.registry import SEMVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one entry of an advisory says about one version."""

    affected: bool
    certain: bool
    """The entry could be evaluated as it stands."""
    fixed: tuple[str, ...] = ()
    """Versions that end it: of the branch that holds the version where there is one, else all later ones."""
    until: str = ""
    """From the version up to this one, all are affected; empty: that is not known."""


_PLAIN_FIRST = frozenset("123456789")
"""Where a version begins with one of these, it begins with a number that counts and has no other spelling."""
_KINDS = frozenset({"introduced", "fixed", "last_affected", "limit"})
_NOT_AFFECTED = Answer(affected=False, certain=True)
_UNCERTAIN = Answer(affected=False, certain=False)


def evaluate(entry: Affected, version: str, order: VersionOrder) -> Answer:
    """Evaluate one entry for one version of its package.

    Args:
        entry: What the advisory says about the package.
        version: At most `MAX_LENGTH` characters.
        order: Of the entry's ecosystem.
    """
    return Prepared(entry, order).answer(version)


class Prepared:
    """An entry made ready to be asked about several versions.

    Args:
        entry: What an advisory says about a package.
        order: Of the entry's ecosystem.
    """

    __slots__ = ("_exact", "_listed", "_order", "_spans", "_sure", "_whole", "entry")

    def __init__(self, entry: Affected, order: VersionOrder) -> None:
        self.entry = entry
        self._order = order
        ranges = [part for part in entry.ranges if part.type != "GIT"]
        self._spans = [_Span(part, SEMVER if part.type == "SEMVER" else order) for part in ranges if _is_sound(part)]
        self._whole = len(self._spans) == len(ranges) and bool(ranges or entry.versions)
        self._exact = frozenset(entry.versions)
        self._listed: dict[str, frozenset[Key]] = {}
        self._sure: bool | None = None

    def answer(self, version: str) -> Answer:
        """What the entry says about a version of at most `MAX_LENGTH` characters."""
        order, at = self._order, self._order.key(version)
        ends, inside = [], version in self._exact
        for span in self._spans:
            end = span.end(at if span.order is order else span.order.key(version))
            ends.append(end)
            inside = inside or end is not None
        if inside or (self._exact and self._is_listed(version, at)):
            return self._affected(version, ends)
        if self._sure is None:
            self._sure = self._whole and all(span.bounds_valid for span in self._spans)
        return _NOT_AFFECTED if self._sure else _UNCERTAIN

    def _affected(self, version: str, ends: list[str | None]) -> Answer:
        if len(ends) == 1 and ends[0]:
            # One range, one end: as most advisories are.
            return Answer(affected=True, certain=True, fixed=(ends[0],), until="" if self._spans[0].limits else ends[0])
        key = self._order.key
        fixed = dict.fromkeys(end for end in ends if end)
        later = fixed or dict.fromkeys(bound for span in self._spans for bound in span.later(version))
        whole = () if any(span.limits for span in self._spans) else fixed
        return Answer(
            affected=True,
            certain=True,
            fixed=tuple(sorted(later, key=key)),
            until=max(whole, key=key, default=""),
        )

    def _is_listed(self, version: str, at: Key) -> bool:
        """Listed in another spelling: `1.0` and `1.0.0` are one version on PyPI.

        Compared are only those that may be: a version that begins with the number 1 equals none that begins with a 2.
        """
        first = "0" if version.startswith("0.") else version[0] if version[0] in _PLAIN_FIRST else ""
        listed = self._listed.get(first)
        if listed is None:
            others: Iterable[str] = self._exact
            if first:
                others = [other for other in others if other[:1] == first or other[:1] not in _PLAIN_FIRST]
            listed = self._listed[first] = self._order.keys(others)
        return at in listed


class _Span:
    """One sound range, its turns in order of version."""

    __slots__ = ("_events", "_turns", "_valid", "limits", "order")

    def __init__(self, part: Range, order: VersionOrder) -> None:
        self.order = order
        self._events = part.events
        self.limits = [event.version for event in part.events if event.kind == "limit"]
        turns = [(_position(event, order), event) for event in part.events if event.kind != "limit"]
        # By position alone: events at one version stay in the order given.
        self._turns = sorted(turns, key=lambda turn: turn[0])
        self._valid: bool | None = None

    @property
    def bounds_valid(self) -> bool:
        """Whether every bound is a version, and none ends what has not begun (`introduced: 3`, `fixed: 1`)."""
        if self._valid is None:
            self._valid = self._turns[0][1].kind == "introduced" and all(
                event.version == "0"
                or self.order.is_valid(event.version)
                or (event.kind == "limit" and event.version == "*")
                for event in self._events
            )
        return self._valid

    def end(self, at: Key) -> str | None:
        """Steps 2 and 3: the version that ends the branch which holds the version, empty: none does; None: not held."""
        if self.limits and not any(limit == "*" or at < self.order.key(limit) for limit in self.limits):
            return None
        here: tuple[int, Key] = (1, at)
        affected, fixed = False, ""
        for position, event in self._turns:
            if event.kind == "introduced":
                affected = affected or position <= here
            elif position < here or (event.kind == "fixed" and position == here):
                affected = False
            elif affected and event.kind == "fixed" and not fixed and here < position:
                fixed = event.version
        return fixed if affected else None

    def later(self, version: str) -> list[str]:
        """The fixed versions after a version."""
        at = self.order.key(version)
        return [e.version for e in self._events if e.kind == "fixed" and at < self.order.key(e.version)]


def _is_sound(part: Range) -> bool:
    """A known type of range, with known events, that begins somewhere."""
    begins = False
    for event in part.events:
        if event.kind not in _KINDS or not 0 < len(event.version) <= MAX_LENGTH:
            return False
        begins = begins or event.kind == "introduced"
    return begins and part.type in ("ECOSYSTEM", "SEMVER")


def _position(event: Event, order: VersionOrder) -> tuple[int, Key]:
    """`introduced: "0"` is before every version; events at one version stay in the order given."""
    return (0, ()) if event.kind == "introduced" and event.version == "0" else (1, order.key(event.version))
