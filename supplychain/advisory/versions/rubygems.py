"""RubyGems versions (`Gem::Version`): numbers and words; a word makes a pre-release."""

from __future__ import annotations

import re
from itertools import zip_longest

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder, sortable

_VALID = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+")


class RubyGems(VersionOrder):
    """Gem::Version's `<=>`."""

    name = "rubygems"

    @override
    def is_valid(self, version: str) -> bool:
        return _VALID.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        segments = [
            (1, int(part), "") if part.isdigit() else (0, 0, part)
            for part in _SEGMENTS.findall(version.replace("-", ".pre."))
        ]
        first_word = next((i for i, segment in enumerate(segments) if not segment[0]), len(segments))
        return (_sortable((*_trim(segments[:first_word]), *_trim(segments[first_word:]))),)


_Segment = tuple[int, int, str]
_ZERO: _Segment = (1, 0, "")


def _trim(segments: list[_Segment]) -> list[_Segment]:
    while segments and segments[-1] == _ZERO:
        segments.pop()
    return segments


def _compare(first: tuple[_Segment, ...], second: tuple[_Segment, ...]) -> int:
    """The shorter is filled with zeros; a word is older than any number."""
    for a, b in zip_longest(first, second, fillvalue=_ZERO):
        if a != b:
            return -1 if a < b else 1
    return 0


def _coarse(segments: tuple[_Segment, ...]) -> tuple[object, ...]:
    return segments


_sortable = sortable(_compare, _coarse)
