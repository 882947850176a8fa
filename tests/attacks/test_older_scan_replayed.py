"""Older passing scan replayed: of one kind only the newest scan counts."""

from __future__ import annotations

import os

import pytest

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.mark.parametrize("kind", ["vulns", "scan-sast"])
def test_a_newer_failing_scan_counts(world: World, kind: str) -> None:
    old = world.lies(kind)
    data = old.read_bytes()
    assert_told(world.gate(), ExitCode.OK)
    when = AT - HOUR / 2
    if kind == "vulns":
        newer, code = evidence.dependencies([world.artifact], at=when, findings=[evidence.HIGH]), "VULNERABILITY_FOUND"
    else:
        newer, code = evidence.sast([world.artifact], at=when, findings=[evidence.weakness()]), "SAST_FOUND"
    world.put(newer, by="scanner")
    # Left again, last by the clock of the file system and both first and last by name.
    for name in ("aaa", "zzz"):
        world.put_raw(data, name)
    os.utime(old)
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {code}


def test_the_newest_deleted_leaves_a_stale_one(world: World) -> None:
    """Who may delete may hide the newest scan, but the older one soon is too old."""
    assert_told(world.gate(at=AT + 160 * HOUR), ExitCode.OK)
    outcome = world.gate(at=AT + 168 * HOUR)
    assert_told(outcome, ExitCode.DENIED)
    assert "SCAN_STALE" in outcome.codes


def test_two_scans_of_one_moment_both_count(world: World) -> None:
    world.put(evidence.sast([world.artifact], at=AT - HOUR, findings=[evidence.weakness()]), by="other")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"SAST_FOUND"}


def test_a_scan_from_the_future_hides_nothing(world: World) -> None:
    """A statement later than the decision did not exist yet: the failing one before it counts."""
    world.put(evidence.sast([world.artifact], at=AT - HOUR / 2, findings=[evidence.weakness()]), by="scanner")
    world.put(evidence.sast([world.artifact], at=AT + HOUR), by="scanner")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"SAST_FOUND"}
    assert outcome.rejected == {"AFTER_AT"}
