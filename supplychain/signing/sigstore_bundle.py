"""Sigstore bundles v0.1 to v0.3 as frozen values: what a signer sends beside an artifact. All of it is unverified.

Implements the JSON form of `sigstore_bundle.proto` (https://github.com/sigstore/protobuf-specs), strictly: an unknown
media type or field, a number that is negative or does not fit, base64 with bits left over, two of a "one of" - each is
refused, because two readers must not see two bundles. What each version demands of its log entries is checked by
`verification.sigstore.verifier`, where it is a question of trust.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import MEDIA_TYPES, Envelope, Signature

MAX_BUNDLE = 48 * 1024 * 1024
"""Largest accepted bundle in bytes."""
MAX_ITEMS = 32
"""More certificates, log entries or timestamps than this only cost the verifier (the limit sigstore-go uses)."""
MAX_PROOF = 64
"""A Merkle proof has at most one hash for each bit of a 64-bit tree size."""

HASHES: Mapping[str, str] = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
"""Names of hash algorithms in Sigstore's protobuf to ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That an entry stands in a Merkle tree of a certain root (RFC 9162 section 2.1.3)."""

    log_index: int
    """Index in this tree; the entry's own index counts over all shards of the log."""
    root_hash: bytes
    tree_size: int
    hashes: tuple[bytes, ...]
    checkpoint: str | None
    """The log's signed note about this root; None in some bundles v0.1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry of a Rekor log, with the log's promise or proof."""

    log_index: int
    log_id: bytes
    kind: str
    version: str
    integrated_time: int
    """Seconds since 1970, believed only together with `promise`; 0 where the log keeps no time (Rekor v2)."""
    promise: bytes | None
    """Signed entry timestamp: the log's signature over entry, time and index."""
    proof: InclusionProof | None
    body: bytes
    """The canonical JSON that the log stores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSignature:
    """A signature over an artifact itself."""

    signature: bytes
    algorithm: str | None
    """`sha256`, `sha384` or `sha512`; None when the bundle states no digest. Stated, not signed."""
    digest: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SigstoreBundle:
    """A signature, and what is needed to believe it. Exactly one of `envelope` and `message` is there."""

    version: str
    """`0.1`, `0.2`, `0.3`; `dsse` for a bare envelope that carries its certificate; `cosign` for an OCI annotation."""
    certificate: bytes | None
    """DER of the signing certificate; None when a managed key signed."""
    chain: tuple[bytes, ...] = ()
    """Further certificates of a v0.1 or v0.2 bundle. Never trusted, never used: trust comes from the trusted root."""
    key_hint: str | None = None
    """A hint to find a managed key by, never a proof; None when a certificate signed."""
    entries: tuple[LogEntry, ...] = ()
    timestamps: tuple[bytes, ...] = ()
    """RFC 3161 responses in DER."""
    envelope: Envelope | None = None
    message: MessageSignature | None = None

    @staticmethod
    def parse(data: bytes, *, where: str) -> SigstoreBundle:
        """Parse the bytes of a bundle.

        Raises:
            MalformedInput: Not JSON, or `NOT_A_BUNDLE`: anything that its format does not allow.
        """
        return SigstoreBundle.from_json(parse_json_object(data, where=where, max_bytes=MAX_BUNDLE), where=where)

    @staticmethod
    def from_json(value: object, *, where: str) -> SigstoreBundle:
        """Read a bundle that is already JSON, as inside npm's and GitHub's attestation lists. Raises as `parse`."""
        try:
            return _bundle(value)
        except _Bad as error:
            raise MalformedInput(
                f"not a Sigstore bundle: {error}",
                code="NOT_A_BUNDLE",
                where=where,
                expected="a Sigstore bundle v0.1, v0.2 or v0.3",
                found=error.found,
            ) from None

    @property
    def signature(self) -> bytes:
        """The signature: what a timestamp is about."""
        if self.message is not None:
            return self.message.signature
        return self.envelope.signatures[0].sig if self.envelope and self.envelope.signatures else b""


class _Bad(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, message: str, found: object = "") -> None:
        super().__init__(message)
        self.found = str(found)[:120]


def _bundle(value: object) -> SigstoreBundle:
    body = _object(value, "the document", "mediaType verificationMaterial messageSignature dsseEnvelope")
    version = MEDIA_TYPES.get(str(body.get("mediaType")))
    if version is None:
        raise _Bad("unknown media type", body.get("mediaType"))
    names = "certificate x509CertificateChain publicKey tlogEntries timestampVerificationData"
    material = _object(body.get("verificationMaterial"), "verificationMaterial", names)
    signer = _one_of(material, "certificate", "x509CertificateChain", "publicKey")
    if signer == ("x509CertificateChain" if version == "0.3" else "certificate"):
        raise _Bad(f"{signer} does not belong into version {version}")
    certificates, hint = _signer(signer, material[signer])
    content = _one_of(body, "messageSignature", "dsseEnvelope")
    stamps = _object(material.get("timestampVerificationData", {}), "timestampVerificationData", "rfc3161Timestamps")
    return SigstoreBundle(
        version=version,
        certificate=certificates[0] if certificates else None,
        chain=certificates[1:],
        key_hint=hint,
        entries=tuple(_entry(item) for item in _list(material.get("tlogEntries", []), "tlogEntries")),
        timestamps=tuple(_timestamp(item) for item in _list(stamps.get("rfc3161Timestamps", []), "rfc3161Timestamps")),
        envelope=_envelope(body[content]) if content == "dsseEnvelope" else None,
        message=_message(body[content]) if content == "messageSignature" else None,
    )


def _signer(kind: str, value: object) -> tuple[tuple[bytes, ...], str | None]:
    if kind == "publicKey":
        hint = _object(value, kind, "hint").get("hint", "")
        return (), _text(hint, "publicKey.hint", empty=True)
    if kind == "certificate":
        return (_bytes(_object(value, kind, "rawBytes").get("rawBytes"), "certificate.rawBytes"),), None
    items = _list(_object(value, kind, "certificates").get("certificates"), "certificates")
    if not items:
        raise _Bad("the certificate chain is empty")
    return tuple(_bytes(_object(i, "a certificate", "rawBytes").get("rawBytes"), "rawBytes") for i in items), None


def _entry(value: object) -> LogEntry:
    names = "logIndex logId kindVersion integratedTime inclusionPromise inclusionProof canonicalizedBody"
    body = _object(value, "a log entry", names)
    kind = _object(body.get("kindVersion"), "kindVersion", "kind version")
    promise = _object(body.get("inclusionPromise", {}), "inclusionPromise", "signedEntryTimestamp")
    if "inclusionPromise" in body and "signedEntryTimestamp" not in promise:
        raise _Bad("inclusionPromise holds nothing")
    return LogEntry(
        log_index=_number(body.get("logIndex", 0), "logIndex"),
        log_id=_bytes(_object(body.get("logId"), "logId", "keyId").get("keyId"), "logId.keyId"),
        kind=_text(kind.get("kind"), "kindVersion.kind"),
        version=_text(kind.get("version"), "kindVersion.version"),
        integrated_time=_number(body.get("integratedTime", 0), "integratedTime"),
        promise=_bytes(promise["signedEntryTimestamp"], "signedEntryTimestamp") if promise else None,
        proof=_proof(body["inclusionProof"]) if "inclusionProof" in body else None,
        body=_bytes(body.get("canonicalizedBody"), "canonicalizedBody"),
    )


def _proof(value: object) -> InclusionProof:
    body = _object(value, "inclusionProof", "logIndex rootHash treeSize hashes checkpoint")
    checkpoint = _object(body.get("checkpoint", {}), "checkpoint", "envelope").get("envelope", "")
    index, size = _number(body.get("logIndex", 0), "logIndex"), _number(body.get("treeSize"), "treeSize")
    if index >= size:
        raise _Bad("the log index lies outside of the tree", f"{index} of {size}")
    return InclusionProof(
        log_index=index,
        root_hash=_bytes(body.get("rootHash"), "rootHash"),
        tree_size=size,
        hashes=tuple(_bytes(item, "hashes") for item in _list(body.get("hashes", []), "hashes", MAX_PROOF)),
        checkpoint=_text(checkpoint, "checkpoint.envelope", empty=True) or None,
    )


def _timestamp(value: object) -> bytes:
    body = _object(value, "a timestamp", "signedTimestamp")
    return _bytes(body.get("signedTimestamp"), "signedTimestamp")


def _envelope(value: object) -> Envelope:
    body = _object(value, "dsseEnvelope", "payload payloadType signatures")
    signatures = []
    for item in _list(body.get("signatures", []), "signatures"):
        one = _object(item, "a signature", "sig keyid")
        keyid = _text(one.get("keyid", ""), "keyid", empty=True)
        signatures.append(Signature(keyid=keyid, sig=_bytes(one.get("sig"), "sig")))
    return Envelope(
        payload_type=_text(body.get("payloadType"), "payloadType"),
        payload=_bytes(body.get("payload"), "payload"),
        signatures=tuple(signatures),
    )


def _message(value: object) -> MessageSignature:
    body = _object(value, "messageSignature", "messageDigest signature")
    signature = _bytes(body.get("signature"), "messageSignature.signature")
    if "messageDigest" not in body:
        return MessageSignature(signature=signature, algorithm=None, digest=None)
    stated = _object(body["messageDigest"], "messageDigest", "algorithm digest")
    algorithm = HASHES.get(str(stated.get("algorithm")))
    if algorithm is None:
        raise _Bad("messageDigest.algorithm is not accepted", stated.get("algorithm"))
    return MessageSignature(signature=signature, algorithm=algorithm, digest=_bytes(stated.get("digest"), "digest"))


def _one_of(body: Mapping[str, Any], *names: str) -> str:
    found = [name for name in names if name in body]
    if len(found) != 1:
        raise _Bad(f"there must be exactly one of {', '.join(names)}", ", ".join(found) or "none")
    return found[0]


def _object(value: object, field: str, names: str) -> dict[str, Any]:
    """An object that has no other fields than these; a field that is null is not there (protobuf JSON)."""
    if not isinstance(value, dict):
        raise _Bad(f"{field} is missing or no object", repr(value)[:60])
    known = {name: item for name, item in value.items() if item is not None}
    if unknown := sorted(set(value) - set(names.split())):
        raise _Bad(f"{field} has a field that is not known", unknown[0])
    return known


def _list(value: object, field: str, limit: int = MAX_ITEMS) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise _Bad(f"{field} is no list of at most {limit}", repr(value)[:60])
    return value


def _text(value: object, field: str, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or empty):
        raise _Bad(f"{field} is missing or no text", repr(value)[:60])
    return value


_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def _number(value: object, field: str) -> int:
    """A 64-bit number that counts something: JSON text (protobuf) or number, never negative, spelled in one way."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text) or int(text) >= 1 << 63:
        raise _Bad(f"{field} is no whole number from 0 to 2^63-1", repr(value)[:40])
    return int(text)


def _bytes(value: object, field: str) -> bytes:
    """Base64 as protobuf reads it: one of both alphabets, padding optional, line breaks skipped; no bits left over."""
    text = _text(value, field).replace("\n", "").replace("\r", "")
    if not set(text).isdisjoint("-_") and set(text).isdisjoint("+/"):
        text = text.replace("-", "+").replace("_", "/")
    plain = text.rstrip("=")
    padding = len(text) - len(plain)
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or padding not in (0, -len(plain) % 4) or base64.b64encode(data).decode().rstrip("=") != plain:
        raise _Bad(f"{field} is not canonical base64", text[:40])
    return data
