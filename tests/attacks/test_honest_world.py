"""No attack: the world every other test starts from passes everything. Without this, a refusal would prove nothing."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import KINDS, World


def test_honest_evidence_passes_every_gate(world: World) -> None:
    for environment in ("dev", "staging", "production"):
        outcome = world.gate(environment)
        assert_told(outcome, ExitCode.OK)
        assert outcome.decision["verdict"] == "ALLOW"
        assert not outcome.rejected
        admitted = world.admit(environment)
        assert_told(admitted, ExitCode.OK)
        assert admitted.decision["verdict"] == "ALLOW"


def test_every_piece_of_honest_evidence_verifies(world: World) -> None:
    assert_told(world.verify(), ExitCode.OK)
    for kind in KINDS:
        assert_told(world.verify_file(world.lies(kind)), ExitCode.OK)


def test_honest_evidence_can_be_asked_for_by_digest(world: World) -> None:
    assert_told(world.gate(artifact=str(world.artifact.digest)), ExitCode.OK)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("provenance", "PROVENANCE_MISSING"),
        ("sbom", "SBOM_MISSING"),
        ("vulns", "SCAN_MISSING"),
        ("scan-sast", "SCAN_MISSING"),
        ("vsa", "PREVIOUS_ENVIRONMENT_MISSING"),
    ],
)
def test_each_kind_of_evidence_is_needed(world: World, kind: str, code: str) -> None:
    world.forget(kind)
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert code in outcome.codes


def test_no_evidence_at_all_is_a_no(world: World) -> None:
    for kind in (*KINDS, "vsa"):
        world.forget(kind)
    assert_told(world.verify(), ExitCode.VERIFICATION_FAILED, "NO_EVIDENCE")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "EVIDENCE_MISSING" in outcome.codes
