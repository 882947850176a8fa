"""Plain sequences of numbers: CRAN (R's `package_version`) and Hackage (Haskell's `Data.Version`)."""

from __future__ import annotations

import re

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder

_NUMBER = re.compile(r"[0-9]+")
_SEPARATOR = re.compile(r"[.-]")


class Cran(VersionOrder):
    """Numbers separated by dots or dashes; of two that start alike the longer is newer."""

    name = "cran"
    _valid = re.compile(r"[0-9]+(?:[.-][0-9]+)*")

    @override
    def is_valid(self, version: str) -> bool:
        return self._valid.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        # Of a part that is no number, what it begins with: `1+` is no version, and still not the same as `2+`.
        return tuple(int(number[0]) for part in _SEPARATOR.split(version) if (number := _NUMBER.match(part)))


class Hackage(Cran):
    """Numbers separated by dots; of two that start alike the longer is newer."""

    name = "hackage"
    _valid = re.compile(r"[0-9]+(?:\.[0-9]+)*")
