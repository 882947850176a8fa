"""Alpine package versions (apk-package(5)): `number{.number}…{letter}{_suffix{number}}…{~hash}{-r#}`.

Also Wolfi, Chainguard and MinimOS, which use the same format. What apk calls invalid is still ordered, as apk does.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import NamedTuple

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder, sortable

_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*\.?")
_SUFFIX = re.compile(r"_(alpha|beta|pre|rc|cvs|svn|git|hg|p)([0-9]*)")
_HASH = re.compile(r"~[0-9a-f]+")
_BUILD = re.compile(r"-r([0-9]*)")
_ORDER = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
_NO_SUFFIX = (_ORDER.index(""), 0)


class _Parsed(NamedTuple):
    text: str
    numbers: tuple[str, ...]
    letter: str
    suffixes: tuple[tuple[int, int], ...]
    build: int
    rest: str
    invalid: bool


class Alpine(VersionOrder):
    """apk's order."""

    name = "alpine"

    @override
    def is_valid(self, version: str) -> bool:
        parsed = _parse(version)
        return bool(parsed.numbers) and "" not in parsed.numbers and not parsed.invalid and not parsed.rest

    @override
    def _key(self, version: str) -> Key:
        return (_sortable(_parse(version)),)


def _parse(version: str) -> _Parsed:
    rest, letter = version, ""
    numbers: tuple[str, ...] = ()
    if match := _NUMBERS.match(rest):
        numbers, rest = tuple(match[0].split(".")), rest[match.end() :]
    if rest[:1].isascii() and rest[:1].islower():
        letter, rest = rest[0], rest[1:]
    found = list(_SUFFIX.finditer(rest))
    for match in found:
        rest = rest.removeprefix(match[0])
    if match := _HASH.match(rest):
        rest = rest[match.end() :]
    build, invalid = 0, False
    if rest:
        match = _BUILD.match(rest)
        invalid = match is None
        if match:
            build, rest = int(match[1] or "0"), rest[match.end() :]
    return _Parsed(
        version,
        numbers,
        letter,
        tuple((_ORDER.index(match[1]), int(match[2] or "0")) for match in found),
        build,
        rest,
        invalid,
    )


def _compare(first: _Parsed, second: _Parsed) -> int:
    if first.invalid and second.invalid:
        return _order((first.text,), (second.text,))
    pairs = zip_longest(first.numbers, second.numbers)
    for order in (_compare_numbers(i, a, b) for i, (a, b) in enumerate(pairs)):
        if order:
            return order
    suffixes = zip_longest(first.suffixes, second.suffixes, fillvalue=_NO_SUFFIX)
    differing = next(((a, b) for a, b in suffixes if a != b), (_NO_SUFFIX, _NO_SUFFIX))
    return (
        _order((first.letter,), (second.letter,))
        or _order(*differing)
        # Something left over that is no part of a version makes it older.
        or _order((first.build, not first.rest), (second.build, not second.rest))
    )


def _compare_numbers(index: int, a: str | None, b: str | None) -> int:
    """After the first, a number with a leading zero is compared as a fraction is: as text."""
    if index and a is not None and b is not None and (a[:1] == "0" or b[:1] == "0"):
        return _order((a,), (b,))
    return _order((int(a or "0"),), (int(b or "0"),))


def _order(a: Key, b: Key) -> int:
    return (a > b) - (a < b)


def _coarse(parsed: _Parsed) -> tuple[object, ...]:
    """Zeros at the end do not count; whether `01` and `1` differ depends on where they stand."""
    numbers = [int(number or "0") for number in parsed.numbers]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers), parsed.letter, parsed.suffixes, parsed.build


_sortable = sortable(_compare, _coarse)
