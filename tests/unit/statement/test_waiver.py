"""A waiver has an end, at most a year away, and that end is exact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supplychain.errors import MalformedInput
from supplychain.statement.predicates.waiver import LONGEST, Waiver

FROM = datetime(2026, 1, 1, tzinfo=UTC)
WAIVER = Waiver(waives="CVE-1", owner="ada", reason="not reachable", begins=FROM, until=FROM + timedelta(days=30))
SECOND = timedelta(seconds=1)


def parse(**changes: Any) -> Waiver:
    return Waiver.parse({**WAIVER.to_json(), **changes}, where="test")


def test_reads_what_it_writes() -> None:
    full = replace(WAIVER, environments=("dev",), component="pkg:pypi/a@1", path="a/*", ticket="T-1")
    assert Waiver.parse(full.to_json(), where="test") == full
    assert Waiver.parse({**WAIVER.to_json(), "scope": {}}, where="test") == WAIVER


def test_first_and_last_second() -> None:
    assert not WAIVER.in_force(FROM - SECOND)
    assert WAIVER.in_force(FROM)
    assert WAIVER.in_force(WAIVER.until - SECOND)
    assert not WAIVER.in_force(WAIVER.until)
    assert not WAIVER.in_force(WAIVER.until + SECOND)


def test_at_most_a_year() -> None:
    assert Waiver.parse(replace(WAIVER, until=FROM + LONGEST).to_json(), where="test")
    for until in (FROM + LONGEST + SECOND, FROM, FROM - SECOND):
        with pytest.raises(MalformedInput, match="at most a year"):
            Waiver.parse(replace(WAIVER, until=until).to_json(), where="test")


@pytest.mark.parametrize("field", ["waives", "owner", "reason"])
def test_nothing_is_empty(field: str) -> None:
    with pytest.raises(MalformedInput, match="is empty"):
        parse(**{field: "  "})


@pytest.mark.parametrize(
    "text", ["2026-01-31T00:00:00+00:00", "2026-01-31 00:00:00Z", "2026-01-31T00:00:00.1Z", "never"]
)
def test_times_have_one_spelling(text: str) -> None:
    """Policy reads the text, this class a value; with one spelling both see the same second."""
    with pytest.raises(MalformedInput):
        parse(until=text)
