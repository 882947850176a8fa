"""Signed in-toto metadata: a layout or a link in either of its covers, as bytes that signatures are checked over.

- Metablock (`{"signed", "signatures"}`, in-toto specification 1.0 section 4.1): what is signed is the canonical JSON of
  `signed`, so that has to be parsed first; it is parsed strictly and not interpreted.
- DSSE with payload type `application/vnd.in-toto+json`, bare or in a Sigstore bundle: what is signed are the bytes.

Everything here is unverified until `signers` has answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import Envelope
from supplychain.statement.statement import PAYLOAD_TYPE
from supplychain.verification.layout_keys import LayoutKey

MAX_METADATA = 16 * 1024 * 1024
"""Largest accepted layout or link in bytes."""
MAX_SIGNATURES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMetadata:
    """A layout or a link as it was found."""

    ref: str
    """Where it lay."""
    message: bytes
    """What the signatures are over."""
    hints: frozenset[str]
    """Key ids the signatures name; they prove nothing."""
    signatures: tuple[bytes, ...]
    payload: bytes
    """The bytes of the document, DSSE only."""
    signed: Mapping[str, Any] | None
    """The document of a Metablock; None for DSSE."""

    @staticmethod
    def parse(data: bytes, *, where: str) -> SignedMetadata:
        """Parse either form.

        Raises:
            MalformedInput: Neither of them (`NOT_METADATA`), JSON that two readers could read in two ways, or larger
                than MAX_METADATA.
        """
        body = parse_json_object(data, where=where, max_bytes=MAX_METADATA)
        if "signed" in body:
            return _metablock(body, where)
        envelope = Envelope.parse(data, where=where)
        if envelope.payload_type != PAYLOAD_TYPE:
            raise _malformed(where, "another type of payload", PAYLOAD_TYPE, envelope.payload_type)
        if len(envelope.signatures) > MAX_SIGNATURES:
            raise _malformed(where, "too many signatures", f"at most {MAX_SIGNATURES}", str(len(envelope.signatures)))
        return SignedMetadata(
            ref=where,
            message=envelope.pae(),
            hints=frozenset(s.keyid for s in envelope.signatures),
            signatures=tuple(s.sig for s in envelope.signatures),
            payload=envelope.payload,
            signed=None,
        )

    def signers(self, keys: Iterable[LayoutKey]) -> tuple[LayoutKey, ...]:
        """Those of some keys that have signed it; what key ids the signatures name does not matter."""
        return tuple(k for k in keys if any(k.public.accepts(sig, self.message) for sig in self.signatures))

    def document(self) -> dict[str, Any]:
        """The layout or link; to be asked for after `signers`. Raises MalformedInput when the payload is no JSON."""
        if self.signed is not None:
            return dict(self.signed)
        return parse_json_object(self.payload, where=self.ref, max_bytes=MAX_METADATA)

    @property
    def digest(self) -> Digest:
        """SHA-256 of the document's bytes, without signatures."""
        return Digest.of_bytes(self.payload if self.signed is None else self.message)


def canonical(value: object, *, where: str) -> bytes:
    """Canonical JSON as securesystemslib has it: sorted, no spaces, quote and backslash escaped, no fractions.

    Raises:
        MalformedInput: There is a fraction in it, which has no canonical form.
    """
    return "".join(_canonical(value, where)).encode("utf-8")


def _canonical(value: object, where: str) -> Iterable[str]:
    match value:
        case str():
            yield '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case bool() | None:
            yield {True: "true", False: "false", None: "null"}[value]
        case int():
            yield str(value)
        case list():
            yield "[" + ",".join("".join(_canonical(item, where)) for item in value) + "]"
        case dict():
            pairs = (("".join(_canonical(k, where)), "".join(_canonical(value[k], where))) for k in sorted(value))
            yield "{" + ",".join(f"{key}:{item}" for key, item in pairs) + "}"
        case _:
            raise _malformed(where, "a number that has no canonical form", "whole numbers", repr(value)[:40])


def _metablock(body: Mapping[str, Any], where: str) -> SignedMetadata:
    signed, signatures = body["signed"], body.get("signatures")
    if not isinstance(signed, dict) or not isinstance(signatures, list) or len(signatures) > MAX_SIGNATURES:
        raise _malformed(where, "not signed metadata", '"signed" and "signatures"', ", ".join(sorted(body)))
    found = [_signature(item, where) for item in signatures]
    return SignedMetadata(
        ref=where,
        message=canonical(signed, where=where),
        hints=frozenset(keyid for keyid, _ in found),
        signatures=tuple(sig for _, sig in found),
        payload=b"",
        signed=signed,
    )


def _signature(item: object, where: str) -> tuple[str, bytes]:
    keyid = item.get("keyid") if isinstance(item, dict) else None
    text = item.get("sig") if isinstance(item, dict) else None
    if not isinstance(keyid, str) or not isinstance(text, str):
        raise _malformed(where, "not a signature", '"keyid" and "sig", no OpenPGP', repr(item))
    try:
        return keyid, bytes.fromhex(text)
    except ValueError:
        raise _malformed(where, "a signature is not hexadecimal", "hexadecimal digits", text) from None


def _malformed(where: str, message: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="NOT_METADATA", where=where, expected=expected, found=found[:120])
