"""Maven versions (Maven POM reference, "Version Order Specification"; `ComparableVersion`)."""

from __future__ import annotations

import re
from typing import NamedTuple

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder, sortable

_VALID = re.compile(r"[0-9A-Za-z_.+~-]*[0-9][0-9A-Za-z_.+~-]*")
_META = frozenset({"latest", "release"})
_RUNS = re.compile(r"[0-9]+|[^0-9]+")
_SPLIT = re.compile(r"([.-])")
_WORDS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_SAME = {"cr": "rc", "ga": "", "final": "", "release": ""}


class _Token(NamedTuple):
    prefix: str
    value: str
    number: int | None
    filler: bool = False


class Maven(VersionOrder):
    """ComparableVersion's order."""

    name = "maven"

    @override
    def is_valid(self, version: str) -> bool:
        return version.lower() not in _META and _VALID.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        return (_sortable(_trim(_tokens(version))),)


def _tokens(version: str) -> list[_Token]:
    """Split at dots, dashes and between digits and letters; the last counts as a dash."""
    tokens: list[_Token] = []
    pieces = ["", *_SPLIT.split(version)]
    for prefix, piece in zip(pieces[::2], pieces[1::2], strict=True):
        runs = _RUNS.findall(piece.lower()) or [""]
        for i, run in enumerate(runs):
            tokens.append(_token(prefix if i == 0 else "-", run, followed=i + 1 < len(runs)))
    return tokens


def _token(prefix: str, run: str, *, followed: bool) -> _Token:
    if not run:
        return _Token(prefix, "0", 0)
    if run.isascii() and run.isdigit():
        number = int(run)
        return _Token(prefix, str(number), number)
    word = _SAME.get(run, run)
    return _Token(prefix, _SHORT.get(word, word) if followed else word, None)


def _trim(tokens: list[_Token]) -> tuple[_Token, ...]:
    """Remove what means nothing (0, "", final, ga) from the end, and before each dash."""
    i = len(tokens) - 1
    while i > 0:
        if tokens[i].value in ("0", ""):
            del tokens[i]
            i -= 1
            continue
        while i >= 0 and tokens[i].prefix != "-":
            i -= 1
        i -= 1
    return tuple(tokens)


def _compare(first: tuple[_Token, ...], second: tuple[_Token, ...]) -> int:
    for i in range(max(len(first), len(second))):
        a = first[i] if i < len(first) else _filler(second[i])
        b = second[i] if i < len(second) else _filler(first[i])
        if a.prefix == b.prefix and a.value == b.value:
            continue
        return -1 if _older(a, b) else 1
    return 0


def _filler(other: _Token) -> _Token:
    """What stands where the shorter version has ended: 0 after a dot, nothing after a dash."""
    if other.prefix == "-" or other.value == "sp":
        return _Token(other.prefix, "", None, filler=True)
    return _Token(other.prefix, "0", 0, filler=True)


def _older(a: _Token, b: _Token) -> bool:
    if a.prefix != b.prefix:
        return _rank(a) < _rank(b)
    if a.number is not None and b.number is not None:
        return a.number < b.number
    if a.number is not None and not a.filler:
        return False
    if b.number is not None and not b.filler:
        return True
    return _word(a.value) < _word(b.value)


def _rank(token: _Token) -> int:
    """`.word` < `-word` < `-number` < `.number`."""
    if token.number is None:
        return 1 if token.prefix == "-" else 0
    return 2 if token.prefix == "-" else 3


def _word(value: str) -> tuple[int, str]:
    return (_WORDS.index(value), "") if value in _WORDS else (len(_WORDS), value)


def _coarse(tokens: tuple[_Token, ...]) -> tuple[object, ...]:
    return tuple((token.prefix, token.value) for token in tokens)


_sortable = sortable(_compare, _coarse)
