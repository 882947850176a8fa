"""RFC 3161: asking an authority to say when a signature existed (sections 2.4.1 and 3.4, over HTTP).

The request names the SHA-256 of the signature and a fresh number (nonce), so that neither another's timestamp nor an
old one can be the answer. What comes back is held against both, and verified, by the check it is given: a timestamp
that does not stand never gets into a bundle.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from supplychain.errors import VerificationFailed
from supplychain.signing.service import Service, text_of

Check = Callable[[bytes, bytes, int], None]
"""Response, signature and nonce; raises VerificationFailed."""
_SHA256 = bytes.fromhex("300b0609608648016503040201")
_VERSION, _TRUE = b"\x02\x01\x01", b"\x01\x01\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampAuthority:
    """A timestamp authority at an address."""

    service: Service
    check: Check

    @staticmethod
    def at(url: str, check: Check) -> TimestampAuthority:
        """An authority at an address that a user gave. Raises UsageError as `Service.at`."""
        return TimestampAuthority(service=Service.at("TIMESTAMP", "the timestamp authority", url), check=check)

    def stamp(self, signature: bytes) -> bytes:
        """A timestamp over a signature.

        Returns:
            The response in DER, verified.

        Raises:
            ToolFailed: The authority cannot be reached, refuses, or its answer does not hold (`TIMESTAMP_ANSWER`).
        """
        nonce = secrets.randbits(64)
        answer = self.service.send(
            "POST",
            "",
            request_for(signature, nonce),
            {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
        )
        if answer.status not in (200, 201):
            raise self.service.failed("REFUSED", f"status {answer.status}: {text_of(answer)}")
        try:
            self.check(answer.body, signature, nonce)
        except VerificationFailed as error:
            raise self.service.failed(
                "ANSWER",
                f"{error.message}: {error.found}",
                expected=error.expected,
                hint="is the trusted root that of this authority?",
            ) from error
        return answer.body


def request_for(message: bytes, nonce: int) -> bytes:
    """TimeStampReq in DER: version 1, SHA-256 of the message, nonce, and the wish to get the certificate too."""
    imprint = _tlv(0x30, _SHA256, _tlv(0x04, hashlib.sha256(message).digest()))
    number = _tlv(0x02, nonce.to_bytes(nonce.bit_length() // 8 + 1, "big"))
    return _tlv(0x30, _VERSION, imprint, number, _TRUE)


def _tlv(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)  # never 128 bytes or more
    return bytes([tag, len(value)]) + value
