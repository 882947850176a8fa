"""Is what a timestamp authority answered the answer to this question? Asked by whoever signs, before it is kept."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.verification.sigstore.keys import digest_of
from supplychain.verification.sigstore.loading import parse_certificate
from supplychain.verification.sigstore.timestamp import Timestamp, check_stamp, verify_timestamp
from supplychain.verification.sigstore.trusted_root import Authority


def check_answer(data: bytes, message: bytes, nonce: int, *, authorities: Sequence[Authority] | None) -> None:
    """Check an answer (RFC 3161 section 2.4.2).

    Args:
        data: The response in DER.
        message: What was to be stamped.
        nonce: The number of the request.
        authorities: Those of the trusted root. None, where there is no root: then the signature is checked with the
            certificate that the answer brings, which shows that it is whole, not whose it is.

    Raises:
        VerificationFailed: `TIMESTAMP_INVALID`.
    """
    stamp = Timestamp.parse(data)
    # 1. It must carry our number: an old answer, or one to another, does not.
    if stamp.nonce != nonce:
        raise _refuse("the timestamp answers another request", "the nonce of this one", f"nonce {stamp.nonce}")
    if authorities is not None:
        verify_timestamp(data, message, authorities)
        return
    # 2. It must be about this message,
    if digest_of(message, stamp.imprint_algorithm) != stamp.imprint:
        raise _refuse("the timestamp is about something else", "this signature", stamp.imprint.hex())
    # 3. and whole.
    for raw in stamp.certificates:
        try:
            certificate = parse_certificate(raw)
        except MalformedInput:
            continue
        if stamp.names(certificate):
            check_stamp(stamp, certificate)
            return
    raise _refuse("the timestamp does not bring its signer's certificate", "the certificate we asked for", "none")


def _refuse(message: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code="TIMESTAMP_INVALID", expected=expected, found=found)
