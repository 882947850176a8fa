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
        return tuple(int(part) for part in _SEPARATOR.split(version) if _NUMBER.fullmatch(part))


class Hackage(Cran):
    """Numbers separated by dots; of two that start alike the longer is newer."""

    name = "hackage"
    _valid = re.compile(r"[0-9]+(?:\.[0-9]+)*")
