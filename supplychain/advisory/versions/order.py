"""What every version order is: a sort key for any text, and a judgement whether the text is a version at all.

The two are apart on purpose. A key exists for every text of bearable length, so that a range can be evaluated as far as
possible; but only `is_valid` says whether the answer means anything. What is not valid never reads as clean: the
matcher reports it in coverage beside whatever it found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import ClassVar, TypeVar

from supplychain.errors import MalformedInput

MAX_LENGTH = 1000
"""Longest text that is compared, in characters. Real versions stay under 200; longer ones are built to be slow."""
Key = tuple[object, ...]
"""Sorts as the version does, among keys of the same order; equal and of one hash where the versions are one."""
_CACHED = 65_536
T = TypeVar("T")


def sortable(compare: Callable[[T, T], int], coarse: Callable[[T], Hashable]) -> Callable[[T], object]:
    """Make values sort, and be members of sets, by a comparison; `functools.cmp_to_key` gives what cannot be hashed.

    Args:
        compare: Negative, 0 or positive.
        coarse: The same for all values that compare as equal.
    """

    class Sortable:
        __slots__ = ("value",)

        def __init__(self, value: T) -> None:
            self.value = value

        def __lt__(self, other: Sortable) -> bool:
            return compare(self.value, other.value) < 0

        def __le__(self, other: Sortable) -> bool:
            return compare(self.value, other.value) <= 0

        def __gt__(self, other: Sortable) -> bool:
            return compare(self.value, other.value) > 0

        def __ge__(self, other: Sortable) -> bool:
            return compare(self.value, other.value) >= 0

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Sortable) and compare(self.value, other.value) == 0

        def __hash__(self) -> int:
            return hash(coarse(self.value))

    return Sortable


class VersionOrder(ABC):
    """One ecosystem family's order of versions."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._cached = lru_cache(maxsize=_CACHED)(self._key)

    def key(self, version: str) -> Key:
        """A value that sorts as the version does, comparable with other keys of the same order.

        Raises:
            MalformedInput: `BAD_VERSION`, the text is empty or longer than `MAX_LENGTH`.
        """
        if not 0 < len(version) <= MAX_LENGTH:
            raise MalformedInput(
                "not a version",
                code="BAD_VERSION",
                expected=f"1 to {MAX_LENGTH:,} characters",
                found=f"{version[:60]!r} ({len(version):,} characters)",
            )
        return self._cached(version)

    def keys(self, versions: Iterable[str]) -> frozenset[Key]:
        """The keys of all versions of bearable length."""
        return frozenset(self._cached(version) for version in versions if 0 < len(version) <= MAX_LENGTH)

    def compare(self, first: str, second: str) -> int:
        """-1, 0 or 1: the first is older than, equal to, or newer than the second. Raises as `key`."""
        a, b = self.key(first), self.key(second)
        return -1 if a < b else int(b < a)

    @abstractmethod
    def is_valid(self, version: str) -> bool:
        """Whether the ecosystem would accept this text as one exact version."""

    @abstractmethod
    def _key(self, version: str) -> Key:
        """The sort key; the length has been checked."""
