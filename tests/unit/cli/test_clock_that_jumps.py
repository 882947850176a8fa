"""A clock that jumps between decisions: both are kept, the later says what is dated after it, and a no stays a no."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def test_back_after_a_yes(world: World) -> None:
    ahead = world.gate("dev", at=AT + HOUR)
    assert_told(ahead, ExitCode.OK)
    assert "dated" not in ahead.stderr
    back = world.gate("dev", at=AT)
    assert_told(back, ExitCode.OK)
    assert "a summary for dev is dated 2026-11-21T01:00:00Z, after this decision" in back.stderr
    assert_told(world.admit("dev", at=AT), ExitCode.OK)
    assert_told(world.admit("dev", at=AT + 2 * HOUR), ExitCode.OK)


def test_back_after_a_no(world: World) -> None:
    kept = world.lies("provenance")
    bytes_ = kept.read_bytes()
    kept.unlink()
    assert_told(world.gate("dev", at=AT + HOUR), ExitCode.DENIED)
    kept.write_bytes(bytes_)
    assert_told(world.gate("dev", at=AT), ExitCode.OK)
    for at in (AT, AT + 2 * HOUR):
        admitted = world.admit("dev", at=at)
        assert_told(admitted, ExitCode.DENIED)
        assert admitted.codes == {"SUMMARY_FAILED"}


def test_evidence_of_the_future_is_no_evidence_yet(world: World) -> None:
    outcome = world.gate("dev", at=AT - 3 * HOUR)
    assert outcome.exit_code == ExitCode.DENIED
    assert "PROVENANCE_MISSING" in outcome.codes


@pytest.mark.parametrize("year", ["0001", "1699", "2200", "9999"])
def test_a_time_that_no_policy_can_reckon_with_is_refused_by_every_verb(world: World, year: str) -> None:
    """Not a traceback, as the end of an approval beyond the last day there is would be."""
    file, time = str(world.file), f"{year}-12-31T00:00:00Z"
    for words in (
        ["gate", file, "--env", "dev"],
        ["approve", file, "--env", "dev", "--reason", "seen"],
        ["waive", "X", "--artifact", file, "--until", "9999-12-31", "--reason", "r", "--owner", "o"],
    ):
        assert_told(world.run(*words, "--at", time), ExitCode.USAGE, "USAGE")
