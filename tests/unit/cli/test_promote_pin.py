"""`promote --pin`: nothing is pinned that was not allowed, nothing is promoted that cannot be pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.encoding import format_time
from tests.simulator.runner import Outcome
from tests.simulator.world import AT, World

IMAGE = "shop-registry.example/shop"
TEXT = f"spec:\n  containers:\n    - name: shop  # the shop\n      image: {IMAGE}:1.0\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    (made.project / "deploy.yaml").write_text(TEXT)
    (made.project / "deploy.yaml").chmod(0o640)
    return made


def promote(world: World, *more: str, artifact: str | None = None) -> Outcome:
    words = (artifact or str(world.file), "--to", "staging", "--at", format_time(AT), "--pin", "deploy.yaml")
    return world.run("promote", *words, *more)


def text(world: World) -> str:
    return (world.project / "deploy.yaml").read_text()


def test_allowed_and_pinned(world: World) -> None:
    outcome = promote(world, "--image", IMAGE)
    assert outcome.exit_code == 0, outcome.stderr
    assert text(world) == TEXT.replace(":1.0", f"@{world.artifact.digest}")
    assert (world.project / "deploy.yaml").stat().st_mode & 0o777 == 0o640
    assert "pinned       deploy.yaml: lines 4\n" in outcome.stdout
    assert "(unchanged)" in promote(world, "--image", IMAGE).stdout


def test_an_image_by_name_and_digest_is_what_the_files_call_it(world: World) -> None:
    for rule in world.rules:
        rule["artifacts"] = ["shop-*", "shop-registry.example/*"]
    world.write_trust()
    outcome = promote(world, "--format", "json", artifact=f"{IMAGE}:ignored@{world.artifact.digest}")
    assert outcome.exit_code == 0, outcome.stdout
    assert outcome.json["artifact"]["name"] == IMAGE
    assert outcome.json["pinned"] == [
        {"file": "deploy.yaml", "image": IMAGE, "lines": [4], "changed": True, "left": []}
    ]


def test_denied_and_not_pinned(world: World) -> None:
    world.forget("scan-sast")
    outcome = promote(world, "--image", IMAGE)
    assert outcome.exit_code == 10
    assert text(world) == TEXT
    assert "pinned       deploy.yaml: nothing: it is not allowed" in outcome.stdout


@pytest.mark.parametrize(
    ("more", "code", "exit_code"),
    [
        ((), "PIN_NOT_FOUND", 2),
        (("--image", "registry.example/other"), "PIN_NOT_FOUND", 2),
        (("--image", IMAGE, "--pin", "absent.yaml"), "FILE_MISSING", 2),
        (("--image", IMAGE, "--pin", "broken.yaml"), "NOT_YAML", 5),
        (("--image", IMAGE, "--pin", "latin.yaml"), "NOT_YAML", 5),
    ],
)
def test_what_cannot_be_pinned_is_not_promoted(world: World, more: tuple[str, ...], code: str, exit_code: int) -> None:
    (world.project / "broken.yaml").write_text("image: [\n")
    (world.project / "latin.yaml").write_bytes(b"image: \xfc\n")
    before = sorted(world.store.folder(world.artifact.digest).iterdir())
    outcome = promote(world, *more)
    assert (outcome.exit_code, outcome.error) == (exit_code, code), outcome.stderr
    assert text(world) == TEXT
    assert sorted(world.store.folder(world.artifact.digest).iterdir()) == before


def test_a_tag_is_no_artifact(world: World) -> None:
    outcome = promote(world, artifact=f"{IMAGE}:1.0")
    assert (outcome.exit_code, outcome.error) == (2, "ARTIFACT_MISSING")


def test_the_name_of_another_image_is_no_way_around_trust(world: World) -> None:
    """The signers may speak for `shop-*` only; the name that is asked for has to be in their rule."""
    other = Artifact(name="elsewhere.example/shop", digest=world.artifact.digest)
    outcome = promote(world, "--image", IMAGE, "--format", "json", artifact=f"{other.name}@{other.digest}")
    assert outcome.exit_code == 10
    assert text(world) == TEXT


def test_what_still_follows_a_tag_is_told(world: World) -> None:
    (world.project / "deploy.yaml").write_text(f"{TEXT}      args: [--sidecar={IMAGE}:1.0]\n")
    outcome = promote(world, "--image", IMAGE)
    assert outcome.exit_code == 0, outcome.stderr
    assert "warning: deploy.yaml:5 names" in outcome.stderr
