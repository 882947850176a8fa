"""Any byte changed in what is signed or promised is refused, and nothing but our own errors ever comes out."""

from __future__ import annotations

import base64
import copy
import json
import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.errors import SupplychainError
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.conformance.forge import ARTIFACT
from tests.conformance.forged import SIGNER, bundle, check, instance

KEY = ec.generate_private_key(ec.SECP256R1())
V1 = bundle("dsse", "0.0.1", key=KEY)
V2 = bundle("hashedrekord", "0.0.2", dsse=False, key=KEY)
OLD = bundle("intoto", "0.0.2", media="0.1", key=KEY)
ROOT = instance().trusted_root()
MATERIAL = ("verificationMaterial",)
ENTRY = (*MATERIAL, "tlogEntries", 0)
PROOF = (*ENTRY, "inclusionProof")
STAMP = (*MATERIAL, "timestampVerificationData", "rfc3161Timestamps", 0, "signedTimestamp")
PLACES = [
    pytest.param(V1, ("dsseEnvelope", "payload"), id="payload"),
    pytest.param(V1, ("dsseEnvelope", "signatures", 0, "sig"), id="signature"),
    pytest.param(V1, (*MATERIAL, "certificate", "rawBytes"), id="certificate"),
    pytest.param(V1, (*ENTRY, "canonicalizedBody"), id="log entry"),
    pytest.param(V1, (*ENTRY, "inclusionPromise", "signedEntryTimestamp"), id="promise"),
    pytest.param(V1, (*ENTRY, "logId", "keyId"), id="log id"),
    pytest.param(V1, (*PROOF, "rootHash"), id="root hash"),
    pytest.param(V1, (*PROOF, "hashes", 1), id="proof hash"),
    pytest.param(V2, ("messageSignature", "signature"), id="artifact signature"),
    pytest.param(V2, (*ENTRY, "canonicalizedBody"), id="log entry v2"),
    pytest.param(V2, (*PROOF, "hashes", 0), id="proof hash v2"),
    pytest.param(OLD, (*ENTRY, "canonicalizedBody"), id="log entry v0.1"),
    pytest.param(OLD, (*ENTRY, "inclusionPromise", "signedEntryTimestamp"), id="promise v0.1"),
]


def at(value: dict, path: tuple) -> tuple[dict, object]:
    """The container of a path's last step in a copy, and that copy."""
    changed = copy.deepcopy(value)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    return changed, inner


@pytest.mark.parametrize(("value", "path"), PLACES)
def test_any_byte_changed_is_refused(value: dict, path: tuple) -> None:
    check(value)
    chance = random.Random(path[-1])
    _, holder = at(value, path)
    data = base64.b64decode(holder[path[-1]])
    for position in sorted(chance.sample(range(len(data)), min(60, len(data)))):
        changed, holder = at(value, path)
        flipped = bytearray(data)
        flipped[position] ^= chance.randrange(1, 256)
        holder[path[-1]] = base64.b64encode(flipped).decode()
        with pytest.raises(SupplychainError):
            check(changed)


@pytest.mark.parametrize("value", [V1, V2], ids=["Rekor v1", "Rekor v2"])
def test_any_character_of_a_checkpoint_changed_is_refused(value: dict) -> None:
    path = (*PROOF, "checkpoint", "envelope")
    text = at(value, path)[1]["envelope"]
    for position in range(len(text)):
        changed, holder = at(value, path)
        other = "x" if text[position] != "x" else "y"
        holder["envelope"] = text[:position] + other + text[position + 1 :]
        with pytest.raises(SupplychainError):
            check(changed)


def test_any_byte_of_a_needed_timestamp_changed_is_refused() -> None:
    data = base64.b64decode(at(V2, STAMP)[1]["signedTimestamp"])
    for position in range(len(data)):
        changed, holder = at(V2, STAMP)
        flipped = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        holder["signedTimestamp"] = base64.b64encode(flipped).decode()
        # An unimportant field of the answer is not signed; whatever is accepted must still say the same time.
        try:
            verified = check(changed)
        except SupplychainError:
            continue
        assert verified.times == check(V2).times


@pytest.mark.parametrize(
    "path",
    [
        ("tlogs", 0, "publicKey", "rawBytes"),
        ("tlogs", 0, "logId", "keyId"),
        ("ctlogs", 0, "publicKey", "rawBytes"),
        ("certificateAuthorities", 0, "certChain", "certificates", 0, "rawBytes"),
        ("certificateAuthorities", 0, "certChain", "certificates", 1, "rawBytes"),
    ],
    ids=lambda path: "/".join(map(str, path)),
)
def test_any_byte_of_the_trusted_root_changed_is_refused(path: tuple) -> None:
    data = base64.b64decode(at(ROOT, path)[1][path[-1]])
    chance = random.Random(str(path))
    for position in sorted(chance.sample(range(len(data)), min(60, len(data)))):
        changed, holder = at(ROOT, path)
        holder[path[-1]] = base64.b64encode(
            data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        ).decode()
        with pytest.raises(SupplychainError):
            check(V1, root=changed)


TEXTS = [json.dumps(value).encode() for value in (V1, V2, OLD)]
TRUSTED = TrustedRoot.parse(json.dumps(ROOT).encode(), where="root")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_nothing_but_our_own_errors_comes_out_of_a_damaged_bundle(text: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(1, 40))
    piece = data.draw(st.binary(max_size=8) | st.sampled_from([b"null", b"-1", b"{}", b"[]", b'""', b"1e9", b'"AA=="']))
    damaged = text[:start] + piece + text[start + length :]
    try:
        parsed = SigstoreBundle.parse(damaged, where="x")
        verified = verify_bundle(parsed, artifact=ARTIFACT, trusted_root=TRUSTED, signer=SIGNER)
    except SupplychainError:
        return
    assert verified.claims is not None
    assert verified.claims.identity == SIGNER.identity
