"""FAILED VSA hidden behind an older PASSED one: the newest word counts, and of two at once the no."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_summary
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.statement import Statement
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


@pytest.mark.parametrize("later", [timedelta(seconds=1), HOUR, 1000 * HOUR])
def test_a_no_of_a_clock_ahead_at_the_next_gate(world: World, later: timedelta) -> None:
    world.put(evidence.summary(world.artifact, "dev", at=AT + later, passed=False))
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PREVIOUS_ENVIRONMENT_FAILED" in outcome.codes


def test_a_no_that_cannot_be_read(world: World) -> None:
    """A signer we believe has said something about the artifact, and nobody can tell that it is not a no."""
    no = evidence.summary(world.artifact, "dev", at=AT, passed=False)
    broken = {key: value for key, value in no.predicate.items() if key != "resourceUri"}
    world.put(Statement.make([world.artifact], no.predicate_type, broken))
    for outcome, code in ((world.gate(), "EVIDENCE_UNREADABLE"), (world.admit("dev"), "SUMMARY_UNREADABLE")):
        assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
        assert outcome.codes == {code}
    asked = world.run("verify", world.file, "--env", "dev", "--at", format_time(AT))
    assert_told(asked, ExitCode.VERIFICATION_FAILED, "SUMMARY_UNREADABLE")


def test_what_nobody_believes_is_no_no(world: World) -> None:
    """Otherwise anyone with a known key could stop every release."""
    no = evidence.summary(world.artifact, "dev", at=AT, passed=False)
    world.put(Statement.make([world.artifact], no.predicate_type, {"verificationResult": 5}), by="other")
    assert_told(world.gate(), ExitCode.OK)
    assert_told(world.admit("dev"), ExitCode.OK)


def test_a_yes_that_has_ended_is_none_at_the_next_gate(world: World) -> None:
    """What it rests on, a waiver or broken glass, has ended: at admission and for the next rung alike."""
    world.forget("vsa")
    yes = Vsa(
        verifier="urn:supplychain:verifier:v1",
        verified=AT - 5 * HOUR,
        resource_uri="x",
        policy_uri="urn:supplychain:policy:dev",
        policy_digest=Digest.of_bytes(b"policy"),
        inputs=(),
        result="PASSED",
        levels=(),
        decision=Digest.of_bytes(b"decision"),
        until=AT - HOUR,
    )
    world.put(state_summary(world.artifact, yes))
    assert world.admit("dev").codes == {"SUMMARY_EXPIRED"}
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PREVIOUS_ENVIRONMENT_EXPIRED" in outcome.codes
    world.forget("vsa")
    world.put(state_summary(world.artifact, replace(yes, until=AT + HOUR)))
    assert_told(world.gate(), ExitCode.OK)


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
