"""Forged attestation left in the directory store: it convinces nobody, hides nothing and is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from supplychain.signing.envelope import Envelope, Signature
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


def test_by_somebody_we_do_not_know(world: World) -> None:
    world.forget("provenance")
    path = world.put(world.honest()["provenance"], by="attacker")
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert outcome.rejected == {"UNKNOWN_SIGNER"}


def test_under_the_key_id_of_somebody_we_know(world: World) -> None:
    world.forget("provenance")
    forged = world.signers["attacker"].sign(world.honest()["provenance"])
    known = world.signers["release"].public_key.keyid
    signed = Envelope(
        payload_type=forged.payload_type,
        payload=forged.payload,
        signatures=(Signature(keyid=known, sig=forged.signatures[0].sig),),
    )
    path = world.put_raw(signed.to_bundle())
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")
    assert world.gate().rejected == {"SIGNATURE_MISMATCH"}


def test_a_forged_promotion(world: World) -> None:
    world.put(evidence.summary(world.artifact, "production", at=AT), by="attacker")
    admitted = world.admit("production")
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_MISSING"}
    assert "UNKNOWN_SIGNER" in admitted.stdout


@pytest.mark.parametrize("junk", [b"", b"\0", b"{}", b"[]", b"null", b'{"dsseEnvelope": 1}', b"\xff" * 50])
def test_junk_hides_nothing(world: World, junk: bytes) -> None:
    world.put_raw(junk)
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert len(outcome.rejected) == 1
    assert "EVIDENCE_REJECTED" in outcome.warnings


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_folder, _pipe, _dangling, _endless])
def test_what_is_no_file_hides_nothing_and_stops_nothing(world: World, make: object) -> None:
    make(world.store.folder(world.artifact.digest) / "provenance-x.sigstore.json")  # type: ignore[operator]
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert len(outcome.rejected) == 1


def test_a_forged_clean_scan_does_not_hide_a_real_one(world: World) -> None:
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH]), by="scanner")
    world.put(evidence.dependencies([world.artifact], at=AT), by="attacker")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"VULNERABILITY_FOUND"}
    assert outcome.rejected == {"UNKNOWN_SIGNER"}


def test_a_flood_is_told_as_what_it_is(world: World) -> None:
    """Too much to look at is CANNOT-TELL, not a decision on the part that was looked at."""
    folder = world.store.folder(world.artifact.digest)
    for number in range(10_001):
        (folder / f"x-{number}.sigstore.json").touch()
    assert_told(world.gate(), ExitCode.TOOL_FAILED, "STORE_FLOODED")


def test_more_signatures_than_anybody_needs(world: World) -> None:
    path = world.lies("provenance")
    bundle = json.loads(path.read_bytes())
    bundle["dsseEnvelope"]["signatures"] = bundle["dsseEnvelope"]["signatures"] * 101
    path.write_text(json.dumps(bundle))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "TOO_MANY_SIGNATURES")
    assert world.gate().rejected == {"TOO_MANY_SIGNATURES"}
