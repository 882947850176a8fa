"""FAILED VSA hidden behind an older PASSED one: the newest word counts, and of two at once the no."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_summary
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.statement import Statement
from tests.simulator import evidence
from tests.simulator.runner import Outcome, assert_told
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


def in_one_file(world: World, *pieces: Any) -> Outcome:
    """What `verify --env dev` says about a list of envelopes in one file."""
    path = world.folder / "several.json"
    path.write_text(json.dumps({"attestations": [{"bundle": piece} for piece in pieces]}))
    return world.verify_file(path, "--env", "dev", "--trust", "trust.yaml")


def signed(world: World, statement: Statement) -> Any:
    return json.loads(world.signers["release"].sign(statement).to_bundle())


def test_a_no_that_cannot_be_read_beside_a_yes_in_one_file(world: World) -> None:
    yes, no = (evidence.summary(world.artifact, "dev", at=AT, passed=passed) for passed in (True, False))
    broken = Statement.make([world.artifact], no.predicate_type, {**no.predicate, "timeVerified": "today"})
    assert_told(in_one_file(world, signed(world, yes)), ExitCode.OK)
    outcome = in_one_file(world, signed(world, yes), signed(world, broken))
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "SUMMARY_UNREADABLE")


def test_a_no_behind_more_pieces_than_are_read(world: World) -> None:
    yes, no = (signed(world, evidence.summary(world.artifact, "dev", at=AT, passed=passed)) for passed in (True, False))
    assert_told(in_one_file(world, yes, *[{}] * 998, no), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")
    assert_told(in_one_file(world, yes, *[{}] * 999, no), ExitCode.MALFORMED, "NOT_AN_ENVELOPE")


def test_what_nobody_believes_is_no_no(world: World) -> None:
    """Otherwise anyone with a known key could stop every release."""
    no = evidence.summary(world.artifact, "dev", at=AT, passed=False)
    world.put(Statement.make([world.artifact], no.predicate_type, {"verificationResult": 5}), by="other")
    assert_told(world.gate(), ExitCode.OK)
    assert_told(world.admit("dev"), ExitCode.OK)


def test_what_never_says_no_is_only_refused(world: World) -> None:
    """Provenance that cannot be read is one too few, and there is another."""
    honest = world.honest()["provenance"]
    world.put(Statement.make([world.artifact], honest.predicate_type, {**honest.predicate, "runDetails": 5}))
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert outcome.rejected == {"BAD_PREDICATE"}


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
