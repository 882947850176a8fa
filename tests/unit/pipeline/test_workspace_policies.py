"""The policies of one run: read once, so that all rungs are judged by the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Timer
from typing import Any

import pytest

from supplychain.pipeline import workspace as workspace_module
from supplychain.pipeline.policy_place import push_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.run import Nobody, run_pipeline
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


@dataclass
class Slow(Nobody):
    """A place of policies that answers only some time after the last stage before the gates has ended."""

    fetches: int = 0
    answer: Event = field(default_factory=Event)

    def finished(self, stage: str, note: str) -> None:
        if stage == "attest":
            Timer(0.5, self.answer.set).start()

    @contextmanager
    def as_source(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        real = workspace_module.fetch_policies

        def fetch(*args: Any, **named: Any) -> Any:
            self.fetches += 1
            assert self.answer.wait(60)
            return real(*args, **named)

        with monkeypatch.context() as patch:
            patch.setattr(workspace_module, "fetch_policies", fetch)
            yield


def test_gates_wait_for_the_policies_that_are_being_fetched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or both would fetch, and a tag could move between the two."""
    shutil.copytree(policies_folder(), world.project / "policies")
    more = f"scans: [secrets]\nkey: {world.folder / 'keys' / 'release.pem'}\n"
    workspace, slow = opened(world, f"policies\n{more}"), Slow()
    (world.project / "requirements.txt").write_text("jinja2==3.1.6\n")
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=world.project, check=True)
    with slow.as_source(monkeypatch):
        result = run_pipeline(workspace, "staging", at=AT, observer=slow)
    assert result.gates
    assert slow.fetches == 1
