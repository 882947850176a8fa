"""An RFC 3161 authority: reads a request, and answers with a signed token about exactly what was asked."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from supplychain.verification.sigstore import der
from tests.conformance.forge import Instance, integer, oid, sign, tlv
from tests.conformance.forge import der as der_of

_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_SHA256 = "2.16.840.1.101.3.4.2.1"


class Stamper:
    """The timestamp authority of an instance."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.ago = timedelta()
        self.change: dict[str, Any] = {}
        """Defects: `nonce`, `imprint`, `status`, `key`."""
        self.stamped = 0

    def answer(self, request: bytes) -> bytes:
        """TimeStampReq to TimeStampResp. Raises der.DerError for no request."""
        fields = der.Fields(der.read_one(request, der.SEQUENCE))
        if fields.take(der.INTEGER).integer() != 1:
            raise der.DerError("another version")
        imprint = fields.take(der.SEQUENCE)
        fields.maybe(der.OID)
        nonce = fields.maybe(der.INTEGER)
        wanted = fields.maybe(der.BOOLEAN)
        fields.end()
        inside = der.Fields(imprint)
        if der.Fields(inside.take(der.SEQUENCE)).take(der.OID).oid() != _SHA256:
            raise der.DerError("another hash")
        digest = inside.take(der.OCTET_STRING).value
        self.stamped += 1
        if "status" in self.change:
            return tlv(0x30, tlv(0x30, integer(self.change["status"])))
        number = nonce.integer() if nonce else None
        return self._token(
            self.change.get("imprint", digest),
            self.change.get("nonce", number),
            certificate=wanted is not None and wanted.value == b"\xff",
        )

    def _token(self, digest: bytes, nonce: int | None, *, certificate: bool) -> bytes:
        signer, sha256 = self.instance.tsa, tlv(0x30, oid(_SHA256), tlv(0x05))
        time = tlv(0x18, (datetime.now(UTC) - self.ago).strftime("%Y%m%d%H%M%SZ").encode())
        parts = [integer(1), oid("1.3.6.1.4.1.57264.2"), tlv(0x30, sha256, tlv(0x04, digest)), integer(7), time]
        parts.append(tlv(0x30, integer(1)))  # accuracy: one second
        if nonce is not None:
            parts.append(integer(nonce))
        info = tlv(0x30, *parts)
        named = tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x04, hashlib.sha256(der_of(signer)).digest()))))
        attributes = b"".join(
            tlv(0x30, oid(name), tlv(0x31, value))
            for name, value in (
                ("1.2.840.113549.1.9.3", oid(_TST_INFO)),
                ("1.2.840.113549.1.9.4", tlv(0x04, hashlib.sha256(info).digest())),
                ("1.2.840.113549.1.9.16.2.47", named),
            )
        )
        who = tlv(0x30, signer.issuer.public_bytes(), integer(signer.serial_number))
        key = self.change.get("key", self.instance.tsa_key)
        signature = tlv(0x04, sign(key, tlv(0x31, attributes)))
        ecdsa = tlv(0x30, oid("1.2.840.10045.4.3.2"))
        signer_info = tlv(0x30, integer(1), who, sha256, tlv(0xA0, attributes), ecdsa, signature)
        content = tlv(0x30, oid(_TST_INFO), tlv(0xA0, tlv(0x04, info)))
        brought = tlv(0xA0, der_of(signer)) if certificate else b""
        signed = tlv(0x30, integer(3), tlv(0x31, sha256), content, brought, tlv(0x31, signer_info))
        token = tlv(0x30, oid("1.2.840.113549.1.7.2"), tlv(0xA0, signed))
        return tlv(0x30, tlv(0x30, integer(0)), token)
