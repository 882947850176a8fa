"""`verify --predicate` tells about the kind that was asked for, and nothing else."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_only_the_kind_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path)
    everything = world.run("verify", world.file, "--format", "json")
    provenance = world.run("verify", world.file, "--predicate", "provenance", "--format", "json")
    assert len(everything.json["verified"]) > 1
    assert [one["kind"] for one in provenance.json["verified"]] == ["provenance"]


def test_a_kind_that_is_not_there(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.forget("provenance")
    outcome = world.run("verify", world.file, "--predicate", "provenance")
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")
