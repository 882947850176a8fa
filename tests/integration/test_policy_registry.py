"""Policy sets in a real registry: pushed, pulled by tag and digest, pinned, signed, and held to all of that."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from supplychain.artifact.image.budget import Budget
from supplychain.errors import ExitCode
from supplychain.pipeline.resources import policies_folder
from tests.simulator import evidence
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.images import Layout, file, tar
from tests.simulator.real_registry import RealRegistry
from tests.simulator.registry_server import RegistryServer
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

LOOSE = ("sast, ", "")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealRegistry]:
    with RealRegistry(tmp_path / "registry") as running:
        monkeypatch.setenv("DOCKER_CONFIG", str(running.login))
        yield running


@pytest.fixture
def strict(world: World) -> Path:
    folder = world.folder / "policies"
    shutil.copytree(policies_folder(), folder, ignore=shutil.ignore_patterns("*_test.rego", "*.md"))
    return folder


def configure(world: World, policies: str) -> None:
    (world.project / "supplychain.yaml").write_text(f"version: 1\nname: shop\npolicies: {policies}\n")


def loosen(folder: Path) -> Path:
    file = folder / "profiles" / "staging.yaml"
    assert LOOSE[0] in file.read_text()
    file.write_text(file.read_text().replace(*LOOSE))
    return folder


def push(world: World, folder: Path, reference: str) -> str:
    done = world.run("policy", "push", reference, folder)
    assert_told(done, ExitCode.OK)
    return done.stdout.strip()


def digest_of(world: World, place: str | Path) -> str:
    done = world.run("policy", "check", place, "--format", "json")
    assert_told(done, ExitCode.OK)
    return str(done.json["digest"])


@pytest.mark.tools
def test_pushed_and_pulled_it_is_the_same_set(world: World, strict: Path, registry: RealRegistry) -> None:
    tagged = f"oci:{registry.host}/team/policies:v1"
    address = push(world, strict, tagged)
    assert address.startswith(f"oci:{registry.host}/team/policies@sha256:")
    assert digest_of(world, address) == digest_of(world, tagged) == digest_of(world, strict)
    assert push(world, strict, tagged) == address
    by_folder = world.gate("staging", "--policies", str(strict))
    for place in (address, tagged):
        configure(world, place)
        outcome = world.gate()
        assert_told(outcome, ExitCode.OK)
        assert outcome.decision["policy"] == by_folder.decision["policy"]


@pytest.mark.tools
def test_a_tag_that_moves_under_a_pin(world: World, strict: Path, registry: RealRegistry) -> None:
    world.put(evidence.sast([world.artifact], at=AT, findings=[evidence.weakness()]), by="scanner")
    tagged = f"oci:{registry.host}/policies:v1"
    address, pin = push(world, strict, tagged), digest_of(world, strict)
    push(world, loosen(strict), tagged)
    configure(world, tagged)
    assert_told(world.gate(), ExitCode.OK)
    configure(world, f"{{from: '{tagged}', digest: {pin}}}")
    assert_told(world.gate(), ExitCode.VERIFICATION_FAILED, "POLICY_DIGEST")
    configure(world, f"{{from: '{address}', digest: {pin}}}")
    assert world.gate().codes == {"SAST_FOUND"}
    configure(world, address)
    assert world.gate().codes == {"SAST_FOUND"}


@pytest.mark.tools
def test_a_signature_travels_with_the_set(world: World, strict: Path, registry: RealRegistry) -> None:
    world.rules.append({"claims": ["policy"], "signers": ["release"], "artifacts": ["policy-set"]})
    world.write_trust()
    tagged = f"oci:{registry.host}/policies:v1"
    push(world, strict, tagged)
    configure(world, f"{{from: '{tagged}', signed: true}}")
    assert_told(world.gate(), ExitCode.VERIFICATION_FAILED, "POLICY_NOT_SIGNED")
    assert_told(world.run("policy", "sign", strict, "--at", "2026-11-20T00:00:00Z"), ExitCode.OK)
    push(world, strict, tagged)
    assert_told(world.gate(), ExitCode.OK)
    push(world, loosen(strict), tagged)
    assert_told(world.gate(), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")


@pytest.mark.tools
def test_what_is_not_there(world: World, strict: Path, registry: RealRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (f"oci:{registry.host}/none:v1", f"oci:{registry.host}/none@sha256:{'0' * 64}"):
        configure(world, place)
        assert_told(world.gate(), ExitCode.TOOL_FAILED, "POLICY_MISSING")
    monkeypatch.setenv("DOCKER_CONFIG", str(world.folder))
    assert_told(world.gate(), ExitCode.TOOL_FAILED, "REGISTRY_DENIED")
    assert_told(
        world.run("policy", "push", f"oci:{registry.host}/policies:v1", strict), ExitCode.TOOL_FAILED, "REGISTRY_DENIED"
    )


def test_a_registry_that_is_down(world: World, strict: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "pause", lambda _: None)
    configure(world, "oci:127.0.0.1:9/policies:v1")
    assert world.gate().exit_code == ExitCode.TOOL_FAILED
    assert world.run("policy", "push", "oci:127.0.0.1:9/policies:v1", strict).exit_code == ExitCode.TOOL_FAILED


def test_an_image_is_no_policy_set(world: World, tmp_path: Path) -> None:
    with RegistryServer() as server:
        server.put("v1", Layout(tmp_path / "layout").image(tar(file("a", b"x"))))
        configure(world, f"oci:{server.host}/app:v1")
        assert_told(world.gate(), ExitCode.MALFORMED, "BAD_ARCHIVE")


def test_a_registry_that_sends_something_else(world: World, strict: Path, tmp_path: Path) -> None:
    """By digest nothing else is taken, neither manifest nor layer."""
    with EvidenceRegistry() as registry:
        tagged = f"oci:{registry.host}/policies:v1"
        honest = push(world, strict, tagged)
        other = push(world, loosen(strict), tagged)
        name, instead = (address.partition("@")[2] for address in (honest, other))
        layer, loose = (json.loads(registry.blobs[n])["layers"][0]["digest"] for n in (name, instead))
        configure(world, honest)
        kept = dict(registry.blobs)
        for target, lie in ((name, instead), (layer, loose)):
            registry.blobs = {**kept, target: kept[lie]}
            outcome = world.gate()
            assert outcome.exit_code in (ExitCode.VERIFICATION_FAILED, ExitCode.TOOL_FAILED), outcome
        registry.blobs = kept
        assert_told(world.gate(), ExitCode.OK)


@pytest.mark.parametrize(
    "reference",
    [
        "oci:policies",
        "oci:team/policies:v1",
        "oci:",
        "policies:v1",
        "oci:h.example/A",
        f"oci:h.example/p@sha256:{'0' * 64}",
    ],
)
def test_references_that_are_none(world: World, strict: Path, reference: str) -> None:
    """No registry is guessed: what is not named is not written to."""
    assert world.run("policy", "push", reference, strict).exit_code == ExitCode.USAGE


def test_a_folder_without_policies_is_not_pushed(world: World) -> None:
    for verb in (("push", "oci:127.0.0.1:9/policies:v1"), ("pack", "-o", "set.tar.gz")):
        assert_told(world.run("policy", *verb, world.folder / "keys"), ExitCode.POLICY_NOT_EVALUATED, "NO_RULES")
    assert_told(world.run("policy", "sign", world.folder / "keys"), ExitCode.POLICY_NOT_EVALUATED, "NO_RULES")
