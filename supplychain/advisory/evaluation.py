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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    affected: bool
    fixed: tuple[str, ...] = ()


_NOT_AFFECTED = Answer(affected=False, certain=True)
_UNCERTAIN = Answer(affected=False, certain=False)


def evaluate(entry: Affected, version: str, order: VersionOrder) -> Answer:
    """Evaluate one entry for one version of its package.

    Args:
        entry: What the advisory says about the package.
        version: At most `MAX_LENGTH` characters.
        order: Of the entry's ecosystem.
    """
    ranges = [part for part in entry.ranges if part.type != "GIT"]
    sound = [part for part in ranges if _is_sound(part)]
    listed = version in entry.versions
    walks = [_walk(part, version, _order_of(part, order)) for part in sound]
    if listed or any(walk.affected for walk in walks) or _is_listed(entry.versions, version, order):
        fixed = {bound: None for walk in walks for bound in walk.fixed}
        later = fixed or {bound: None for part in sound for bound in _later(part, version, _order_of(part, order))}
        return Answer(affected=True, certain=True, fixed=tuple(sorted(later, key=order.key)))
    if len(sound) < len(ranges) or not (ranges or entry.versions):
        return _UNCERTAIN
    bounds_valid = all(_bounds_valid(part, _order_of(part, order)) for part in sound)
    return _NOT_AFFECTED if bounds_valid else _UNCERTAIN


def _order_of(part: Range, order: VersionOrder) -> VersionOrder:
    return SEMVER if part.type == "SEMVER" else order


def _is_sound(part: Range) -> bool:
    """A known type of range, with known events, that begins somewhere."""
    kinds = {event.kind for event in part.events}
    return (
        part.type in ("ECOSYSTEM", "SEMVER")
        and "introduced" in kinds
        and kinds <= {"introduced", "fixed", "last_affected", "limit"}
        and all(0 < len(event.version) <= MAX_LENGTH for event in part.events)
    )


def _bounds_valid(part: Range, order: VersionOrder) -> bool:
    return all(
        event.version == "0" or order.is_valid(event.version) or (event.kind == "limit" and event.version == "*")
        for event in part.events
    )


def _walk(part: Range, version: str, order: VersionOrder) -> _Walk:
    """Steps 2 and 3 for one range, and the versions that end the branch which holds the version."""
    at = order.key(version)
    limits = [event.version for event in part.events if event.kind == "limit"]
    if limits and not any(limit == "*" or at < order.key(limit) for limit in limits):
        return _Walk(affected=False)
    turns = [event for event in part.events if event.kind != "limit"]
    events = sorted(turns, key=lambda event: _position(event, order))
    affected, fixed = False, None
    for event in events:
        where = _compare(event, at, order)
        if event.kind == "introduced":
            affected = affected or where <= 0
        elif where < 0 or (where == 0 and event.kind == "fixed"):
            affected = False
        elif affected and where > 0 and event.kind == "fixed" and fixed is None:
            fixed = event.version
    return _Walk(affected=affected, fixed=(fixed,) if affected and fixed else ())


def _compare(event: Event, at: Key, order: VersionOrder) -> int:
    """-1, 0 or 1: the event lies before, at or after the version."""
    where = _position(event, order)
    here = (1, at)
    return -1 if where < here else int(here < where)


def _position(event: Event, order: VersionOrder) -> tuple[int, Key]:
    """`introduced: "0"` is before every version; events at one version stay in the order given."""
    return (0, ()) if event.kind == "introduced" and event.version == "0" else (1, order.key(event.version))


def _later(part: Range, version: str, order: VersionOrder) -> list[str]:
    at = order.key(version)
    return [event.version for event in part.events if event.kind == "fixed" and at < order.key(event.version)]


def _is_listed(versions: tuple[str, ...], version: str, order: VersionOrder) -> bool:
    """Listed in another spelling: `1.0` and `1.0.0` are one version on PyPI."""
    if not versions:
        return False
    at = order.key(version)
    return any(0 < len(other) <= MAX_LENGTH and order.key(other) == at for other in versions)
