"""Expired key: what it signed is not believed from that second on."""

from __future__ import annotations

from datetime import timedelta

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

SECOND = timedelta(seconds=1)


def test_expired(world: World) -> None:
    world.times["release"] = {"until": AT + SECOND}
    world.write_trust()
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)
    assert_told(world.gate(), ExitCode.OK)

    assert_told(world.verify_file(path, at=AT + SECOND), ExitCode.VERIFICATION_FAILED, "KEY_EXPIRED")
    outcome = world.gate(at=AT + SECOND)
    assert_told(outcome, ExitCode.DENIED)
    assert {"PROVENANCE_MISSING", "PREVIOUS_ENVIRONMENT_MISSING"} <= outcome.codes
    assert outcome.rejected == {"KEY_EXPIRED"}
    admitted = world.admit(at=AT + SECOND)
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_MISSING"}


def test_not_valid_yet(world: World) -> None:
    world.times["release"] = {"from": AT}
    world.write_trust()
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)
    assert_told(world.verify_file(path, at=AT - SECOND), ExitCode.VERIFICATION_FAILED, "KEY_NOT_YET_VALID")
