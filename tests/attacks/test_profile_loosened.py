"""Profile loosened in the pull request that it gates: it is told, and it is another policy."""

from __future__ import annotations

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


def _configure(world: World, text: str) -> None:
    (world.project / "supplychain.yaml").write_text("version: 1\nname: shop\n" + text)


def test_an_override_is_told_and_changes_the_policy(world: World) -> None:
    world.put(evidence.sast([world.artifact], at=AT, findings=[evidence.weakness()]), by="scanner")
    strict = world.gate()
    assert_told(strict, ExitCode.DENIED)
    assert strict.codes == {"SAST_FOUND"}

    loose = "{critical: warn, high: warn, medium: warn, low: warn, none: ignore, unknown: warn}"
    _configure(world, f"overrides:\n  staging:\n    sast:\n      severities: {loose}\n")
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert "PROFILE_OVERRIDDEN" in outcome.warnings
    assert outcome.decision["policy"] != strict.decision["policy"]


def test_an_override_that_says_the_same_changes_nothing(world: World) -> None:
    plain = world.gate()
    _configure(world, "overrides:\n  staging:\n    sast:\n      missing: deny\n")
    same = world.gate()
    assert "PROFILE_OVERRIDDEN" not in same.warnings
    assert same.decision["policy"] == plain.decision["policy"]


def test_a_threshold_that_is_not_there_cannot_be_set(world: World) -> None:
    _configure(world, "overrides:\n  staging:\n    sast:\n      ignore_everything: true\n")
    assert_told(world.gate(), ExitCode.USAGE, "UNKNOWN_THRESHOLD")


def test_a_threshold_of_another_type_cannot_tell(world: World) -> None:
    """A threshold that is no number is no threshold: the rule says that it cannot tell, and blocks."""
    _configure(world, "overrides:\n  staging:\n    scan:\n      max_age_hours: '1e9'\n")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert "SCAN_PROFILE_DATA_MISSING" in outcome.codes
