"""Python versions: PEP 440 by the `packaging` library; what PEP 440 does not know sorts before it.

The order among those legacy versions is the one setuptools used before PEP 440 (`pkg_resources.parse_version`).
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version
from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder

_COMMON = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc|\.post|\.dev)[0-9]+)?")
_LEGACY = re.compile(r"[0-9]+|[a-z]+|\.|-")
_WORDS = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}


class PyPI(VersionOrder):
    """PEP 440, above everything older."""

    name = "pypi"

    @override
    def is_valid(self, version: str) -> bool:
        return _COMMON.fullmatch(version) is not None or _parse(version) is not None

    @override
    def _key(self, version: str) -> Key:
        parsed = _parse(version)
        return (0, _legacy(version.lower())) if parsed is None else (1, parsed)


def _parse(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def _legacy(version: str) -> tuple[str, ...]:
    parts: list[str] = []
    for raw in (*_LEGACY.findall(version), "final"):
        if raw == ".":
            continue
        word = _WORDS.get(raw, raw)
        part = word.zfill(8) if word[0].isdigit() else f"*{word}"
        if part.startswith("*"):
            if part < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return tuple(parts)
