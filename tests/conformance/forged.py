"""Complete bundles of the instance in `forge`: every version, every kind of log entry, by certificate or by key."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.sigstore.facts import PUBLIC, CertificateIdentity, ManagedKey, VerifiedBundle
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.conformance.forge import (
    ARTIFACT,
    IDENTITY,
    ISSUER,
    NOW,
    PAYLOAD_TYPE,
    Instance,
    b64,
    der,
    pae,
    pem,
    sign,
    spki,
    statement,
)

MEDIA = {
    "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
}
SIGNER = CertificateIdentity(identity=IDENTITY, issuer=ISSUER)
KINDS = (
    ("hashedrekord", "0.0.1", False),
    ("hashedrekord", "0.0.1", True),
    ("hashedrekord", "0.0.2", False),
    ("hashedrekord", "0.0.2", True),
    ("intoto", "0.0.1", True),
    ("intoto", "0.0.2", True),
    ("dsse", "0.0.1", True),
    ("dsse", "0.0.2", True),
)
"""Kind, version, and whether the bundle carries an envelope."""


@cache
def instance() -> Instance:
    return Instance()


def pem_of(certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def bundle(
    kind: str = "dsse", version: str = "0.0.1", *, dsse: bool = True, media: str = "0.3", keyed: bool = False, **options
) -> dict:
    """A good bundle as JSON. Options: `certificate`, `key`, `payload`, `time`, `stamp_at`, `details`."""
    inst, key = instance(), options.get("key") or ec.generate_private_key(ec.SECP256R1())
    leaf = None if keyed else options.get("certificate") or inst.issue(key)
    payload = options.get("payload", statement())
    v2 = version == "0.0.2" and kind != "intoto"
    signature = sign(key, pae(payload) if dsse else ARTIFACT)
    maker = pem(key) if leaf is None else pem_of(leaf)
    body = {
        "apiVersion": version,
        "kind": kind,
        "spec": _spec(kind, version, dsse, payload, signature, (maker, leaf, key)),
    }
    entry = inst.entry(kind, version, body, time=None if v2 else options.get("time", NOW), proof=media != "0.1")
    material: dict = {"tlogEntries": [entry]}
    if leaf is None:
        material["publicKey"] = {"hint": "a hint"}
    elif media == "0.3":
        material["certificate"] = {"rawBytes": b64(der(leaf))}
    else:
        material["x509CertificateChain"] = {"certificates": [{"rawBytes": b64(der(leaf))}]}
    if v2 or "stamp_at" in options:
        stamp = inst.timestamp(signature, at=options.get("stamp_at", NOW))
        material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": b64(stamp)}]}
    content = (
        {
            "dsseEnvelope": {
                "payload": b64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": b64(signature)}],
            }
        }
        if dsse
        else {"messageSignature": {"messageDigest": _v2_digest(ARTIFACT), "signature": b64(signature)}}
    )
    return {"mediaType": MEDIA[media], "verificationMaterial": material, **content}


def check(value: dict, *, root: dict | None = None, artifact=ARTIFACT, signer=SIGNER, **options) -> VerifiedBundle:
    """Verify a forged bundle against the instance's root."""
    trusted = TrustedRoot.parse(json.dumps(root or instance().trusted_root()).encode(), where="root")
    parsed = SigstoreBundle.parse(json.dumps(value).encode(), where="bundle")
    needed = options.get("requirements", PUBLIC)
    return verify_bundle(parsed, artifact=artifact, trusted_root=trusted, signer=signer, requirements=needed)


def managed(key) -> ManagedKey:
    return ManagedKey.parse(pem(key), where="key")


def _v2_digest(data: bytes) -> dict:
    return {"algorithm": "SHA2_256", "digest": b64(hashlib.sha256(data).digest())}


def _spec(kind: str, version: str, dsse: bool, payload: bytes, signature: bytes, maker: tuple) -> dict:
    text, leaf, key = maker
    hashed = {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
    verifier = (
        {"x509Certificate": {"rawBytes": b64(der(leaf))}} if leaf else {"publicKey": {"rawBytes": b64(spki(key))}}
    )
    signed = {"content": b64(signature), "verifier": {**verifier, "keyDetails": "PKIX_ECDSA_P256_SHA_256"}}
    match kind, version:
        case "hashedrekord", "0.0.1":
            signed_bytes = pae(payload) if dsse else ARTIFACT
            data = {"hash": {"algorithm": "sha256", "value": hashlib.sha256(signed_bytes).hexdigest()}}
            return {"data": data, "signature": {"content": b64(signature), "publicKey": {"content": b64(text)}}}
        case "hashedrekord", "0.0.2":
            return {"hashedRekordV002": {"data": _v2_digest(pae(payload) if dsse else ARTIFACT), "signature": signed}}
        case "intoto", "0.0.1":
            return {"content": {"hash": hashed, "payloadHash": hashed}, "publicKey": b64(text)}
        case "intoto", "0.0.2":
            one = {"publicKey": b64(text), "sig": b64(base64.b64encode(signature))}
            envelope = {"payloadType": PAYLOAD_TYPE, "signatures": [one]}
            return {"content": {"envelope": envelope, "hash": hashed, "payloadHash": hashed}}
        case "dsse", "0.0.1":
            one = {"signature": b64(signature), "verifier": b64(text)}
            return {"envelopeHash": hashed, "payloadHash": hashed, "signatures": [one]}
    return {"dsseV002": {"payloadHash": _v2_digest(payload), "signatures": [signed]}}
