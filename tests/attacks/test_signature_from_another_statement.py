"""Signature from another statement: honest signature, honest payload, not of each other."""

from __future__ import annotations

from typing import Any

from supplychain.errors import ExitCode
from supplychain.signing.envelope import Envelope
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_refused(world: World) -> None:
    path, other = world.lies("vulns"), world.lies("scan-sast")
    assert_told(world.verify_file(path), ExitCode.OK)
    assert_told(world.verify_file(other), ExitCode.OK)
    borrowed = Envelope.parse(other.read_bytes(), where="").to_json()["signatures"]

    def swap(envelope: dict[str, Any]) -> None:
        envelope["signatures"] = borrowed

    world.tamper_envelope(path, swap)
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "SCAN_MISSING" in outcome.codes
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}
