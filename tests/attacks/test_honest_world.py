"""No attack: the world every other test starts from passes everything. Without this, a refusal would prove nothing."""

from __future__ import annotations

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, KINDS, World


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
    outcome = world.gate(artifact=str(world.artifact.digest))
    assert_told(outcome, ExitCode.OK)


def test_each_kind_of_evidence_is_needed(world: World) -> None:
    missing = {
        "provenance": "PROVENANCE_MISSING",
        "sbom": "SBOM_MISSING",
        "vulns": "SCAN_MISSING",
        "scan-sast": "SCAN_MISSING",
        "vsa": "PREVIOUS_ENVIRONMENT_MISSING",
    }
    for kind, code in missing.items():
        path = world.lies(kind)
        data = path.read_bytes()
        path.unlink()
        outcome = world.gate(at=AT + HOUR)
        assert_told(outcome, ExitCode.DENIED)
        assert code in outcome.codes
        world.forget("vsa-")
        path.write_bytes(data)
        for summary in path.parent.glob("vsa-*"):
            if summary != path and kind != "vsa":
                pass
