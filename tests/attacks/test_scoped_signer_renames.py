"""A signer for `docs-*` alone calls another artifact `docs-1.0`: the name in a statement is the signer's own choice."""

from __future__ import annotations

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path) -> World:
    world = World(tmp_path)
    world.rules[2]["signers"] = ["scanner"]
    world.rules.append({"claims": ["scan"], "signers": ["other"], "artifacts": ["docs-*"]})
    world.write_trust()
    return world


def claim(world: World, name: str):
    about = Artifact(name=name, digest=world.artifact.digest)
    return world.put(evidence.sast([about], at=AT - HOUR), by="other")


def test_in_a_file(world: World) -> None:
    outcome = world.verify_file(claim(world, "docs-1.0"))
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")


def test_its_own_artifact_passes(world: World) -> None:
    renamed = world.file.with_name("docs-1.0")
    renamed.write_bytes(world.file.read_bytes())
    path = claim(world, "docs-1.0")
    outcome = world.run("verify", renamed, "--bundle", path, "--at", "2026-11-21T00:00:00Z")
    assert_told(outcome, ExitCode.OK)
