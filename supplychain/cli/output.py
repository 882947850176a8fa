"""The clock in, JSON out: what a verb needs that is run without the library that reads command lines.

This is the one place (with the server's edge) that reads the clock; everything below takes `at` as an argument.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum

from supplychain.encoding import parse_time, pretty_json
from supplychain.errors import MalformedInput, UsageError


class OutputFormat(StrEnum):
    """How a verb prints its result."""

    TABLE = "table"
    JSON = "json"


def clock(at: str | None) -> datetime:
    """The time to decide at: the given one, else now, in whole seconds UTC. Raises UsageError for no time."""
    if at is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return parse_time(at, where="--at").replace(microsecond=0)
    except MalformedInput as error:
        raise UsageError(error.message, where="--at", expected=error.expected, found=error.found) from None


def emit_json(value: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(pretty_json(value).decode("utf-8"))
    sys.stdout.flush()
