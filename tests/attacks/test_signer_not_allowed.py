"""Signer known but not allowed for this predicate."""

from __future__ import annotations

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


def test_a_scanner_claims_provenance(world: World) -> None:
    assert_told(world.verify_file(world.lies("provenance")), ExitCode.OK)
    world.forget("provenance")
    path = world.put(world.honest()["provenance"], by="other")
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert outcome.rejected == {"NOT_ALLOWED"}


def test_a_scanner_promotes(world: World) -> None:
    path = world.put(evidence.summary(world.artifact, "production", at=AT), by="scanner")
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    admitted = world.admit("production")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_MISSING"}
    world.put(evidence.summary(world.artifact, "production", at=AT), by="release")
    assert_told(world.admit("production"), ExitCode.OK)


def test_one_signer_where_two_are_asked(world: World) -> None:
    world.rules[0] |= {"signers": ["release", "other"], "threshold": 2}
    world.write_trust()
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "THRESHOLD")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"THRESHOLD"}
    # The same signature once more is still one signer.
    world.put_raw(path.read_bytes(), "provenance-copy")
    assert world.gate().rejected == {"THRESHOLD"}
    second = world.signers["other"].sign(world.honest()["provenance"])
    world.put_raw(second.to_bundle(), "provenance-second")
    assert_told(world.gate(), ExitCode.OK)
