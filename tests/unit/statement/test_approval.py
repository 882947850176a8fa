"""The predicate `approval`: its limits hold when it is read, whoever wrote it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supplychain.errors import MalformedInput
from supplychain.statement.predicates.approval import LONGEST, LONGEST_BREAK, Approval

AT = datetime(2026, 11, 21, tzinfo=UTC)
GOOD = Approval(environment="staging", verdict="approve", approver="a", reason="r", begins=AT, until=AT + LONGEST)
BREAK: dict[str, Any] = {"verdict": "break_glass", "rules": ["tests"], "until": "2026-11-21T04:00:00Z"}


def test_read_and_written_back() -> None:
    assert Approval.parse(GOOD.to_json(), where="a") == GOOD
    broken = Approval.parse({**GOOD.to_json(), **BREAK}, where="a")
    assert (broken.rules, broken.verdict) == (("tests",), "break_glass")


def test_it_counts_from_its_first_second_to_the_one_before_its_end() -> None:
    second = timedelta(seconds=1)
    assert not GOOD.in_force(AT - second)
    assert GOOD.in_force(AT)
    assert GOOD.in_force(GOOD.until - second)
    assert not GOOD.in_force(GOOD.until)


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "yes"},
        {"verdict": None},
        {"environment": " "},
        {"approver": ""},
        {"reason": ""},
        {"until": "2026-11-21T00:00:00Z"},
        {"until": "2027-02-19T00:00:01Z"},
        {"until": "2026-11-22T00:00:00+01:00"},
        {"until": "2026-11-22T00:00:00.5Z"},
        {"rules": ["tests"]},
        {**BREAK, "rules": []},
        {**BREAK, "rules": ["a b"]},
        {**BREAK, "until": "2026-11-24T00:00:01Z"},
    ],
)
def test_limits(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedInput):
        Approval.parse({**GOOD.to_json(), **changes}, where="a")


def test_the_longest_broken_glass() -> None:
    until = (AT + LONGEST_BREAK).isoformat().replace("+00:00", "Z")
    assert Approval.parse({**GOOD.to_json(), **BREAK, "until": until}, where="a").until == AT + LONGEST_BREAK
