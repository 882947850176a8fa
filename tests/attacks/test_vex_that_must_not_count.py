"""VEX that must not count: ended by a second, for another component, refused, unnamed, or put in after signing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from supplychain.scan.finding import Excuse, Status
from tests.simulator import evidence
from tests.simulator.world import AT, HOUR, World

EXCUSE = Excuse(document="sha256:" + "d" * 64, file="vex.json", number=1, author="them", expires=AT + HOUR)


def take(world: World, word: str) -> None:
    overrides = {"staging": {"vulnerabilities": {"vex": word}}}
    (world.project / "supplychain.yaml").write_text(json.dumps({"version": 1, "name": "shop", "overrides": overrides}))


def state(world: World, status: Status = Status.NOT_AFFECTED, excuse: Excuse | None = EXCUSE) -> None:
    finding = replace(evidence.HIGH, status=status, excuse=excuse)
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[finding]), by="scanner")


def test_ended_by_a_second(world: World) -> None:
    take(world, "accept")
    state(world)
    end: datetime = AT + HOUR
    outcome = world.gate(at=end - timedelta(seconds=1))
    assert outcome.exit_code == 0
    assert "VEX_EXCUSED" in outcome.warnings
    assert world.admit(at=end - timedelta(seconds=1)).exit_code == 0
    outcome = world.admit(at=end)
    assert (outcome.exit_code, outcome.codes) == (10, {"SUMMARY_EXPIRED"})
    outcome = world.gate(at=end)
    assert (outcome.exit_code, outcome.codes) == (10, {"VULNERABILITY_FOUND"})
    assert "VEX_EXPIRED" in outcome.warnings


def test_a_profile_that_takes_none(world: World) -> None:
    take(world, "refuse")
    state(world)
    outcome = world.gate()
    assert (outcome.exit_code, outcome.codes) == (10, {"VULNERABILITY_FOUND"})
    assert "VEX_REFUSED" in outcome.warnings


@pytest.mark.parametrize("status", [Status.NOT_AFFECTED, Status.FIXED])
def test_a_status_that_nobody_stands_for(world: World, status: Status) -> None:
    take(world, "accept")
    state(world, status, None)
    outcome = world.gate()
    assert (outcome.exit_code, outcome.codes) == (10, {"VULNERABILITY_FOUND"})
    assert "VEX_UNNAMED" in outcome.warnings


def test_an_end_moved_after_signing(world: World) -> None:
    take(world, "accept")
    state(world)
    world.forget("vulns")
    finding = replace(evidence.HIGH, status=Status.NOT_AFFECTED, excuse=EXCUSE)
    path = world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[finding]), by="scanner")

    def later(body: dict[str, Any]) -> None:
        body["predicate"]["scanner"]["result"][0]["annotations"][0]["vex"]["expires"] = None

    world.tamper(path, later)
    outcome = world.gate()
    assert outcome.exit_code == 10
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}
