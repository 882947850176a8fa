"""The clock in, JSON out: what a verb needs that is run without the library that reads command lines.

This is the one place (with the server's edge) that reads the clock; everything below takes `at` as an argument.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from enum import StrEnum

from supplychain.encoding import parse_time, pretty_json
from supplychain.errors import MalformedInput, UsageError

_NO_TEXT = re.compile("[\ud800-\udfff]")
"""How Python spells the bytes of a file name that are no UTF-8."""


_FIRST_YEAR, _LAST_YEAR = 1700, 2199
"""What the nanoseconds of policy engines hold."""


class OutputFormat(StrEnum):
    """How a verb prints its result."""

    TABLE = "table"
    JSON = "json"


def clock(at: str | None) -> datetime:
    """The time to decide at: the given one, else now, in whole seconds UTC. Raises UsageError for no time."""
    if at is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        found = parse_time(at, where="--at").replace(microsecond=0)
    except MalformedInput as error:
        raise UsageError(error.message, where="--at", expected=error.expected, found=error.found) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise UsageError(
            "no policy can reckon with that time",
            where="--at",
            expected=f"a year from {_FIRST_YEAR} to {_LAST_YEAR}",
            found=at,
        )
    return found


def emit_json(value: object) -> None:
    """Print one JSON document on standard output; in a file name, a replacement stands for what is no text."""
    try:
        document = pretty_json(value)
    except UnicodeEncodeError:
        document = pretty_json(json.loads(_NO_TEXT.sub("\ufffd", json.dumps(value, ensure_ascii=False))))
    sys.stdout.write(document.decode("utf-8"))
    sys.stdout.flush()
