"""The smallest upgrade: the lowest later version of a package that none of its advisories affects.

Candidates are the versions that advisories name as fixed. Each is held against every advisory about the package, those
that begin later included, for the end of one problem may be the beginning of another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from supplychain.advisory.evaluation import Answer, Prepared
from supplychain.advisory.versions.order import MAX_LENGTH, VersionOrder

_MOST_LOOKS = 200_000
"""How many times an entry is held against a candidate before the search is given up."""


class Fixes:
    """The versions that advisories about a package name as fixed, lowest first.

    Args:
        entries: Everything that advisories say about the package.
        order: Of the entries' ecosystem.
    """

    def __init__(self, entries: Iterable[Prepared], order: VersionOrder) -> None:
        self.entries = list(entries)
        self._answers: dict[int, list[Answer]] = {}
        named = {
            event.version
            for entry in self.entries
            for part in entry.entry.ranges
            if part.type != "GIT"
            for event in part.events
            if event.kind == "fixed" and 0 < len(event.version) <= MAX_LENGTH and order.is_valid(event.version)
        }
        placed = sorted((order.key(version), version) for version in named)
        self.order = order
        self.keys = [key for key, _ in placed]
        self.versions = [version for _, version in placed]

    def answers(self, index: int) -> list[Answer]:
        """What each entry says about one of the versions."""
        found = self._answers.get(index)
        if found is None:
            found = self._answers[index] = [entry.answer(self.versions[index]) for entry in self.entries]
        return found


def smallest_upgrade(answered: Sequence[Answer], version: str, fixes: Fixes) -> str | None:
    """The lowest version named as fixed that is later than the present one, and affected by none.

    Args:
        answered: What each entry of `fixes` says about the present version, in their order.
        version: The present one, affected by some of them.
        fixes: Of the same advisories.

    Returns:
        The version as the advisory writes it; None: none is known. An entry that cannot be evaluated stands in the way,
        unless it could not be for the present version either: then coverage tells of it already.
    """
    counts = [answer.affected or answer.certain for answer in answered]
    index = max(bisect_right(fixes.keys, fixes.order.key(version)), _first_after(answered, fixes))
    looks = 0
    while index < len(fixes.versions) and looks < _MOST_LOOKS:
        looks += len(counts)
        bad = [
            a
            for a, counted in zip(fixes.answers(index), counts, strict=True)
            if counted and (a.affected or not a.certain)
        ]
        if not bad:
            return fixes.versions[index]
        index = max(index + 1, _first_after(bad, fixes))
    return None


def _first_after(answers: Iterable[Answer], fixes: Fixes) -> int:
    """Where to look next: whatever lies before the last end of what stands in the way is affected as well."""
    ends = [fixes.order.key(answer.until) for answer in answers if answer.until]
    return bisect_left(fixes.keys, max(ends)) if ends else 0
