"""Signatures over a file itself, by a key, in the forms in which cosign writes them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import ExitCode
from supplychain.signing.envelope import BUNDLE_TYPE, pre_authentication_encoding
from tests.simulator.keys import pem_pair
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, CONTENT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def sign(name: str, data: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem_pair(name)[0], None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return base64.b64encode(key.sign(data, ec.ECDSA(SHA256()))).decode()


def bundle(world: World, by: str = "release", data: bytes = CONTENT, **more: Any) -> dict[str, Any]:
    digest = {"algorithm": "SHA2_256", "digest": base64.b64encode(hashlib.sha256(data).digest()).decode()}
    hint = {"publicKey": {"hint": world.signers[by].public_key.keyid}}
    content = {"messageDigest": digest, "signature": sign(by, data)}
    return {"mediaType": BUNDLE_TYPE, "verificationMaterial": hint, "messageSignature": content, **more}


def older(by: str = "release", data: bytes = CONTENT) -> dict[str, Any]:
    return {"base64Signature": sign(by, data)}


def write(world: World, body: object) -> Path:
    path = world.folder / "signature.json"
    path.write_text(json.dumps(body))
    return path


def key(world: World, name: str = "release") -> tuple[str, Path]:
    return "--key", world.folder / "keys" / f"{name}.pub"


@pytest.mark.parametrize("form", ["bundle", "older"])
def test_by_the_named_key(world: World, form: str) -> None:
    path = write(world, bundle(world) if form == "bundle" else older())
    outcome = world.verify_file(path, *key(world), "--format", "json")
    assert_told(outcome, ExitCode.OK)
    (told,) = outcome.json["verified"]
    assert (told["kind"], told["signers"]) == ("signature", ["key"])
    assert_told(world.verify_file(path, *key(world, "other")), ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")


def test_over_another_file(world: World) -> None:
    path = write(world, bundle(world, data=b"other"))
    assert_told(world.verify_file(path, *key(world)), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")
    lying = bundle(world)
    lying["messageSignature"]["signature"] = sign("release", b"other")
    path = write(world, lying)
    assert_told(world.verify_file(path, *key(world)), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")
    path = write(world, older(data=b"other"))
    assert_told(world.verify_file(path, *key(world)), ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")


def test_by_whom_the_trust_file_lets_sign(world: World) -> None:
    path = write(world, bundle(world))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    claims = {"claims": ["urn:supplychain:predicate:signature:v1"], "signers": ["release"], "artifacts": ["shop-*"]}
    world.rules.append(claims)
    world.write_trust()
    assert_told(world.verify_file(path), ExitCode.OK)
    world.times = {"release": {"revoked": AT - HOUR}}
    world.write_trust()
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "KEY_REVOKED")
    world.times = {}
    world.rules[-1]["threshold"] = 2
    world.rules[-1]["signers"] = ["release", "other"]
    world.write_trust()
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")


def test_a_digest_is_not_enough(world: World) -> None:
    path = write(world, bundle(world))
    outcome = world.verify("--bundle", path, *key(world), artifact=str(world.artifact.digest))
    assert_told(outcome, ExitCode.USAGE, "FILE_NEEDED")


def test_it_is_no_statement(world: World) -> None:
    """Neither of the kind that is asked for, nor the provenance that something is expected of."""
    path = write(world, bundle(world))
    outcome = world.verify_file(path, *key(world), "--predicate", "provenance")
    assert_told(outcome, ExitCode.MALFORMED, "NOT_AN_ENVELOPE")
    outcome = world.verify_file(path, *key(world), "--builder-id", "urn:x")
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "NO_PROVENANCE")


def test_a_signature_of_an_envelope_is_none_over_its_payload(world: World) -> None:
    """What is signed in an envelope is its encoding: neither form can be passed off as the other."""
    envelope = world.envelope("provenance")
    world.file.write_bytes(envelope.payload)
    stolen = {"base64Signature": base64.b64encode(envelope.signatures[0].sig).decode()}
    assert world.verify_file(write(world, stolen), *key(world)).exit_code == ExitCode.VERIFICATION_FAILED
    over = pre_authentication_encoding(envelope.payload_type, envelope.payload)
    body = {**envelope.to_json(), "signatures": [{"keyid": "", "sig": sign("release", envelope.payload)}]}
    assert over != envelope.payload
    path = write(world, {"mediaType": BUNDLE_TYPE, "verificationMaterial": {}, "dsseEnvelope": body})
    assert world.verify_file(path, *key(world)).exit_code == ExitCode.VERIFICATION_FAILED


def test_an_older_file_with_an_envelope_inside(world: World) -> None:
    inside = base64.b64encode(json.dumps(world.envelope("provenance").to_json()).encode()).decode()
    path = write(world, {"base64Signature": inside, "cert": "LS0t"})
    assert_told(world.verify_file(path, *key(world), "--predicate", "provenance"), ExitCode.OK)
    world.file.write_bytes(b"other")
    assert_told(world.verify_file(path, *key(world)), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"base64Signature": "%%"}, "NOT_A_BUNDLE"),
        ({"base64Signature": ""}, "UNKNOWN_SIGNER"),
        ({"base64Signature": 5}, "NOT_A_BUNDLE"),
        ({"messageSignature": {}}, "NOT_A_BUNDLE"),
        ({"base64Signature": "e30="}, "NOT_AN_ENVELOPE"),
    ],
)
def test_junk(world: World, body: dict[str, Any], error: str) -> None:
    outcome = world.verify_file(write(world, body), *key(world))
    assert (outcome.error, outcome.exit_code in (5, 6)) == (error, True)


def test_a_certificate_is_no_key(world: World) -> None:
    body = bundle(world, verificationMaterial={"certificate": {"rawBytes": "AAAA"}})
    assert_told(world.verify_file(write(world, body), *key(world)), ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")
