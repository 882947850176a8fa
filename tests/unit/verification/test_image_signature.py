"""cosign's older signatures of images: the claim they make, about the image they name, and nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from supplychain.verification.dossier import Dossier, assemble
from supplychain.verification.image_signature import IMAGE_SIGNATURE, SIMPLE_SIGNING
from supplychain.verification.trust import Trust
from tests.simulator.keys import pem_pair, write_keys

AT = datetime(2026, 11, 21, tzinfo=UTC)
IMAGE = Digest.of_bytes(b"image")


def payload(**changes: Any) -> bytes:
    critical = {
        "identity": {"docker-reference": "registry.example/app"},
        "image": {"docker-manifest-digest": str(IMAGE)},
        "type": "cosign container image signature",
        **changes,
    }
    return json.dumps({"critical": critical, "optional": None}).encode()


def over(data: bytes) -> str:
    key = load_pem_private_key(pem_pair("release")[0], None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return base64.b64encode(key.sign(data, ec.ECDSA(SHA256()))).decode()


def envelope(data: bytes, signature: str, kind: str = SIMPLE_SIGNING) -> dict[str, Any]:
    signed = [{"keyid": "", "sig": signature}]
    return {"payload": base64.b64encode(data).decode(), "payloadType": kind, "signatures": signed}


def judged(folder: Path, body: dict[str, Any], *, artifact: Digest = IMAGE) -> Dossier:
    trust = Trust.of_key(write_keys(folder)["release"].public_key)
    return assemble(Artifact(name="", digest=artifact), [("there", json.dumps(body).encode())], trust, at=AT)


def refusal(dossier: Dossier) -> str:
    assert dossier.statements == ()
    (one,) = dossier.rejected
    return one.code


def test_the_claim(tmp_path: Path) -> None:
    (one,) = judged(tmp_path, envelope(payload(), over(payload()))).statements
    assert (one.statement.predicate_type, one.signers, one.kind) == (IMAGE_SIGNATURE, ("key",), "other")
    assert one.artifact == Artifact(name="registry.example/app", digest=IMAGE)


def test_of_another_image(tmp_path: Path) -> None:
    body = envelope(payload(), over(payload()))
    assert refusal(judged(tmp_path, body, artifact=Digest.of_bytes(b"other"))) == "WRONG_ARTIFACT"


def test_any_byte_changed(tmp_path: Path) -> None:
    assert refusal(judged(tmp_path, envelope(payload() + b" ", over(payload())))) == "UNKNOWN_SIGNER"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "something else"}, "NOT_A_STATEMENT"),
        ({"type": None}, "NOT_A_STATEMENT"),
        ({"image": None}, "NOT_A_STATEMENT"),
        ({"image": {}}, "NOT_A_DIGEST"),
        ({"image": {"docker-manifest-digest": "sha1:00"}}, "NOT_A_DIGEST"),
    ],
)
def test_what_is_no_signature_of_an_image(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    assert refusal(judged(tmp_path, envelope(payload(**changes), over(payload(**changes))))) == code


@pytest.mark.parametrize("data", [b"[]", b"junk", b'{"critical": 5}', b'{"critical": {}, "critical": {}}'])
def test_junk_that_is_signed(tmp_path: Path, data: bytes) -> None:
    assert refusal(judged(tmp_path, envelope(data, over(data)))) in {
        "NOT_A_STATEMENT", "NOT_JSON", "NOT_AN_OBJECT", "DUPLICATE_KEY",
    }  # fmt: skip


def test_neither_form_passes_for_the_other(tmp_path: Path) -> None:
    """A signature over a payload is none over its envelope, and the other way round, whatever the type says."""
    statement = Statement.make([Artifact(name="app", digest=IMAGE)], "urn:x", {})
    honest = write_keys(tmp_path)["release"].sign(statement)
    sig = base64.b64encode(honest.signatures[0].sig).decode()
    assert refusal(judged(tmp_path, envelope(statement.payload, sig, SIMPLE_SIGNING))) == "UNKNOWN_SIGNER"
    assert refusal(judged(tmp_path, envelope(honest.pae(), sig, SIMPLE_SIGNING))) in {"NOT_JSON", "NOT_A_STATEMENT"}
    assert refusal(judged(tmp_path, envelope(payload(), over(payload()), PAYLOAD_TYPE))) == "UNKNOWN_SIGNER"
    assert (
        refusal(judged(tmp_path, envelope(statement.payload, over(statement.payload), PAYLOAD_TYPE)))
        == "UNKNOWN_SIGNER"
    )
    assert refusal(judged(tmp_path, envelope(statement.payload, over(statement.payload)))) == "NOT_A_STATEMENT"


def test_in_a_bundle_it_is_another_type_of_payload(tmp_path: Path) -> None:
    hint = {"publicKey": {"hint": ""}}
    body = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": hint,
        "dsseEnvelope": envelope(payload(), over(payload())),
    }
    assert Envelope.parse(json.dumps(body).encode(), where="x").material == hint
    assert refusal(judged(tmp_path, body)) == "PAYLOAD_TYPE"
