"""Tag moved between check and deploy: a tag is resolved once, and no door opens by a tag."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.attacks.test_registry_redirect import layout
from tests.simulator.registry_server import Behaviour, RegistryServer
from tests.simulator.runner import assert_told, run_cli
from tests.simulator.world import World


def test_what_is_read_is_what_the_tag_stood_for_at_first(tmp_path: Path) -> None:
    first, second = layout(tmp_path / "a", "1.0"), layout(tmp_path / "b", "6.6.6")
    with RegistryServer() as server:
        server.put("v2", second)
        moved = server.tags["v2"]
        name = server.put("v1", first)
        server.behave(Behaviour(swap={"v1": moved}))
        env = {"SUPPLYCHAIN_HOME": str(tmp_path / "home"), "DOCKER_CONFIG": str(tmp_path), "NO_COLOR": "1"}
        outcome = run_cli(["sbom", f"{server.host}/app:v1"], env=env, cwd=tmp_path)
    assert_told(outcome, ExitCode.OK)
    versions = {component.get("version") for component in json.loads(outcome.stdout)["components"]}
    assert "6.6.6" not in outcome.stdout
    assert "1.0" in versions
    assert name.removeprefix("sha256:") in outcome.stdout, "and the digest is what is told"


@pytest.mark.parametrize("verb", ["admit", "gate", "verify"])
@pytest.mark.parametrize("tag", ["registry.example/shop:1.0", "shop:latest", "registry.example/shop"])
def test_no_door_opens_by_a_tag(world: World, verb: str, tag: str) -> None:
    words = (verb, tag) if verb == "verify" else (verb, tag, "--env", "dev")
    outcome = world.run(*words)
    assert_told(outcome, ExitCode.USAGE, "ARTIFACT_MISSING")
    assert "sha256:" in outcome.stderr, "says what it wants instead"
