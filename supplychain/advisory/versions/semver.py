"""Semantic Versioning 2.0.0 (https://semver.org) and its relatives: npm, Go, crates.io, Hex, Pub, NuGet, ….

Comparison is lenient as `node-semver` and the OSV tools are: a leading `v`, missing parts (zero) and more parts than
three (taken as part of what follows the numbers) are read.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder

_NUMBERS = re.compile(r"v?([0-9.]*)(.*)", re.DOTALL)
_TAIL = r"(?:-[0-9A-Za-z.~_-]+)?(?:\+[0-9A-Za-z.~_-]+)?"
_RELEASE = (1,)


class SemVer(VersionOrder):
    """Semantic Versioning: build metadata does not count."""

    name = "semver"
    parts: ClassVar[int] = 3
    """How many numbers lead a version."""
    _valid: ClassVar[re.Pattern[str]] = re.compile(rf"v?[0-9]+(?:\.[0-9]+){{0,2}}{_TAIL}")

    @override
    def is_valid(self, version: str) -> bool:
        return self._valid.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        numbers, tail = self._split(version)
        return (*numbers, _prerelease(tail.partition("+")[0]))

    def _split(self, version: str) -> tuple[tuple[int, ...], str]:
        match = _NUMBERS.fullmatch(version)
        assert match is not None  # noqa: S101 - the expression matches every text
        numbers = [int(part) for part in match[1].split(".") if part]
        extra = "".join(f".{number}" for number in numbers[self.parts :])
        padded = (*numbers[: self.parts], *([0] * (self.parts - len(numbers))))
        return padded, match[2] + extra


class NuGet(SemVer):
    """NuGet: four numbers, and letters compare without case."""

    name = "nuget"
    parts = 4
    _valid = re.compile(rf"v?[0-9]+(?:\.[0-9]+){{0,3}}{_TAIL}")

    @override
    def _key(self, version: str) -> Key:
        return super()._key(version.lower())


class Pub(SemVer):
    """Dart's pub: Semantic Versioning, but build metadata decides between otherwise equal versions."""

    name = "pub"

    @override
    def _key(self, version: str) -> Key:
        numbers, tail = self._split(version)
        before, _, build = tail.partition("+")
        return (*numbers, _prerelease(before), _identifiers(build) if build else ())


def _prerelease(text: str) -> tuple[Any, ...]:
    """Section 11: a version with a pre-release part is older than the one without."""
    text = text.removeprefix("-")
    return (0, _identifiers(text)) if text else _RELEASE


def _identifiers(text: str) -> tuple[tuple[Any, ...], ...]:
    """Section 11.4: numbers compare as numbers, and come before words; more identifiers are newer."""
    parts = text.split(".")
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts)
