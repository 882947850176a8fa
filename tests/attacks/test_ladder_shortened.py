"""Ladder shortened in the pull request that it gates: production as the first environment asks for nobody's word."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_the_whole_ladder(world: World) -> None:
    outcome = world.gate("production")
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"PREVIOUS_ENVIRONMENT_MISSING"}


@pytest.mark.parametrize("ladder", ["[production]", "[dev, production]", "[production, staging, dev]"])
def test_a_rung_taken_out(world: World, ladder: str) -> None:
    (world.project / "supplychain.yaml").write_text(f"version: 1\nenvironments: {ladder}\n")
    outcome = world.gate("production")
    assert outcome.exit_code != ExitCode.OK or outcome.warnings, "allowed, and nobody is told"
