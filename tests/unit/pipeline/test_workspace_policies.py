"""The policies of one run: read once, so that all rungs are judged by the same."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from supplychain.pipeline.policy_place import push_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.workspace import Workspace, open_workspace
from supplychain.policy.policy_files import of_folder
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.world import AT, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def opened(world: World, place: str) -> Workspace:
    (world.project / "supplychain.yaml").write_text(f"version: 1\nname: shop\npolicies: {place}\n")
    return open_workspace(world.project, world.home)


def loosen(folder: Path) -> None:
    for file in (folder / "profiles").glob("*.yaml"):
        file.write_text(file.read_text().replace("sast, ", ""))


def test_a_tag_that_moves_between_two_rungs(world: World) -> None:
    folder = world.folder / "policies"
    shutil.copytree(policies_folder(), folder)
    with EvidenceRegistry() as registry:
        tagged = f"oci:{registry.host}/policies:v1"
        push_policies(of_folder(folder), tagged)
        workspace = opened(world, tagged)
        assert "sast" in workspace.policies("dev", at=AT).rules
        loosen(folder)
        push_policies(of_folder(folder), tagged)
        asked = len(registry.requests)
        assert "sast" in workspace.policies("staging", at=AT).rules
        assert len(registry.requests) == asked
        assert "sast" not in open_workspace(world.project, world.home).policies("staging", at=AT).rules


def test_a_later_decision_reads_anew(world: World) -> None:
    folder = world.project / "policies"
    shutil.copytree(policies_folder(), folder)
    workspace = opened(world, "policies")
    assert "sast" in workspace.policies("dev", at=AT).rules
    loosen(folder)
    assert "sast" in workspace.policies("staging", at=AT).rules
    assert "sast" not in workspace.policies("staging", at=AT + timedelta(seconds=1)).rules
