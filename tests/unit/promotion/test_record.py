"""Admission by summaries: the newest counts, and of doubt the no."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.pipeline.gate import collect_dossier
from supplychain.policy.decision import Verdict
from supplychain.promotion.record import admission_decision, summaries
from tests.simulator import evidence
from tests.simulator.world import AT, HOUR, World

SECOND = timedelta(seconds=1)
ONE, TWO = Digest.of_bytes(b"one"), Digest.of_bytes(b"two")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    made.forget("vsa")
    return made


def say(world: World, at: datetime, *, passed: bool = True, policy: Digest = ONE) -> None:
    world.put(evidence.summary(world.artifact, "staging", at=at, passed=passed, policy=policy))


def codes(world: World, **more: object) -> list[str]:
    dossier = collect_dossier(world.artifact, world.store, world.trust, at=AT)
    decision = admission_decision(dossier, "staging", at=AT, **more)  # type: ignore[arg-type]
    assert (decision.verdict is Verdict.ALLOW) == (not decision.violations)
    return [violation.code for violation in decision.violations]


def test_nothing_is_no(world: World) -> None:
    assert codes(world) == ["SUMMARY_MISSING"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(0, True)], []),
        ([(0, False)], ["SUMMARY_FAILED"]),
        ([(-1, True), (0, False)], ["SUMMARY_FAILED"]),
        ([(-1, False), (0, True)], []),
        ([(0, True), (0, False)], ["SUMMARY_FAILED"]),
        ([(300, True)], []),
        ([(301, True)], ["SUMMARY_MISSING"]),
        ([(0, True), (301, True)], []),
        ([(-1, False), (301, True)], ["SUMMARY_FAILED"]),
        ([(0, True), (10**6, False)], ["SUMMARY_FAILED"]),
    ],
)
def test_the_newest_counts(world: World, said: list[tuple[int, bool]], expected: list[str]) -> None:
    for seconds, passed in said:
        say(world, AT + seconds * SECOND, passed=passed)
    assert codes(world) == expected


@pytest.mark.parametrize(("age", "expected"), [(1 * HOUR, []), (1 * HOUR + SECOND, ["SUMMARY_STALE"])])
def test_an_old_yes(world: World, age: timedelta, expected: list[str]) -> None:
    say(world, AT - age)
    assert codes(world, max_age=HOUR) == expected
    assert codes(world) == []


def test_by_another_policy(world: World) -> None:
    say(world, AT, policy=ONE)
    assert codes(world, policy=ONE) == []
    assert codes(world, policy=TWO) == ["SUMMARY_OTHER_POLICY"]
    say(world, AT, policy=TWO)
    assert codes(world, policy=TWO) == ["SUMMARY_OTHER_POLICY"], "of two at once both must be by the policy"


def test_every_reason_is_told(world: World) -> None:
    say(world, AT - 2 * HOUR, passed=False, policy=TWO)
    assert codes(world, max_age=HOUR, policy=ONE) == ["SUMMARY_FAILED", "SUMMARY_STALE", "SUMMARY_OTHER_POLICY"]


def test_refused_summaries_are_mentioned(world: World) -> None:
    world.put(evidence.summary(world.artifact, "staging", at=AT), by="attacker")
    dossier = collect_dossier(world.artifact, world.store, world.trust, at=AT)
    (violation,) = admission_decision(dossier, "staging", at=AT).violations
    assert violation.code == "SUMMARY_MISSING"
    assert "UNKNOWN_SIGNER" in violation.message


def test_only_those_of_the_environment(world: World) -> None:
    say(world, AT)
    dossier = collect_dossier(world.artifact, world.store, world.trust, at=AT)
    assert len(summaries(dossier, "staging")) == 1
    for other in ("", "stag", "production", "*"):
        assert summaries(dossier, other) == ()
