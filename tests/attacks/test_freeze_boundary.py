"""Slipping past a freeze by a second or by a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from supplychain.errors import ExitCode
from tests.simulator.people import People
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

SECOND = timedelta(seconds=1)


@pytest.fixture
def people(world: World) -> People:
    return People(world)


def test_a_dated_freeze(people: People) -> None:
    span = {"name": "sale", "from": "2026-11-21T01:00:00+01:00", "until": "2026-11-21T02:00:00+01:00"}
    people.ask("freeze", dated=[span])
    assert_told(people.world.gate(at=AT - SECOND), ExitCode.OK)
    for at in (AT, AT + HOUR - SECOND):
        assert people.world.gate(at=at).codes == {"FREEZE_IN_FORCE"}
    assert_told(people.world.gate(at=AT + HOUR), ExitCode.OK)


def test_a_weekly_window_in_its_own_zone(people: People) -> None:
    window = {"name": "night", "days": ["Friday"], "from": "23:00", "until": "02:00", "zone": "Europe/Berlin"}
    people.ask("freeze", weekly=[window])
    begins = datetime(2026, 11, 20, 22, tzinfo=UTC)
    for at in (AT, AT + HOUR - SECOND):  # 01:00 to 01:59:59 on Saturday in Berlin
        assert begins < at
        assert people.world.gate(at=at).codes == {"FREEZE_IN_FORCE"}
    assert_told(people.world.gate(at=AT + HOUR), ExitCode.OK)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "Local", "", "europe/berlin"])
def test_a_zone_that_is_none_never_reads_as_outside(people: People, zone: str) -> None:
    window = {"name": "night", "days": ["Sunday"], "from": "23:00", "until": "24:00", "zone": zone}
    people.ask("freeze", weekly=[window])
    outcome = people.world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes <= {"FREEZE_PROFILE_DATA_MISSING", "POLICY_FAILED"}
