"""Attack: a layout is used from the second on at which it has ended, whatever the clock of the machine says."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import Chain
from tests.simulator.runner import assert_told


def test_layout_ends_at_its_second(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.layout(expires="2026-11-21T08:00:00Z")
    assert_told(chain.verify(at="2026-11-21T07:59:59Z"), ExitCode.OK)
    assert_told(chain.verify(at="2026-11-21T08:00:00Z"), ExitCode.VERIFICATION_FAILED, "LAYOUT_EXPIRED")
