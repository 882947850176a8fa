"""Fields of foreign records, read with the one error for a record that is none: `BAD_RECORD`, all or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput

_SUMMARY = 160
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CVE = re.compile(r"CVE[-_ ](\d{4}-\d{4,})", re.IGNORECASE)


class Fields:
    """One object of a document.

    Args:
        value: The object.
        where: File and member, for the message.
        format_: What it should be, for the message: `RustSec advisory`.
    """

    def __init__(self, value: Mapping[str, Any], where: str, format_: str) -> None:
        self.value = value
        self.where = where
        self._format = format_

    def text(self, name: str, *, optional: bool = False) -> str:
        """A text that is not empty; "" where it may be left out and is."""
        found = self.value.get(name)
        if found is None and optional:
            return ""
        if not isinstance(found, str) or not (found.strip() or optional) or len(found) > 1_000_000:
            raise self.bad(f"{name} is no text", found)
        return found.strip()

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty where it is left out."""
        found = self.value.get(name)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.bad(f"{name} is no list of texts", found)
        return found

    def part(self, name: str, *, optional: bool = False) -> Fields:
        """An object; an empty one where it may be left out and is."""
        found = self.value.get(name)
        if found is None and optional:
            found = {}
        if not isinstance(found, dict):
            raise self.bad(f"{name} is no object", found)
        return Fields(found, self.where, self._format)

    def day(self, name: str) -> datetime:
        """A day, as its first second in UTC."""
        found = self.text(name)
        if not _DAY.match(found):
            raise self.bad(f"{name} is no day", found)
        return parse_time(f"{found[:10]}T00:00:00Z", where=f"{self.where}: {name}")

    def bad(self, message: str, found: object) -> MalformedInput:
        """The error for a document that is meant as a record and is none."""
        return MalformedInput(
            f"not a {self._format}: {message}",
            code="BAD_RECORD",
            where=self.where,
            found=repr(found)[:120],
            hint="nothing was imported; fetch the file again, or leave it out",
        )


def short(text: str) -> str:
    """One line of bearable length."""
    words = " ".join(text[:1000].replace("#", " ").split())
    return words if len(words) <= _SUMMARY else f"{words[: _SUMMARY - 1].rpartition(' ')[0]}…"


def cve_of(text: str) -> str | None:
    """The CVE id a text holds, in its one spelling."""
    match = _CVE.search(text)
    return f"CVE-{match[1]}" if match else None
