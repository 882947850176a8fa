"""Certificates from their bytes, read in full before anything is decided about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from supplychain.errors import MalformedInput
from supplychain.verification.sigstore.der import CONTEXT_0, INTEGER, SEQUENCE, Fields, read_one

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_T = TypeVar("_T")


def parse_certificate(der: bytes) -> Certificate:
    """Read a certificate in DER.

    Raises:
        MalformedInput: `NOT_A_CERTIFICATE`: it cannot be read, or not in all its parts.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        _check_form(der)
        certificate = x509.load_der_x509_certificate(der)
        # `cryptography` reads lazily: touch every part now, or a later step fails for a reason of its own.
        _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.serial_number
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc, certificate.version
        _ = certificate.public_key(), certificate.signature, certificate.signature_hash_algorithm
        same = certificate.public_bytes(Encoding.DER) == der
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise MalformedInput(
            "the certificate cannot be read", code="NOT_A_CERTIFICATE", expected="X.509 in DER", found=str(error)[:120]
        ) from None
    if not same:
        raise MalformedInput("the certificate has another form than DER", code="NOT_A_CERTIFICATE", expected="DER")
    return certificate


def _check_form(der: bytes) -> None:
    """What `cryptography` lets pass: a serial number that is not positive, a signature with unused bits."""
    body, _, signature = read_one(der, SEQUENCE).children()
    fields = Fields(body)
    fields.maybe(CONTEXT_0)
    if fields.take(INTEGER).integer() <= 0 or signature.value[:1] != b"\0":
        raise ValueError("a serial number that is not positive, or a signature that is no whole bytes")


def extension(certificate: Certificate, kind: type[_T]) -> _T | None:
    """The extension of a kind; None when the certificate has none."""
    return next((e.value for e in certificate.extensions if isinstance(e.value, kind)), None)
