"""Signatures over a file itself: certificate, log entry and timestamp count as they do for statements."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.conformance.forge import fulcio
from tests.conformance.forged import ARTIFACT, bundle, instance
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, said, trust_also
from tests.simulator.keys import pem_pair
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

TYPE = "urn:supplychain:predicate:signature:v1"
LATER = {"until": format_time(NOW + timedelta(days=1))}
FAILED = ExitCode.VERIFICATION_FAILED


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    (made.project / "art.bin").write_bytes(ARTIFACT)
    return made


def trusted(world: World, *, keyed: dict[str, Any] | None = None, keyless: dict[str, Any] | None = None) -> None:
    key = world.signers["attacker"].public_key.pem
    people = {
        "keyed": {"key": key, **(keyed or {})},
        "keyless": {"issuer": ISSUER, "subject": SUBJECT, **(keyless or {})},
    }
    rule = {"claims": [TYPE], "signers": sorted(people), "artifacts": ["art.*"]}
    trust_also(world, identities=people, rules=[rule])


def by_key(**options: Any) -> dict[str, Any]:
    key = load_pem_private_key(pem_pair("attacker")[0], None)
    return bundle("hashedrekord", "0.0.1", dsse=False, keyed=True, key=key, **options)


def by_certificate(name: str = SUBJECT) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    extra = [fulcio(number, text) for number, text in said().items()]
    leaf = instance().issue(key, names=[x509.UniformResourceIdentifier(name)], extra=extra)
    return bundle("hashedrekord", "0.0.1", dsse=False, key=key, certificate=leaf)


def verified(world: World, body: dict[str, Any], artifact: str = "art.bin") -> Outcome:
    path = world.folder / "signature.json"
    path.write_text(json.dumps(body))
    return world.verify("--trust", "trust.yaml", "--bundle", path, artifact=artifact)


def unlogged(body: dict[str, Any]) -> dict[str, Any]:
    body["verificationMaterial"]["tlogEntries"] = []
    return body


def test_a_log_entry_that_is_asked_for(world: World) -> None:
    trusted(world, keyed={"log": True})
    assert_told(verified(world, by_key()), ExitCode.OK)
    assert_told(verified(world, unlogged(by_key())), FAILED, "NOT_IN_LOG")
    other = by_key()
    other["verificationMaterial"]["tlogEntries"] = by_certificate()["verificationMaterial"]["tlogEntries"]
    assert_told(verified(world, other), FAILED, "LOG_ENTRY_MISMATCH")


def test_a_timestamp_outlives_the_key(world: World) -> None:
    trusted(world, keyed=LATER)
    assert_told(verified(world, unlogged(by_key(stamp_at=NOW))), ExitCode.OK)
    assert_told(verified(world, unlogged(by_key())), FAILED, "KEY_EXPIRED")
    late = by_key(stamp_at=NOW + timedelta(days=2))
    assert_told(verified(world, unlogged(late)), FAILED, "KEY_EXPIRED")
    trusted(world, keyed={"revoked": format_time(NOW)})
    assert_told(verified(world, by_key(stamp_at=NOW)), FAILED, "KEY_REVOKED")


def test_by_a_certificate_that_the_trust_file_knows(world: World) -> None:
    trusted(world)
    outcome = verified(world, by_certificate())
    assert_told(outcome, ExitCode.OK)
    assert "signed by keyless" in outcome.stdout
    assert_told(verified(world, by_certificate(f"{SUBJECT}.evil")), FAILED, "UNKNOWN_SIGNER")
    assert_told(verified(world, unlogged(by_certificate())), FAILED, "NOT_IN_LOG")
    (world.project / "art.other").write_bytes(ARTIFACT + b"!")
    assert_told(verified(world, by_certificate(), "art.other"), FAILED, "WRONG_ARTIFACT")
    lying = by_certificate()
    del lying["messageSignature"]["messageDigest"]
    assert_told(verified(world, lying), ExitCode.OK)
    assert_told(verified(world, lying, "art.other"), FAILED, "SIGNATURE_MISMATCH")
    trusted(world, keyless={"revoked": format_time(NOW)})
    assert_told(verified(world, by_certificate()), FAILED, "KEY_REVOKED")


def test_a_rule_about_the_file_is_still_needed(world: World) -> None:
    trusted(world)
    (world.project / "bank").write_bytes(ARTIFACT)
    for body in (by_certificate(), by_key()):
        assert_told(verified(world, body, "bank"), FAILED, "NOT_ALLOWED")


def test_a_null_is_not_there(world: World) -> None:
    """protobuf's JSON writes a field that is not set as null, if at all."""
    body = json.loads(world.lies("sbom").read_bytes())
    path = world.folder / "null.json"
    path.write_text(json.dumps({**body, "messageSignature": None}))
    assert_told(world.verify_file(path), ExitCode.OK)
