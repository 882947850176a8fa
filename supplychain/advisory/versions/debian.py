"""Debian package versions (deb-version(7)), used by Debian, Ubuntu and all that is built from them."""

from __future__ import annotations

import re
from functools import lru_cache

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder

_VALID = re.compile(r"(?:[0-9]+:)?[0-9][0-9A-Za-z.+~:-]*")
_PIECES = re.compile(r"([^0-9]*)([0-9]*)")
_END: tuple[tuple[int, ...], int] = ((0,), 0)


class Debian(VersionOrder):
    """`[epoch:]upstream[-revision]`: dpkg's order."""

    name = "debian"

    @override
    def is_valid(self, version: str) -> bool:
        return _VALID.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        version = version.strip()
        epoch, colon, rest = version.partition(":")
        if not colon or not (epoch.isascii() and epoch.isdigit()):
            epoch, rest = "0", version
        upstream, dash, revision = rest.rpartition("-")
        if not dash:
            upstream, revision = rest, ""
        return int(epoch), _pieces(upstream), _pieces(revision)


def _pieces(text: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Alternating runs of non-digits and digits, as dpkg compares them; the end is marked, for `~` is before it."""
    pieces = [(_letters(word), int(digits or "0")) for word, digits in _PIECES.findall(text)]
    while len(pieces) > 1 and pieces[-1] == _END:
        pieces.pop()
    return (*pieces, _END)


@lru_cache(maxsize=4096)
def _letters(word: str) -> tuple[int, ...]:
    """`~` before the end of the text before letters before everything else."""
    return (*(-1 if c == "~" else ord(c) if c.isascii() and c.isalpha() else ord(c) + 256 for c in word), 0)
