"""A rejection is outvoted, or hidden behind older approvals: it blocks until its own author says otherwise."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from tests.simulator.people import People
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def people(world: World) -> People:
    people = People(world)
    people.ask("approvals", needed=1)
    assert_told(people.approve("ada"), ExitCode.OK)
    assert_told(world.gate(), ExitCode.OK)
    assert_told(people.approve("cyd", "--reject", at=AT - HOUR / 3), ExitCode.OK)
    return people


def test_it_blocks_whoever_else_approves(people: People) -> None:
    for name in ("bob", "ada"):
        assert_told(people.approve(name, "--ticket", "later", at=AT - HOUR / 4), ExitCode.OK)
    outcome = people.world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"APPROVAL_REJECTED"}


def test_an_older_approval_of_the_same_person_does_not_hide_it(people: People) -> None:
    assert_told(people.approve("cyd", at=AT - HOUR / 2), ExitCode.OK)
    assert people.world.gate().codes == {"APPROVAL_REJECTED"}


def test_the_same_person_may_change_their_mind(people: People) -> None:
    assert_told(people.approve("cyd", at=AT - HOUR / 4), ExitCode.OK)
    assert_told(people.world.gate(), ExitCode.OK)


def test_a_broken_glass_does_not_lift_it(people: People) -> None:
    people.ask("break_glass")
    for name in ("ada", "bob"):
        assert_told(people.approve(name, "--break-glass", "approvals", at=AT - HOUR / 5), ExitCode.OK)
    assert people.world.gate().codes == {"APPROVAL_REJECTED"}
