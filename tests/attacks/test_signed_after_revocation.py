"""Signed after revocation - or before, or so it says: a key signs no trusted time, so a revoked key proves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("claimed", [AT - 100 * HOUR, AT + SECOND])
def test_whatever_time_it_claims(world: World, claimed: object) -> None:
    world.forget("provenance")
    path = world.put(evidence.provenance([world.artifact], at=claimed))  # type: ignore[arg-type]
    world.times["release"] = {"revoked": AT}
    world.write_trust()
    assert_told(world.verify_file(path, at=AT - SECOND), ExitCode.OK)
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "KEY_REVOKED")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert outcome.rejected == {"KEY_REVOKED"}


def test_what_was_admitted_is_admitted_no_longer(world: World) -> None:
    assert_told(world.gate(), ExitCode.OK)
    assert_told(world.admit(), ExitCode.OK)
    world.times["release"] = {"revoked": AT}
    world.write_trust()
    admitted = world.admit()
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_MISSING"}
