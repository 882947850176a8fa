"""The shapes that nearly all keyed envelopes have, read quickly: what `Envelope.parse` would give, or nothing.

A Sigstore bundle v0.1 to v0.3 with the hint of a key and no log entry, its fields in the order in which we write them
or in that of their numbers (protobuf's JSON), and a bare DSSE envelope. Whatever differs is left to `envelope`, and so
is to say what is wrong. Imports msgspec: for processes that read many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Decoder

from supplychain.encoding import read_quickly
from supplychain.signing.envelope import MEDIA_TYPES, Envelope, Signature


class _Signature(Struct, kw_only=True):
    keyid: str | UnsetType = UNSET
    sig: bytes


class _Dsse(Struct, rename="camel"):
    payload: bytes
    payload_type: str
    signatures: list[_Signature]


class _Key(Struct):
    hint: str


class _Material(Struct, rename="camel"):
    public_key: _Key
    tlog_entries: tuple[()] | UnsetType = UNSET


class _Sorted(Struct, rename="camel"):
    dsse_envelope: _Dsse
    media_type: str
    verification_material: _Material


class _Numbered(Struct, rename="camel"):
    media_type: str
    verification_material: _Material
    dsse_envelope: _Dsse


_SHAPES: dict[bytes, Callable[[bytes], _Sorted | _Numbered | _Dsse]] = {
    b"dsseEnvelope": Decoder(_Sorted).decode,
    b"mediaType": Decoder(_Numbered).decode,
    b"payload": Decoder(_Dsse).decode,
}
"""The first key of a document to what reads the rest of it."""


def read_plain(data: bytes) -> Envelope | None:
    """The envelope in a document of one of these shapes; None for any other, and for one that must be refused."""
    head = data[:64].split(b'"', 2)
    decode = _SHAPES.get(head[1]) if len(head) == 3 else None
    body = read_quickly(data, decode) if decode else None
    if body is None:
        return None
    if isinstance(body, _Dsse):
        return _envelope(body, "", None, "")
    if body.media_type not in MEDIA_TYPES:
        return None
    given = body.verification_material
    hint = given.public_key.hint
    material: dict[str, Any] = {"publicKey": {"hint": hint}}
    if given.tlog_entries is not UNSET:
        material["tlogEntries"] = []
    return _envelope(body.dsse_envelope, hint, material, body.media_type)


def _envelope(dsse: _Dsse, hint: str, material: dict[str, Any] | None, media_type: str) -> Envelope | None:
    if not dsse.payload or not dsse.payload_type:
        return None
    hint = hint if len(dsse.signatures) == 1 else ""
    signatures = []
    for one in dsse.signatures:
        if not one.sig:
            return None
        signatures.append(Signature(keyid=one.keyid or hint, sig=one.sig))
    return Envelope(
        payload_type=dsse.payload_type,
        payload=dsse.payload,
        signatures=tuple(signatures),
        material=material,
        media_type=media_type,
    )
