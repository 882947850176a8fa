"""`supplychain report`: levels by trust, what they rest on, and what the next one asks for."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import format_time
from supplychain.statement.statement import Statement
from tests.simulator import evidence
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def levels(world: World, *more: str) -> dict[str, dict[str, Any]]:
    outcome = world.run("report", world.file, "--at", format_time(AT), "--format", "json", *more)
    assert outcome.exit_code == 0, outcome.stderr
    return {level["track"]: level for level in outcome.json["levels"]}


def test_the_honest_world(world: World) -> None:
    found = levels(world)
    assert {track: (level["level"], level["name"]) for track, level in found.items()} == {
        "build": (2, "SLSA_BUILD_LEVEL_2"),
        "source": (1, "SLSA_SOURCE_LEVEL_1"),
    }
    statement = str(world.envelope("provenance").digest)
    assert found["build"]["evidence"] == found["source"]["evidence"] == statement
    assert evidence.BUILDER in found["build"]["because"]
    assert "1" * 40 in found["source"]["because"]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_the_word_of_a_builder_is_worth_what_trust_says(world: World, level: int) -> None:
    world.rules[0]["builders"] = {evidence.BUILDER: level}
    world.write_trust()
    found = levels(world)["build"]
    assert found["level"] == level
    assert bool(found["next"]) is (level < 3)


def test_a_builder_nobody_trusts_reaches_nothing(world: World) -> None:
    world.forget("provenance")
    world.put(evidence.provenance([world.artifact], at=AT - HOUR, builder="https://other.example"))
    found = levels(world)
    assert (found["build"]["level"], found["source"]["level"]) == (0, 0)
    assert "worth level 0" in found["build"]["because"]


def test_provenance_by_a_stranger_reaches_nothing(world: World) -> None:
    world.forget("provenance")
    world.put(evidence.provenance([world.artifact], at=AT - HOUR), by="attacker")
    found = levels(world)
    assert [level["level"] for level in found.values()] == [0, 0]
    assert "refused: UNKNOWN_SIGNER" in found["build"]["because"]


def test_local_changes_are_no_revision(world: World) -> None:
    world.forget("provenance")
    world.put(evidence.provenance([world.artifact], at=AT - HOUR, dirty=True))
    found = levels(world)
    assert (found["build"]["level"], found["source"]["level"]) == (2, 0)
    assert "local changes" in found["source"]["because"]


def test_local_changes_beside_a_clean_revision_are_none_either(world: World) -> None:
    """What else a build took in may be clean; the source was not."""
    dirty = evidence.provenance([world.artifact], at=AT - HOUR, dirty=True)
    predicate = json.loads(json.dumps(dirty.predicate))
    clean = {"uri": "git+https://git.example/part", "digest": {"gitCommit": "3" * 40}}
    predicate["buildDefinition"]["resolvedDependencies"].append(clean)
    world.forget("provenance")
    world.put(Statement.make([world.artifact], dirty.predicate_type, predicate))
    found = levels(world)["source"]
    assert found["level"] == 0
    assert "local changes" in found["because"]


def test_what_is_stated_later_does_not_count_yet(world: World) -> None:
    early = format_time(AT - timedelta(hours=2))
    outcome = world.run("report", world.file, "--at", early, "--format", "json")
    assert [level["level"] for level in outcome.json["levels"]] == [0, 0]


def test_an_unknown_artifact_is_nothing_to_check(world: World) -> None:
    outcome = world.run("report", "sha256:" + "0" * 64, "--at", format_time(AT))
    assert (outcome.exit_code, outcome.error) == (3, "NO_EVIDENCE")


def test_text_and_markdown(world: World) -> None:
    text = world.run("report", world.file, "--at", format_time(AT)).stdout
    assert "build    level 2" in text
    assert "source   level 1" in text
    markdown = world.run("report", world.file, "--at", format_time(AT), "--format", "markdown").stdout
    assert markdown.startswith("## SLSA levels of shop-1.0.whl")
    assert markdown.count("\n| ") == 3
