"""DSSE envelopes (https://github.com/secure-systems-lab/dsse) and the Sigstore bundle they travel in.

Read: a Sigstore bundle v0.1 to v0.3 with a DSSE envelope, and a bare DSSE envelope. Written: bundle v0.3.
Everything here is unverified: an `Envelope` says nothing about who signed it.
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import is_warm, parse_json_object, pretty_json
from supplychain.errors import MalformedInput

BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MEDIA_TYPES: Mapping[str, str] = {
    "application/vnd.dev.sigstore.bundle+json;version=0.1": "0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2": "0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3": "0.3",
    BUNDLE_TYPE: "0.3",
}
"""Media type to bundle version. Nothing else is a bundle."""
_URL_SAFE = str.maketrans("-_", "+/")
MAX_ENVELOPE = 48 * 1024 * 1024
"""Largest accepted envelope in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature over the pre-authentication encoding."""

    keyid: str
    """A hint from whoever wrote the envelope. It helps to look a key up and proves nothing."""
    sig: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPending:
    """A log entry that is still to be made: the log could not be reached when the envelope was signed."""

    log: str
    """Address of the log."""
    pem: str
    """The public key or certificate of the signer, which the log has to be told."""
    reason: str
    queue: Path
    """The folder where whoever keeps the envelope notes what is still to be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, its type and the signatures over both."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]
    material: dict[str, Any] | None = None
    """Sigstore verification material of the bundle; None for a bare envelope."""
    media_type: str = field(default=BUNDLE_TYPE, compare=False)
    """Of the bundle, as it was read: what it says of its version decides how its log entries are verified."""
    pending: LogPending | None = field(default=None, compare=False)
    """Set by a signer only, never read from a file: whoever keeps the envelope also queues this."""

    def pae(self) -> bytes:
        """The bytes that are signed."""
        return pre_authentication_encoding(self.payload_type, self.payload)

    @staticmethod
    def parse(data: bytes, *, where: str) -> Envelope:
        """Parse a Sigstore bundle or a bare DSSE envelope.

        Raises:
            MalformedInput: Neither of them, or base64 that is not canonical.
        """
        if is_warm(data) and (plain := _plain_reader()(data)):
            return plain
        body = parse_json_object(data, where=where, max_bytes=MAX_ENVELOPE)
        material, media_type = None, str(body.get("mediaType", ""))
        if "mediaType" in body or "verificationMaterial" in body:
            material = _object(body.get("verificationMaterial"), "verificationMaterial", where)
            two = body.get("messageSignature") is not None and "dsseEnvelope" in body
            if media_type not in MEDIA_TYPES or two:
                raise MalformedInput(
                    "not a Sigstore bundle around an envelope",
                    code="NOT_A_BUNDLE",
                    where=where,
                    expected="media type of v0.1, v0.2 or v0.3, and dsseEnvelope alone",
                    found=f"{media_type[:80]}; {', '.join(sorted(body))[:80]}",
                )
            if "dsseEnvelope" not in body:
                raise _malformed("the bundle carries no DSSE envelope", where, "dsseEnvelope", ", ".join(sorted(body)))
            body = _object(body["dsseEnvelope"], "dsseEnvelope", where)
        signatures = body.get("signatures")
        if not isinstance(signatures, list):
            raise _malformed(
                "not a DSSE envelope", where, '"payload", "payloadType", "signatures"', ", ".join(body)[:99]
            )
        return Envelope(
            payload_type=_text(body.get("payloadType"), "payloadType", where),
            payload=_decode(body.get("payload"), "payload", where),
            signatures=tuple([_signature(i, where, _hint(material, len(signatures))) for i in signatures]),
            material=material,
            media_type=media_type,
        )

    def to_json(self) -> dict[str, Any]:
        """The bare DSSE envelope."""
        return {
            "payload": _encode(self.payload),
            "payloadType": self.payload_type,
            "signatures": [{"keyid": s.keyid, "sig": _encode(s.sig)} for s in self.signatures],
        }

    def to_bundle(self) -> bytes:
        """The Sigstore bundle v0.3, for a key: the hint names it, no log entry.

        The envelope repeats no key id that the hint gives: verifiers of Sigstore only know key ids of their own making.

        Raises:
            ValueError: The envelope has no signature or more than one (a bundle carries exactly one).
        """
        if len(self.signatures) != 1:
            raise ValueError("a Sigstore bundle carries exactly one signature")
        material = self.material or {"publicKey": {"hint": self.signatures[0].keyid}, "tlogEntries": []}
        envelope = self.to_json()
        if self.signatures[0].keyid == _hint(material):
            envelope["signatures"] = [{"sig": _encode(self.signatures[0].sig)}]
        return pretty_json({"mediaType": BUNDLE_TYPE, "verificationMaterial": material, "dsseEnvelope": envelope})

    @property
    def digest(self) -> Digest:
        """SHA-256 of the payload; the same for every envelope of one statement."""
        return Digest.of_bytes(self.payload)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """DSSE PAE: lengths count bytes, not characters (protocol section "Signature Definition")."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


@functools.cache
def _plain_reader() -> Callable[[bytes], Envelope | None]:
    from supplychain.signing.plain_bundle import read_plain

    return read_plain


def _hint(material: dict[str, Any] | None, signatures: int = 1) -> str:
    """The key that a bundle names; empty when it names none, or a certificate, or several signatures could be its."""
    key = material.get("publicKey") if material and signatures == 1 else None
    hint = key.get("hint") if isinstance(key, dict) else None
    return hint if isinstance(hint, str) else ""


def _signature(item: object, where: str, hint: str) -> Signature:
    body = _object(item, "a signature", where)
    keyid = "" if body.get("keyid") is None else body["keyid"]  # unset, empty and null are one
    if not isinstance(keyid, str):
        raise _malformed("keyid is no text", where, "text", type(keyid).__name__)
    return Signature(keyid=keyid or hint, sig=_decode(body.get("sig"), "sig", where))


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode(text: object, field: str, where: str) -> bytes:
    """Base64 with padding in one of both alphabets, as DSSE allows, and canonical: no bits are left over."""
    raw = _text(text, field, where)
    mixed = "+" in raw or "/" in raw
    for plain in (raw,) if mixed else (raw, raw.translate(_URL_SAFE)):
        try:
            data = binascii.a2b_base64(plain, strict_mode=True)
            if binascii.b2a_base64(data, newline=False) == plain.encode("ascii"):
                return data
        except ValueError:  # binascii.Error is one, and so is text that is no ASCII
            pass
    raise _malformed(f"{field} is not canonical base64", where, "base64 with padding", raw[:40])


def _text(value: object, field: str, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _malformed(f"{field} is missing or no text", where, "text", repr(value)[:40])
    return value


def _object(value: object, field: str, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(f"{field} is missing or no object", where, "a JSON object", repr(value)[:40])
    return value


def _malformed(message: str, where: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="NOT_AN_ENVELOPE", where=where, expected=expected, found=found)
