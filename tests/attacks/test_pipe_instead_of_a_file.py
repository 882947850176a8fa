"""A named pipe where a file is expected: it would hold the reader for ever; it is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


@pytest.mark.parametrize("name", ["supplychain.yaml", "trust.yaml"])
def test_in_the_project(world: World, name: str) -> None:
    assert_told(world.gate(), ExitCode.OK)
    path = world.project / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert_told(world.gate(), ExitCode.USAGE, "NOT_A_FILE")


def test_given_on_the_command_line(world: World) -> None:
    pipe = world.folder / "pipe"
    os.mkfifo(pipe)
    assert_told(world.verify_file(pipe), ExitCode.USAGE, "NOT_A_FILE")
    assert_told(world.verify("--key", pipe), ExitCode.USAGE, "NOT_A_FILE")
    assert_told(world.gate(artifact=str(pipe)), ExitCode.USAGE, "ARTIFACT_MISSING")


def test_as_the_document_of_an_sbom(world: World) -> None:
    (document,) = (world.store.root / "documents" / "sha256").iterdir()
    document.unlink()
    os.mkfifo(document)
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes == {"SBOM_DOCUMENT_MISSING"}


def test_as_a_profile(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    (folder / "profiles").mkdir(parents=True)
    os.mkfifo(folder / "rule.rego")
    (folder / "profiles" / "staging.yaml").write_text("environment: staging\nrules: [rule]\nthresholds: {}\n")
    assert_told(world.gate("staging", "--policies", str(folder)), ExitCode.USAGE, "NOT_A_FILE")
