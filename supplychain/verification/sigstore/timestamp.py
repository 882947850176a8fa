"""RFC 3161 timestamps: an authority's word that a signature existed at a time.

Reads the response (RFC 3161 section 2.4.2) and its CMS signature (RFC 5652 section 5) with the strict reader of `der`.
Only what the RFC demands of a timestamp is accepted: one signer, signed attributes, the signer's certificate named in
them (RFC 5816). The authority must be one of the trusted root; a certificate inside the token proves nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.verification.sigstore import der
from supplychain.verification.sigstore.certificate import chain_at
from supplychain.verification.sigstore.der import DerError, Fields, Node, read_one
from supplychain.verification.sigstore.keys import accepts, digest_of, kinds_of
from supplychain.verification.sigstore.loading import extension, parse_certificate
from supplychain.verification.sigstore.trusted_root import Authority

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_TST_INFO_RAW = bytes.fromhex("060b2a864886f70d0109100104")
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
_HASHES: Mapping[str, str] = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_TIME = re.compile(rb"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{0,8}[1-9]))?Z")
"""GeneralizedTime as DER writes it: in UTC, a fraction without trailing zeros."""
_SIGNATURE_HASHES: Mapping[str, str] = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
"""Signature algorithms that fix their hash: ECDSA and RSA with SHA-2. Others use the signer's digest algorithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """A timestamp response, read and not verified."""

    at: datetime
    imprint_algorithm: str
    imprint: bytes
    nonce: int | None
    """The number of the request; it ties an answer to its question."""
    content: bytes
    """The TSTInfo that the signed attributes name by its digest."""
    certificates: tuple[bytes, ...]
    signer_issuer: bytes
    """DER of the name of who issued the signer's certificate."""
    signer_serial: int
    digest_algorithm: str
    attributes: Mapping[str, Node]
    signed: bytes
    """The signed attributes as they are signed: as a SET (RFC 5652 section 5.4)."""
    signature_hash: str
    signature: bytes

    @staticmethod
    def parse(data: bytes) -> Timestamp:
        """Read a response.

        Raises:
            VerificationFailed: `TIMESTAMP_INVALID`.
        """
        try:
            return _response(data)
        except (DerError, KeyError, ValueError) as error:
            raise _refuse("the timestamp cannot be read", "an RFC 3161 response in DER", str(error)) from None

    def names(self, certificate: Certificate) -> bool:
        """Whether this certificate's holder is said to have signed."""
        same = certificate.issuer.public_bytes() == self.signer_issuer
        return same and certificate.serial_number == self.signer_serial


def verify_timestamp(data: bytes, message: bytes, authorities: Sequence[Authority]) -> tuple[datetime, str]:
    """Verify one timestamp over a message.

    Args:
        data: The response in DER.
        message: What was stamped: the signature of the bundle.
        authorities: Timestamp authorities of the trusted root.

    Returns:
        The time and the authority's address.

    Raises:
        VerificationFailed: `TIMESTAMP_INVALID`: it cannot be read, is by nobody the trusted root names at that time, or
            something about it does not hold.
    """
    stamp = Timestamp.parse(data)
    # 1. The signer must be an authority of the trusted root, at that time.
    named = [(authority, signer) for authority in authorities for signer in _signers(stamp, authority)]
    current = [(authority, signer) for authority, signer in named if authority.valid.covers(stamp.at)]
    if not current:
        known = ", ".join(f"{authority.url} ({authority.valid})" for authority, _ in named)
        raise _refuse(
            "the timestamp is by nobody the trusted root names at that time", known or "an authority", str(stamp.at)
        )
    # 2. The signature must hold over the attributes, and they must name content and certificate.
    authority, signer = current[0]
    check_stamp(stamp, signer)
    _check_authority(stamp, signer, authority)
    # 3. What was stamped must be this message (RFC 3161 section 2.4.2, messageImprint).
    if digest_of(message, stamp.imprint_algorithm) != stamp.imprint:
        raise _refuse("the timestamp is about another signature", "this signature", stamp.imprint.hex())
    return stamp.at, authority.url


def _signers(stamp: Timestamp, authority: Authority) -> Iterable[Certificate]:
    """The authority's certificate that the timestamp names; from the token only if the root holds none but issuers."""
    from cryptography.x509 import BasicConstraints

    found = [certificate for certificate in authority.chain if stamp.names(certificate)]
    if found:
        return found
    constraints = extension(authority.chain[0], BasicConstraints)
    if constraints is None or not constraints.ca:
        return []
    known = {certificate.subject.public_bytes() for certificate in authority.chain}
    if stamp.signer_issuer not in known:
        return []
    brought = []
    for raw in stamp.certificates:
        try:
            brought.append(parse_certificate(raw))
        except MalformedInput:
            continue
    return [certificate for certificate in brought if stamp.names(certificate)]


def check_stamp(stamp: Timestamp, signer: Certificate) -> None:
    """Check that a certificate's key signed a timestamp. Raises VerificationFailed `TIMESTAMP_INVALID`."""
    # 2.1 The attributes must name the type and the digest of the content (RFC 5652 section 11.1 and 11.2).
    if stamp.attributes[_CONTENT_TYPE].raw != _TST_INFO_RAW:
        raise _refuse("the signed attributes name another content type", _TST_INFO, "another")
    stated = stamp.attributes[_MESSAGE_DIGEST]
    if stated.tag != der.OCTET_STRING or stated.value != digest_of(stamp.content, stamp.digest_algorithm):
        raise _refuse("the content of the timestamp is not what was signed", "its digest", "another digest")
    # 2.2 They must name the signer's certificate (RFC 5816).
    if not _names_certificate(stamp, signer):
        raise _refuse("the signed attributes name another certificate", "the signer's certificate", "another")
    # 2.3 The signature must hold.
    key = signer.public_key()
    if not kinds_of(key) or not accepts(key, stamp.signature, stamp.signed, stamp.signature_hash):
        raise _refuse("the signature of the timestamp does not match", signer.subject.rfc4514_string(), "another")


def _check_authority(stamp: Timestamp, signer: Certificate, authority: Authority) -> None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    # 2.4 The certificate is for timestamps, says so critically, and for nothing else (RFC 3161 section 2.3).
    usage = [e for e in signer.extensions if isinstance(e.value, x509.ExtendedKeyUsage)]
    if not usage or not usage[0].critical or list(usage[0].value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _refuse("the certificate is not for timestamps", "extended key usage timeStamping, critical", "another")
    # 2.5 It leads to the root of that authority, everything valid at the time that was stamped.
    try:
        chain_at(signer, [authority], stamp.at, ExtendedKeyUsageOID.TIME_STAMPING)
    except VerificationFailed as error:
        raise _refuse("the timestamp authority's certificate does not hold", error.expected, error.found) from None


def _names_certificate(stamp: Timestamp, signer: Certificate) -> bool:
    from cryptography.hazmat.primitives.serialization import Encoding

    raw = signer.public_bytes(Encoding.DER)
    try:
        if (attribute := stamp.attributes.get(_SIGNING_CERTIFICATE_V2)) is not None:
            first = Fields(Fields(attribute).take(der.SEQUENCE).children()[0])
            algorithm = first.maybe(der.SEQUENCE)
            name = _HASHES[Fields(algorithm).take(der.OID).oid()] if algorithm else "sha256"
            return first.take(der.OCTET_STRING).value == digest_of(raw, name)
        if (attribute := stamp.attributes.get(_SIGNING_CERTIFICATE)) is not None:
            first = Fields(Fields(attribute).take(der.SEQUENCE).children()[0])
            # The old attribute knows SHA-1 only. Which certificate is meant is already fixed by the trusted root.
            named = first.take(der.OCTET_STRING).value
            return named == hashlib.sha1(raw, usedforsecurity=False).digest()
    except (DerError, KeyError, IndexError):
        return False
    return False


def _response(data: bytes) -> Timestamp:
    response = Fields(read_one(data, der.SEQUENCE))
    status = Fields(response.take(der.SEQUENCE)).take(der.INTEGER).integer()
    if status not in (0, 1):  # granted, granted with modifications
        raise DerError(f"the request was refused with status {status}")
    content = Fields(response.take(der.SEQUENCE))
    response.end()
    if content.take(der.OID).oid() != _SIGNED_DATA:
        raise DerError("no signed data")
    (signed_data,) = content.take(der.CONTEXT_0).children()
    content.end()
    fields = Fields(signed_data)
    fields.take(der.INTEGER).integer()
    fields.take(der.SET)
    inner = Fields(fields.take(der.SEQUENCE))
    if inner.take(der.OID).oid() != _TST_INFO:
        raise DerError("no timestamp inside")
    (octets,) = inner.take(der.CONTEXT_0).children()
    certificates = fields.maybe(der.CONTEXT_0)
    fields.maybe(der.CONTEXT_1)
    (signer,) = fields.take(der.SET).children()
    fields.end()
    info = octets.expect(der.OCTET_STRING).value
    return _signer(signer, info, tuple(n.raw for n in certificates.children()) if certificates else ())


def _signer(node: Node, info: bytes, certificates: tuple[bytes, ...]) -> Timestamp:
    """SignerInfo (RFC 5652 section 5.3)."""
    fields = Fields(node)
    fields.take(der.INTEGER).integer()
    named = Fields(fields.take(der.SEQUENCE))
    issuer, serial = named.take(der.SEQUENCE).raw, named.take(der.INTEGER).integer()
    digest = _HASHES[Fields(fields.take(der.SEQUENCE)).take(der.OID).oid()]
    attributes = fields.take(der.CONTEXT_0)
    method = Fields(fields.take(der.SEQUENCE)).take(der.OID).oid()
    signature = fields.take(der.OCTET_STRING).value
    fields.maybe(der.CONTEXT_1)
    fields.end()
    at, algorithm, imprint, nonce = _info(info)
    return Timestamp(
        at=at,
        imprint_algorithm=algorithm,
        imprint=imprint,
        nonce=nonce,
        content=info,
        certificates=certificates,
        signer_issuer=issuer,
        signer_serial=serial,
        digest_algorithm=digest,
        attributes=_attributes(attributes),
        signed=bytes([der.SET]) + attributes.raw[1:],
        signature_hash=_SIGNATURE_HASHES.get(method, digest),
        signature=signature,
    )


def _attributes(node: Node) -> Mapping[str, Node]:
    found: dict[str, Node] = {}
    for item in node.children():
        fields = Fields(item)
        name = fields.take(der.OID).oid()
        values = fields.take(der.SET).children()
        if name in found or len(values) != 1:
            raise DerError("an attribute stands twice or has not one value")
        found[name] = values[0]
    if _CONTENT_TYPE not in found or _MESSAGE_DIGEST not in found:
        raise DerError("a required attribute is missing")
    return found


def _info(data: bytes) -> tuple[datetime, str, bytes, int | None]:
    """TSTInfo: version, policy, messageImprint, serialNumber, genTime, accuracy, ordering, nonce; no more is read."""
    fields = Fields(read_one(data, der.SEQUENCE))
    if fields.take(der.INTEGER).integer() != 1:
        raise DerError("another version")
    fields.take(der.OID)
    imprint = Fields(fields.take(der.SEQUENCE))
    algorithm = _HASHES[Fields(imprint.take(der.SEQUENCE)).take(der.OID).oid()]
    digest = imprint.take(der.OCTET_STRING).value
    fields.take(der.INTEGER).integer()
    time = _TIME.fullmatch(fields.take(der.GENERALIZED_TIME).value)
    if time is None:
        raise DerError("no time")
    fields.maybe(der.SEQUENCE)
    fields.maybe(der.BOOLEAN)
    nonce = fields.maybe(der.INTEGER)
    year, month, day, hour, minute, second = (int(part) for part in time.groups()[:6])
    fraction = int((time.group(7) or b"")[:6].ljust(6, b"0"))
    at = datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)
    return at, algorithm, digest, nonce.integer() if nonce else None


def _refuse(message: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code="TIMESTAMP_INVALID", expected=expected[:160], found=found[:160])
