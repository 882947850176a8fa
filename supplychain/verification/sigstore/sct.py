"""Signed certificate timestamps: proof that a certificate was announced to a certificate transparency log (RFC 6962).

Fulcio embeds them, so what was signed is the certificate without them: the precertificate of section 3.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.keys import accepts, spki_of
from supplychain.verification.sigstore.trusted_root import Log

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from cryptography.x509.certificate_transparency import SignedCertificateTimestamp


def verify_scts(certificate: Certificate, issuer: Certificate, logs: Sequence[Log], *, required: int) -> None:
    """Verify the timestamps a certificate carries.

    Those by logs the trusted root does not name, or made outside of the log's period, do not count; one that names a
    trusted log and does not match is refused.

    Args:
        certificate: The signing certificate.
        issuer: The certificate that issued it.
        logs: Certificate transparency logs of the trusted root.
        required: How many must stand.

    Raises:
        VerificationFailed: `SCT_INVALID`.
    """
    from cryptography import x509

    try:
        kind = x509.PrecertificateSignedCertificateTimestamps
        found = list(certificate.extensions.get_extension_for_class(kind).value)
    except x509.ExtensionNotFound:
        found = []
    except ValueError as error:
        raise _refuse("the certificate timestamps cannot be read", "RFC 6962", str(error)) from None
    good: set[bytes] = set()
    for sct in found:
        made = sct.timestamp.replace(tzinfo=UTC)
        known = [log for log in logs if sct.log_id in (log.log_id, log.key_hash) and log.valid.covers(made)]
        if not known:
            continue
        data = _signed(sct, certificate, issuer)
        if not any(accepts(log.key, sct.signature, data, "sha256") for log in known):
            raise _refuse("the signature of a certificate timestamp does not match", known[0].url, "another signature")
        good.add(sct.log_id)
    if len(good) < required:
        expected = f"{required} by {', '.join(log.url for log in logs) or 'a log, and the trusted root names none'}"
        raise _refuse("the certificate was not announced to a log we trust", expected, f"{len(good)} of {len(found)}")


def _signed(sct: SignedCertificateTimestamp, certificate: Certificate, issuer: Certificate) -> bytes:
    """The `digitally-signed` structure of section 3.2."""
    body = certificate.tbs_precertificate_bytes
    milliseconds = int(sct.timestamp.replace(tzinfo=UTC, microsecond=0).timestamp()) * 1000
    milliseconds += sct.timestamp.microsecond // 1000
    return b"".join(
        (
            b"\x00",  # sct_version: v1
            b"\x00",  # signature_type: certificate_timestamp
            milliseconds.to_bytes(8, "big"),
            b"\x00\x01",  # entry_type: precert_entry
            hashlib.sha256(spki_of(issuer.public_key())).digest(),  # issuer_key_hash
            len(body).to_bytes(3, "big"),
            body,  # the TBSCertificate without the timestamps
            len(sct.extension_bytes).to_bytes(2, "big"),
            sct.extension_bytes,
        )
    )


def _refuse(message: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code="SCT_INVALID", expected=expected, found=found[:160])
