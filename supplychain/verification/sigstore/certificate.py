"""Certificates: a chain to the trusted root at a time, and the profile a signing certificate must keep to.

Implements RFC 5280 section 6.1 as far as Sigstore's certificates use it, and Fulcio's certificate profile
(https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md). Chains are built from certificates of
the trusted root only; what a bundle brings along is never used. An extension that is critical and not known here makes
a certificate unusable, so name constraints are never silently ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from supplychain.encoding import format_time
from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.keys import kinds_of
from supplychain.verification.sigstore.loading import extension, parse_certificate
from supplychain.verification.sigstore.trusted_root import Authority

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, ObjectIdentifier

MAX_CHAIN = 8
_KNOWN_CRITICAL = frozenset({"2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.37"})
"""Key usage, subject alternative name, basic constraints, extended key usage."""


def chain_at(
    leaf: Certificate, authorities: Sequence[Authority], at: datetime, usage: ObjectIdentifier
) -> tuple[Certificate, ...]:
    """The chain from a certificate to a trusted root that holds at a time.

    Args:
        leaf: The certificate to be believed.
        authorities: Those of the trusted root.
        at: Verified time of the signature.
        usage: The purpose (extended key usage) that every certificate of the chain must allow.

    Returns:
        The issuers, the direct one first.

    Raises:
        VerificationFailed: `CERTIFICATE_EXPIRED`: the certificate does not hold at this time. `CERTIFICATE_UNTRUSTED`:
            nobody in the trusted root vouches for it at this time.
    """
    # 1. The certificate itself must hold at the time (RFC 5280 section 6.1.3 (a)(2)); both ends belong to its period.
    if not _holds(leaf, at):
        raise VerificationFailed(
            "the signature was not made while the certificate was valid",
            code="CERTIFICATE_EXPIRED",
            expected=f"{format_time(leaf.not_valid_before_utc)} to {format_time(leaf.not_valid_after_utc)}",
            found=format_time(at),
        )
    # 2. Some authority, trusted at this time, must lead to it.
    reason = "no authority of the trusted root issued it"
    for authority in authorities:
        path = _path(leaf, authority.chain, usage, at)
        if path and authority.valid.covers(at):
            return path
        if path:
            reason = f"{authority.url} is trusted {authority.valid}, not at {format_time(at)}"
    raise VerificationFailed(
        "the certificate does not lead to the trusted root",
        code="CERTIFICATE_UNTRUSTED",
        expected="a chain to a certificate authority of the trusted root",
        found=f"issuer {leaf.issuer.rfc4514_string()}: {reason}",
        hint="is this the trusted root of the instance that was signed with?",
    )


def check_signing_profile(certificate: Certificate) -> None:
    """Hold a certificate against the profile of a signing certificate.

    Raises:
        VerificationFailed: `CERTIFICATE_UNTRUSTED`.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    # 1. It must be no authority itself.
    if certificate.version != x509.Version.v3 or _is_authority(certificate):
        raise _refuse("the certificate is that of an authority, not of a signer")
    # 2. Its key may sign, and sign code.
    usage = extension(certificate, x509.KeyUsage)
    if usage is None or not usage.digital_signature or usage.key_cert_sign:
        raise _refuse("the key of the certificate is not for signatures (key usage)")
    purposes = extension(certificate, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.CODE_SIGNING not in purposes:
        raise _refuse("the certificate is not for signing code (extended key usage)")
    # 3. Every critical extension must be understood, and the key be of an accepted kind.
    if not _understood(certificate) or not kinds_of(certificate.public_key()):
        raise _refuse("the certificate has a critical extension or a key that is not known")


def check_company(chain: Sequence[bytes], authorities: Sequence[Authority]) -> None:
    """Hold the further certificates of a bundle v0.1 or v0.2 against the trusted root.

    They are never used, and a bundle should bring no root. Old clients did bring those of the public instance, so these
    are let pass; a root that is not one of the trusted root is somebody's attempt at having it believed.

    Raises:
        VerificationFailed: `CERTIFICATE_UNTRUSTED`.
        MalformedInput: One cannot be read.
    """
    known = [certificate for authority in authorities for certificate in authority.chain]
    for der in chain:
        certificate = parse_certificate(der)
        if certificate.subject == certificate.issuer and certificate not in known:
            raise _refuse(f"the bundle brings a root of its own: {certificate.subject.rfc4514_string()}")


def _path(
    child: Certificate, pool: Sequence[Certificate], usage: ObjectIdentifier, at: datetime, below: int = 0
) -> tuple[Certificate, ...]:
    """Issuers from a certificate up to the last one of the pool, which is the trust anchor; empty if there is none."""
    if below > MAX_CHAIN:
        return ()
    for issuer in pool:
        if issuer == child or not _issued(child, issuer) or not _may_issue(issuer, usage, at, below):
            continue
        if issuer == pool[-1]:
            # The anchor is a root: it must bear out its own signature, or it is damaged.
            return (issuer,) if _issued(issuer, issuer) else ()
        rest = _path(issuer, [c for c in pool if c != issuer], usage, at, below + 1)
        if rest:
            return (issuer, *rest)
    return ()


def _issued(child: Certificate, issuer: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        child.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(issuer: Certificate, usage: ObjectIdentifier, at: datetime, below: int) -> bool:
    """RFC 5280 section 6.1.4 (k) to (n): an authority that may sign certificates, and so many below it."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    constraints = extension(issuer, x509.BasicConstraints)
    if constraints is None or not constraints.ca or not _holds(issuer, at) or not _understood(issuer):
        return False
    if constraints.path_length is not None and below > constraints.path_length:
        return False
    key_usage = extension(issuer, x509.KeyUsage)
    purposes = extension(issuer, x509.ExtendedKeyUsage)
    allowed = purposes is None or usage in purposes or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes
    return allowed and (key_usage is None or key_usage.key_cert_sign)


def _is_authority(certificate: Certificate) -> bool:
    from cryptography import x509

    constraints = extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def _understood(certificate: Certificate) -> bool:
    return all(not e.critical or e.oid.dotted_string in _KNOWN_CRITICAL for e in certificate.extensions)


def _holds(certificate: Certificate, at: datetime) -> bool:
    # A certificate's times are whole seconds, and its last second belongs to it.
    whole = at.replace(microsecond=0)
    return certificate.not_valid_before_utc <= at and whole <= certificate.not_valid_after_utc


def _refuse(message: str) -> VerificationFailed:
    return VerificationFailed(message, code="CERTIFICATE_UNTRUSTED")
