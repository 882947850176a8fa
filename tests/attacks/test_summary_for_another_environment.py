"""VSA for another environment: passed in dev, shown at the door of production."""

from __future__ import annotations

from typing import Any

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


def test_a_summary_counts_for_its_own_environment_only(world: World) -> None:
    assert_told(world.admit("dev"), ExitCode.OK)
    for environment in ("staging", "production"):
        admitted = world.admit(environment)
        assert_told(admitted, ExitCode.DENIED)
        assert admitted.codes == {"SUMMARY_MISSING"}


def test_its_environment_cannot_be_rewritten(world: World) -> None:
    path = world.lies("vsa")

    def rewrite(statement: dict[str, Any]) -> None:
        statement["predicate"]["policy"]["uri"] = "urn:supplychain:policy:production"

    world.tamper(path, rewrite)
    admitted = world.admit("production")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_MISSING"}
    assert "SIGNATURE_MISMATCH" in admitted.stdout


def test_who_decides_about_dev_does_not_decide_about_production(world: World) -> None:
    world.rules[3]["environments"] = ["dev"]
    world.write_trust()
    assert_told(world.admit("dev"), ExitCode.OK)
    path = world.put(evidence.summary(world.artifact, "production", at=AT))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    assert world.admit("production").codes == {"SUMMARY_MISSING"}


def test_an_environment_that_is_not_on_the_ladder(world: World) -> None:
    world.put(evidence.summary(world.artifact, "prod", at=AT))
    assert_told(world.admit("prod"), ExitCode.USAGE, "UNKNOWN_ENVIRONMENT")
