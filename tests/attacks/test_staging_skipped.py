"""Staging skipped: production asks for staging's word, and dev's does not count."""

from __future__ import annotations

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


def test_refused(world: World) -> None:
    outcome = world.gate("production")
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"PREVIOUS_ENVIRONMENT_MISSING"}
    admitted = world.admit("production")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_FAILED"}

    assert_told(world.gate("staging", at=AT + HOUR), ExitCode.OK)
    assert_told(world.gate("production", at=AT + HOUR), ExitCode.OK)
    assert_told(world.admit("production", at=AT + HOUR), ExitCode.OK)


def test_staging_of_another_artifact(world: World) -> None:
    from supplychain.artifact.artifact import Artifact
    from supplychain.artifact.digest import Digest

    other = Artifact(name="shop-0.9.whl", digest=Digest.of_bytes(b"the release before"))
    path = world.put(evidence.summary(other, "staging", at=AT))
    world.put_raw(path.read_bytes(), "vsa-0000000000000000")
    outcome = world.gate("production")
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"PREVIOUS_ENVIRONMENT_MISSING"}
    assert outcome.rejected == {"WRONG_ARTIFACT"}
