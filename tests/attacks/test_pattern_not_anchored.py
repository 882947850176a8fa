"""Pattern not anchored: a name that begins, ends or contains what is allowed."""

from __future__ import annotations

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


@pytest.mark.parametrize("name", ["evil-shop-1.0.whl", "shop-1.0.whl.evil", "shop-1.0.whl\n", "shop-1x0.whl", ""])
def test_the_name_of_an_artifact(world: World, name: str) -> None:
    for rule in world.rules:
        rule["artifacts"] = ["shop-1.0.whl"]
    world.write_trust()
    assert_told(world.verify_file(world.lies("provenance")), ExitCode.OK)
    about = Artifact(name=name, digest=world.artifact.digest)
    path = world.put(evidence.provenance([about], at=AT))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")


@pytest.mark.parametrize(
    "builder",
    [evidence.BUILDER + ".evil", "https://builderXexample/v1", "x" + evidence.BUILDER, evidence.BUILDER + "\n"],
)
def test_the_id_of_a_builder(world: World, builder: str) -> None:
    """A builder the trust file does not name is believed nothing: level 0."""
    assert_told(world.gate(), ExitCode.OK)
    world.put(evidence.provenance([world.artifact], at=AT, builder=builder))
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"PROVENANCE_BUILDER_LEVEL_TOO_LOW"}


@pytest.mark.parametrize("environment", ["prod", "production-2", "xproduction"])
def test_the_environment_of_a_summary(world: World, environment: str) -> None:
    world.rules[3]["environments"] = ["production"]
    world.write_trust()
    right = world.put(evidence.summary(world.artifact, "production", at=AT))
    assert_told(world.verify_file(right), ExitCode.OK)
    path = world.put(evidence.summary(world.artifact, environment, at=AT))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")


@pytest.mark.parametrize(
    ("option", "right", "wrong", "code"),
    [
        ("--source-branch", "main", "mai", "BRANCH_MISMATCH"),
        ("--source-uri", "git+https://git.example/shop", "https://git.example/sho", "SOURCE_MISMATCH"),
        ("--source-uri", "https://git.example/shop.git", "https://evil-git.example/shop", "SOURCE_MISMATCH"),
        ("--builder-id", evidence.BUILDER, evidence.BUILDER[:-1], "BUILDER_MISMATCH"),
        ("--builder-id", "https://builder.example/*", "https://builder?example", "BUILDER_MISMATCH"),
    ],
)
def test_an_expectation(world: World, option: str, right: str, wrong: str, code: str) -> None:
    assert_told(world.verify(option, right), ExitCode.OK)
    assert_told(world.verify(option, wrong), ExitCode.VERIFICATION_FAILED, code)


@pytest.mark.parametrize("option", ["--source-uri", "--source-branch", "--source-tag", "--builder-id"])
@pytest.mark.parametrize("empty", ["", "/"])
def test_an_empty_expectation_is_met_by_nothing(world: World, option: str, empty: str) -> None:
    """`--source-uri "$UNSET"` must not be met by provenance that names no source."""
    world.forget("provenance")
    world.put(evidence.provenance([world.artifact], at=AT, source=""))
    assert_told(world.verify(), ExitCode.OK)
    assert world.verify(option, empty).exit_code == ExitCode.VERIFICATION_FAILED
