"""RPM package versions (rpmvercmp, rpm-version(7)): Red Hat, Rocky, AlmaLinux, SUSE, openEuler, Photon, ….

`[epoch:]version[-release]`. Segments of one kind are compared in turn; everything else only separates them.
"""

from __future__ import annotations

import re

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder

_VALID = re.compile(r"(?:[0-9]+:)?[^\s:-][^\s]*")
_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+|[~^]")
# `~` is older than the end of the text, `^` newer than the end but older than anything that follows, words older
# than numbers.
_TILDE, _END, _CARET, _WORD, _NUMBER = range(5)


class Rpm(VersionOrder):
    """rpm's order of epoch, version and release."""

    name = "rpm"

    @override
    def is_valid(self, version: str) -> bool:
        return _VALID.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        epoch, colon, rest = version.partition(":")
        if not colon or not (epoch.isascii() and epoch.isdigit()):
            epoch, rest = "0", version
        number, dash, release = rest.partition("-")
        # Without a release is older than with an empty one.
        return int(epoch), bool(number), _segments(number), bool(dash), _segments(release)


def _segments(text: str) -> tuple[tuple[int, int, str], ...]:
    return (*(_segment(part) for part in _SEGMENTS.findall(text)), (_END, 0, ""))


def _segment(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return (_NUMBER, int(part), "")
    if part in "~^":
        return (_TILDE if part == "~" else _CARET, 0, "")
    return (_WORD, 0, part)
