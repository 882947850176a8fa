"""FAILED VSA hidden behind an older PASSED one: the newest word counts, and of two at once the no."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1), HOUR, 1000 * HOUR])
def test_at_admission(world: World, later: timedelta) -> None:
    """Also when it is dated in the future: a no counts whatever time it claims."""
    world.put(evidence.summary(world.artifact, "production", at=AT - HOUR))
    assert_told(world.admit("production"), ExitCode.OK)
    world.put(evidence.summary(world.artifact, "production", at=AT - HOUR + later, passed=False))
    admitted = world.admit("production")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_FAILED"}


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1)])
def test_at_the_next_gate(world: World, later: timedelta) -> None:
    assert_told(world.gate(), ExitCode.OK)
    world.put(evidence.summary(world.artifact, "dev", at=AT - HOUR / 2 + later, passed=False))
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"PREVIOUS_ENVIRONMENT_FAILED"}


def test_a_yes_from_the_future_does_not_hide_a_no(world: World) -> None:
    world.put(evidence.summary(world.artifact, "production", at=AT - HOUR, passed=False))
    world.put(evidence.summary(world.artifact, "production", at=AT + HOUR))
    admitted = world.admit("production")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_FAILED"}


def test_the_no_deleted_leaves_a_yes_that_grows_old(world: World) -> None:
    world.put(evidence.summary(world.artifact, "production", at=AT - 25 * HOUR))
    assert_told(world.admit("production", "--max-age", "26"), ExitCode.OK)
    admitted = world.admit("production", "--max-age", "24")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_STALE"}
