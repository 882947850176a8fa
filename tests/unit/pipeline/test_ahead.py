"""Policies that are read beside other work: by the time of the first gate the engine has them; errors are the gates'."""

from __future__ import annotations

import pytest

from supplychain.errors import PolicyNotEvaluated, UsageError
from supplychain.pipeline.ahead import Ahead, begin
from supplychain.pipeline.workspace import Workspace, open_workspace
from supplychain.policy.regorus import TALK
from tests.simulator.world import AT, World


def opened(world: World, more: str = "") -> Workspace:
    config = world.project / "supplychain.yaml"
    config.write_text(f"version: 1\nname: shop\n{more}", encoding="utf-8")
    return open_workspace(world.project, world.home)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_what_the_gates_will_ask_for_is_read(world: World) -> None:
    TALK.end()
    begin()
    begin()
    workspace = opened(world)
    ahead = Ahead(workspace, "staging", at=AT)
    ahead.wait()
    assert ahead.environments == ("dev", "staging")
    assert all(TALK.known(workspace.policies(name, at=AT).digest.hex) for name in ahead.environments)
    assert TALK.known(workspace.policies("production", at=AT).digest.hex) is None


def test_an_environment_that_is_not_on_the_ladder_is_refused_at_once(world: World) -> None:
    with pytest.raises(UsageError):
        Ahead(opened(world), "nowhere", at=AT)


def test_what_is_wrong_with_the_policies_is_left_to_the_gates(world: World) -> None:
    (world.project / "policies" / "profiles").mkdir(parents=True)
    (world.project / "policies" / "profiles" / "dev.yaml").write_text("environment: dev\nrules: []\nthresholds: {}\n")
    workspace = opened(world, "policies: policies\n")
    Ahead(workspace, "dev", at=AT).wait()
    with pytest.raises(PolicyNotEvaluated):
        workspace.policies("dev", at=AT)
