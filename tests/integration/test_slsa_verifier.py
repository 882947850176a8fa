"""Our verification summaries are read by `slsa-verifier verify-vsa`, and refused by it for the same reasons."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def program() -> str:
    found = os.environ.get("SLSA_VERIFIER") or shutil.which("slsa-verifier")
    if not found:
        pytest.skip("slsa-verifier is not on PATH")
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    made.forget("vsa")
    assert_told(made.gate("dev"), ExitCode.OK)
    assert_told(made.verify("--env", "dev", "--envelope", made.folder / "vsa.json"), ExitCode.OK)
    return made


def asked(world: World, **changes: str) -> list[str]:
    keyid = json.loads((world.folder / "vsa.json").read_text())["signatures"][0]["keyid"]
    given = {
        "subject-digest": str(world.artifact.digest),
        "attestation-path": str(world.folder / "vsa.json"),
        "verifier-id": "urn:supplychain:verifier:v1",
        "resource-uri": f"urn:supplychain:artifact:{world.artifact.digest}",
        "verified-level": "SLSA_BUILD_LEVEL_2",
        "public-key-path": str(world.folder / "keys" / "release.pub"),
        "public-key-id": keyid,
    }
    return [word for name, value in {**given, **changes}.items() for word in (f"--{name}", value)]


def run(program: str, words: list[str]) -> tuple[int, str]:
    done = subprocess.run([program, "verify-vsa", *words], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_it_reads_ours(world: World, program: str) -> None:
    code, told = run(program, asked(world))
    assert code == 0, told
    assert "PASSED" in told


@pytest.mark.parametrize(
    ("changes", "option", "code"),
    [
        ({"verifier-id": "urn:other"}, "--verifier-id", "VERIFIER_MISMATCH"),
        ({"resource-uri": "urn:other"}, "--resource-uri", "RESOURCE_MISMATCH"),
        ({"verified-level": "SLSA_BUILD_LEVEL_3"}, "--verified-level", "LEVEL_MISMATCH"),
    ],
)
def test_both_refuse(world: World, program: str, changes: dict[str, str], option: str, code: str) -> None:
    assert run(program, asked(world, **changes))[0] != 0
    (value,) = changes.values()
    words = ("--bundle", world.folder / "vsa.json", "--trust", "trust.yaml", option, value)
    assert_told(world.verify(*words), ExitCode.VERIFICATION_FAILED, code)


def test_both_refuse_another_key_and_another_artifact(world: World, program: str) -> None:
    assert run(program, asked(world, **{"public-key-path": str(world.folder / "keys" / "other.pub")}))[0] != 0
    assert run(program, asked(world, **{"subject-digest": "sha256:" + "0" * 64}))[0] != 0
    envelope = world.folder / "vsa.json"
    other = world.verify("--bundle", envelope, "--key", world.folder / "keys" / "other.pub")
    assert_told(other, ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")
    swapped = world.verify("--bundle", envelope, "--trust", "trust.yaml", artifact="sha256:" + "0" * 64)
    assert_told(swapped, ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")


def test_a_failed_summary(tmp_path: Path, program: str) -> None:
    world = World(tmp_path / "world")
    world.forget("vsa")
    world.forget("provenance")
    assert_told(world.gate("dev"), ExitCode.DENIED)
    out = world.folder / "vsa.json"
    assert_told(world.verify("--predicate", "vsa", "--envelope", out), ExitCode.OK)
    assert run(program, asked(world))[0] != 0
    assert_told(world.verify("--env", "dev"), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")
