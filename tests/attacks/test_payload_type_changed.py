"""Payload type changed: the same bytes, declared to be something else."""

from __future__ import annotations

from typing import Any

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_changed_after_signing(world: World) -> None:
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)

    def change(envelope: dict[str, Any]) -> None:
        envelope["payloadType"] = "application/json"

    world.tamper_envelope(path, change)
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "PAYLOAD_TYPE")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert outcome.rejected == {"PAYLOAD_TYPE"}


def test_signed_as_something_else_and_passed_off_as_a_statement(world: World) -> None:
    """A signature over the bytes as `text/plain` is none over the bytes as a statement."""
    payload = world.honest()["provenance"].payload
    signed = world.signers["release"].sign_payload("text/plain", payload)
    world.forget("provenance")
    path = world.put_raw(signed.to_bundle())
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "PAYLOAD_TYPE")

    def change(envelope: dict[str, Any]) -> None:
        envelope["payloadType"] = "application/vnd.in-toto+json"

    world.tamper_envelope(path, change)
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")
    path.write_bytes(world.signers["release"].sign(world.honest()["provenance"]).to_bundle())
    assert_told(world.verify_file(path), ExitCode.OK)
