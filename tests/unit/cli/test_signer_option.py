"""`--signer` at every verb that signs: it goes before the environment and the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.people import People
from tests.simulator.runner import assert_told, run_cli
from tests.simulator.world import AT, World

VERBS = ("run", "build", "sign", "gate", "promote", "approve", "waive", "log flush", "attest test", "attest sbom")


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(World(tmp_path / "world"))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_that_signs_takes_it(verb: str, tmp_path: Path) -> None:
    told = run_cli([*verb.split(), "--help"], env={"COLUMNS": "200"}, cwd=tmp_path).stdout
    assert "--signer" in told


def test_it_goes_before_the_environment(people: People) -> None:
    key = people.env("ada")["SUPPLYCHAIN_KEY"]
    outcome = people.approve("bob", "--signer", key, "--format", "json")
    assert_told(outcome, ExitCode.OK)
    assert outcome.json["signers"] == ["ada"]


def test_a_signer_that_is_not_there_is_not_replaced_by_another(people: People) -> None:
    outcome = people.approve("bob", "--signer", "nobody.pem")
    assert_told(outcome, ExitCode.USAGE, "FILE_MISSING")
    assert not list(people.world.store.folder(people.world.artifact.digest).glob("approval-*"))


def test_history_tells_what_a_person_said(people: People) -> None:
    people.approve("bob")
    people.approve("cyd", "--reject")
    words = ["history", str(people.world.file), "--at", AT.isoformat()]
    told = run_cli(words, env=people.world.env, cwd=people.world.project).stdout
    assert "approve for staging until 2026-11-27T23:30:00Z: seen; signed by bob" in told
    assert "reject for staging until 2026-12-20T23:30:00Z: seen; signed by cyd" in told
