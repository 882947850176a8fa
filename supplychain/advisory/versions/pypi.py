"""Python versions: PEP 440, read by the `packaging` library; what PEP 440 does not know sorts before it.

Keys are plain tuples (PEP 440, "Summary of permitted suffixes and relative ordering"), which compare and hash in C.

The order among those legacy versions is the one setuptools used before PEP 440 (`pkg_resources.parse_version`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.version import InvalidVersion, Version
from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder

_COMMON = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:(?:a|b|rc|\.post|\.dev)[0-9]+)?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")
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
        if _PLAIN.fullmatch(version):
            return (1, 0, _trimmed(map(int, version.split("."))), *_RELEASE)
        parsed = _parse(version)
        return (0, _legacy(version.lower())) if parsed is None else _key_of(parsed)


_RELEASE = ((1,), -1, (1,), ())
"""Neither pre-, post- nor development release, no local part."""


def _key_of(version: Version) -> Key:
    pre: tuple[object, ...] = (1,)
    if version.pre is not None:
        pre = (0, *version.pre)
    elif version.post is None and version.dev is not None:
        # `1.0.dev1` comes before `1.0a1`.
        pre = (-1,)
    post = -1 if version.post is None else version.post
    dev = (1,) if version.dev is None else (0, version.dev)
    return (1, version.epoch, _trimmed(version.release), pre, post, dev, _local(version.local))


def _trimmed(release: Iterable[int]) -> tuple[int, ...]:
    """`1.0` and `1` are one version."""
    numbers = list(release)
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _local(text: str | None) -> tuple[tuple[int, int, str], ...]:
    """Words before numbers, and what is longer after what it continues."""
    parts = text.split(".") if text else ()
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


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
