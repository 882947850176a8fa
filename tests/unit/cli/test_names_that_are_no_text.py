"""File names are bytes: one that is no UTF-8 must not end a verb, whatever it prints."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

NAME = b"\xff\xfe.sigstore.json"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def beside(folder: Path) -> Path:
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + NAME))


def test_what_an_attacker_left_in_the_store(world: World) -> None:
    beside(world.store.folder(world.artifact.digest)).write_bytes(b"{}")
    for words in (("history", world.file), ("store", "list", world.file), ("verify", world.file)):
        outcome = world.run(*words, "--format", "json")
        assert_told(outcome, ExitCode.OK)
        assert "\ufffd\ufffd.sigstore.json" in str(outcome.json)
    assert_told(world.gate(), ExitCode.OK)


def test_a_file_that_somebody_names(world: World) -> None:
    path = beside(world.folder)
    shutil.copy(world.lies("sbom"), path)
    outcome = world.verify_file(path, "--format", "json")
    assert_told(outcome, ExitCode.OK)
    assert outcome.json["verified"][0]["refs"] == [f"{world.folder}/\ufffd\ufffd.sigstore.json"]


def test_a_store_of_such_a_name(world: World) -> None:
    """What was decided is remembered there, and where that is, is told."""
    store = beside(world.project)
    shutil.copytree(world.store.root, store)
    outcome = world.run("gate", world.file, "--env", "staging", "--at", format_time(AT), "--store", store)
    assert_told(outcome, ExitCode.OK)
    assert f"summary      {world.project}/\\udcff\\udcfe.sigstore.json/" in outcome.stdout
