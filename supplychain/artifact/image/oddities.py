"""What goes into a view and what is strange about it: the stream of members, and the list of oddities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from supplychain.artifact.image.tar import Member
from supplychain.artifact.image.tree import Oddity


class MemberStream(Protocol):
    """Where members come from: an archive (`TarStream`), or a folder that is read like one."""

    @property
    def trailing(self) -> bool:
        """True after the end: something follows that is no member."""

    def __iter__(self) -> Iterator[Member]:
        """The members, in order."""

    def head(self, size: int) -> bytes:
        """The first bytes of the last member, without taking them; empty when they cannot be had."""

    def content(self) -> bytes:
        """The content of the last member. Raises OSError when it cannot be had."""


class Oddities:
    """Strange things, counted by layer and kind, so that a million of them stay one line."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int | None, str, bool], list[tuple[str, str]]] = {}
        self._counts: dict[tuple[int | None, str, bool], int] = {}

    def note(self, what: str, reason: str, *, layer: int | None, lost: bool = False, detail: str = "") -> None:
        """Count one; the first of its kind is named."""
        key = (layer, reason, lost)
        self._seen.setdefault(key, [(what, detail)])
        self._counts[key] = self._counts.get(key, 0) + 1

    def all(self) -> tuple[Oddity, ...]:
        """What was noted, in order of appearance."""
        return tuple(
            Oddity(what=what, reason=key[1], detail=detail, count=self._counts[key], layer=key[0], lost=key[2])
            for key, ((what, detail),) in ((key, tuple(first)) for key, first in self._seen.items())
        )
