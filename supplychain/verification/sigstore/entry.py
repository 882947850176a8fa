"""What a log entry says must be what the bundle says, or an entry about something else would vouch for it.

(Variants of CVE-2022-36056.) One checker for each kind and version of entry; a kind that is not listed is refused.
Formats: https://github.com/sigstore/rekor/tree/main/pkg/types and
https://github.com/sigstore/rekor-tiles/tree/main/api/proto/rekor/v2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.signing.envelope import Envelope
from supplychain.signing.sigstore_bundle import HASHES, LogEntry
from supplychain.verification.sigstore.keys import DETAILS, digest_of, hashes_of, matches_details, spki_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What the bundle says: the signature, its maker, and what it is about."""

    signature: bytes
    key: PublicKeyTypes
    certificate: bytes | None
    """DER; None when a managed key signed."""
    envelope: Envelope | None
    digests: Mapping[str, bytes]
    """Known digests of the artifact by algorithm, for a signature over an artifact."""


def check_entry(entry: LogEntry, signed: Signed) -> None:
    """Hold the body of a log entry against the bundle.

    Raises:
        VerificationFailed: `LOG_ENTRY_MISMATCH`.
    """
    try:
        body = parse_json_object(entry.body, where="log entry")
        if (body.get("kind"), body.get("apiVersion")) != (entry.kind, entry.version):
            raise _mismatch("kind", f"{entry.kind} {entry.version}", f"{body.get('kind')} {body.get('apiVersion')}")
        _CHECKS[entry.kind, entry.version](_object(body, "spec"), signed)
    except MalformedInput as error:
        raise _mismatch("form", "JSON", error.message) from None


def _hashedrekord_1(spec: dict[str, Any], signed: Signed) -> None:
    # 1. The digest of what was signed: the artifact, or the pre-authentication encoding of an envelope.
    stated = _object(_object(spec, "data"), "hash")
    algorithm = str(stated.get("algorithm"))
    if signed.envelope is None:
        _check_artifact(algorithm, _hex(stated, "value"), signed)
    else:
        _check_encoding(algorithm, _hex(stated, "value"), signed, signed.envelope)
    # 2. The signature and its maker.
    signature = _object(spec, "signature")
    _same("signature", signed.signature, _base64(signature, "content"))
    _check_pem(_base64(_object(signature, "publicKey"), "content"), signed)


def _intoto_1(spec: dict[str, Any], signed: Signed) -> None:
    """The oldest: digest of the payload, and the maker. The signature is checked with the maker's key anyway."""
    envelope = _envelope(signed)
    _check_payload(_object(_object(spec, "content"), "payloadHash"), envelope)
    _check_pem(_base64(spec, "publicKey"), signed)


def _intoto_2(spec: dict[str, Any], signed: Signed) -> None:
    envelope = _envelope(signed)
    content = _object(spec, "content")
    # 1. The digest of the payload, and its type.
    _check_payload(_object(content, "payloadHash"), envelope)
    logged = _object(content, "envelope")
    _same("payload type", envelope.payload_type.encode(), str(logged.get("payloadType")).encode())
    if "payload" in logged:
        # Some clients logged the payload, others its base64 once more.
        found = _base64(logged, "payload")
        if found != base64.b64encode(envelope.payload):
            _same("payload", envelope.payload, found)
    # 2. The signature (base64 of base64, a slip of the format) and its maker.
    (one,) = _signatures(logged)
    _same("signature", signed.signature, _base64({"sig": _base64(one, "sig").decode("latin-1")}, "sig"))
    _check_pem(_base64(one, "publicKey"), signed)


def _dsse_1(spec: dict[str, Any], signed: Signed) -> None:
    _check_payload(_object(spec, "payloadHash"), _envelope(signed))
    (one,) = _signatures(spec)
    _same("signature", signed.signature, _base64(one, "signature"))
    _check_pem(_base64(one, "verifier"), signed)


def _hashedrekord_2(spec: dict[str, Any], signed: Signed) -> None:
    body = _object(spec, "hashedRekordV002")
    # 1. The digest of the artifact; of the pre-authentication encoding for an envelope.
    data = _object(body, "data")
    algorithm, digest = HASHES.get(str(data.get("algorithm")), ""), _base64(data, "digest")
    if signed.envelope is not None:
        _check_encoding(algorithm, digest, signed, signed.envelope)
    elif algorithm not in hashes_of(signed.key):
        raise _unfit(algorithm, signed)
    else:
        _check_artifact(algorithm, digest, signed)
    # 2. The signature and its maker.
    _check_signature_2(_object(body, "signature"), signed, algorithm)


def _dsse_2(spec: dict[str, Any], signed: Signed) -> None:
    body = _object(spec, "dsseV002")
    data = _object(body, "payloadHash")
    algorithm = HASHES.get(str(data.get("algorithm")))
    if algorithm is None:
        raise _mismatch("hash algorithm", ", ".join(HASHES), str(data.get("algorithm")))
    _same("payload", digest_of(_envelope(signed).payload, algorithm), _base64(data, "digest"))
    (one,) = _signatures(body)
    _check_signature_2(one, signed, None)


_CHECKS: Mapping[tuple[str, str], Callable[[dict[str, Any], Signed], None]] = {
    ("hashedrekord", "0.0.1"): _hashedrekord_1,
    ("intoto", "0.0.1"): _intoto_1,
    ("intoto", "0.0.2"): _intoto_2,
    ("dsse", "0.0.1"): _dsse_1,
    ("hashedrekord", "0.0.2"): _hashedrekord_2,
    ("dsse", "0.0.2"): _dsse_2,
}


def _check_signature_2(body: dict[str, Any], signed: Signed, algorithm: str | None) -> None:
    """Signature and verifier of Rekor v2; the key details must fit the key, and the hash that was used."""
    _same("signature", signed.signature, _base64(body, "content"))
    verifier = _object(body, "verifier")
    if signed.certificate is not None:
        _same("certificate", signed.certificate, _base64(_object(verifier, "x509Certificate"), "rawBytes"))
    else:
        _same("public key", spki_of(signed.key), _base64(_object(verifier, "publicKey"), "rawBytes"))
    details = DETAILS.get(str(verifier.get("keyDetails")))
    if details is None or not matches_details(signed.key, details):
        raise _mismatch("key details", "those of the key", str(verifier.get("keyDetails")))
    if algorithm is not None and details.hash != algorithm:
        raise _mismatch("hash algorithm", f"{details.hash} of the key details", algorithm)


def _check_artifact(algorithm: str, digest: bytes, signed: Signed) -> None:
    if algorithm not in signed.digests:
        raise _mismatch("hash algorithm", ", ".join(sorted(signed.digests)) or "a known digest", algorithm)
    _same("artifact", signed.digests[algorithm], digest)


def _check_encoding(algorithm: str, digest: bytes, signed: Signed, envelope: Envelope) -> None:
    if algorithm not in hashes_of(signed.key):
        raise _unfit(algorithm, signed)
    _same("pre-authentication encoding", digest_of(envelope.pae(), algorithm), digest)


def _unfit(algorithm: str, signed: Signed) -> VerificationFailed:
    return _mismatch("hash algorithm", ", ".join(hashes_of(signed.key)), algorithm)


def _check_payload(stated: dict[str, Any], envelope: Envelope) -> None:
    if stated.get("algorithm") != "sha256":
        raise _mismatch("hash algorithm", "sha256", str(stated.get("algorithm")))
    _same("payload", digest_of(envelope.payload, "sha256"), _hex(stated, "value"))


def _check_pem(pem: bytes, signed: Signed) -> None:
    """The maker as Rekor v1 keeps it: a PEM certificate, or a PEM public key."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

    try:
        if signed.certificate is not None:
            logged = x509.load_pem_x509_certificates(pem)[0].public_bytes(Encoding.DER)
            return _same("certificate", signed.certificate, logged)
        return _same("public key", spki_of(signed.key), spki_of(load_pem_public_key(pem)))
    except (ValueError, IndexError, UnsupportedAlgorithm):
        raise _mismatch("signer", "a PEM certificate or public key", pem[:40].decode("latin-1")) from None


def _envelope(signed: Signed) -> Envelope:
    if signed.envelope is None:
        raise _mismatch("kind", "an entry about an artifact", "an entry about an envelope")
    return signed.envelope


def _signatures(body: dict[str, Any]) -> tuple[dict[str, Any]]:
    items = body.get("signatures")
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise _mismatch("signatures", "exactly one", str(len(items)) if isinstance(items, list) else "none")
    return (items[0],)


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise _mismatch(name, "an object", repr(value)[:40])
    return value


def _base64(body: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(body[name]).encode(), validate=True)
    except (KeyError, binascii.Error, ValueError):
        raise _mismatch(name, "base64", repr(body.get(name))[:40]) from None


def _hex(body: Mapping[str, Any], name: str) -> bytes:
    try:
        return bytes.fromhex(str(body.get(name)))
    except ValueError:
        raise _mismatch(name, "hexadecimal digits", repr(body.get(name))[:40]) from None


def _same(what: str, expected: bytes, found: bytes) -> None:
    if expected != found:
        raise _mismatch(what, expected[:32].hex(), found[:32].hex())


def _mismatch(what: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(
        f"the log entry is about something else: its {what} differs",
        code="LOG_ENTRY_MISMATCH",
        expected=expected[:160],
        found=found[:160],
    )
