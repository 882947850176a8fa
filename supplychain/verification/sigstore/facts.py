"""What a caller expects of a Sigstore bundle, and what a verified one has proved. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from supplychain.artifact.digest import Digest
from supplychain.signing.identity import PublicKey
from supplychain.verification.sigstore.claims import Claims

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIdentity:
    """The signer must hold a certificate for this identity, vouched for by this issuer."""

    identity: str
    """The certificate's subject alternative name (URI, e-mail address or user name), compared whole."""
    issuer: str
    """URL of the OIDC issuer, compared whole."""
    pattern: bool = False
    """Read `identity` as a pattern (`*`, `?`), matched whole. `*` alone leaves the identity to the caller."""
    claims: Mapping[str, str] = field(default_factory=dict)
    """Further fields of `Claims` that must be there with exactly these values."""

    def __str__(self) -> str:
        return f"a certificate for {self.identity} by {self.issuer}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedKey:
    """The signer must hold this key."""

    keyid: str
    """Base64 of the SHA-256 of the SubjectPublicKeyInfo."""
    key: PublicKeyTypes = field(repr=False, compare=False)

    @staticmethod
    def parse(pem: bytes, *, where: str) -> ManagedKey:
        """Read a PEM public key: ECDSA P-256, P-384, P-521, Ed25519, or RSA of at least 2048 bits.

        Raises:
            MalformedInput: `NOT_A_KEY`.
        """
        from supplychain.verification.sigstore.keys import keyid_of, parse_pem

        key = parse_pem(pem, where=where)
        return ManagedKey(keyid=keyid_of(key), key=key)

    def __str__(self) -> str:
        return f"the key {self.keyid}"

    @staticmethod
    def of(key: PublicKey) -> ManagedKey:
        """The same key for this package."""
        return ManagedKey.parse(key.pem.encode(), where=f"key {key.keyid}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """How much evidence must stand beside the signature. Everything that is there is verified, whatever is required."""

    log_entries: int = 1
    """Entries in transparency logs."""
    times: int = 1
    """Trusted times (log or timestamp authority); asked for certificates only, a key has no lifetime of its own."""
    scts: int = 1
    """Certificate transparency: signed certificate timestamps; asked for certificates only."""


PUBLIC = Requirements()
"""What the public Sigstore instance gives and its client specification demands. The default."""
WITHOUT_LOG = Requirements(log_entries=0, scts=0)
"""For an instance without logs (GitHub's, for private repositories): certificate and timestamp alone."""
CERTIFICATE_TIME = Requirements(log_entries=0, times=0)
"""For a bare DSSE envelope that only carries its certificate: the chain is checked at the start of the certificate's
own lifetime. This believes that whoever held the short-lived key signed in time and threw it away; a key stolen later
could sign as well. Only for a caller who decides so explicitly: `VerifiedBundle.times` is then empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTime:
    """A time at which the signature existed, by someone the trusted root names."""

    source: Literal["log", "timestamp"]
    at: datetime
    authority: str
    """Address of the log or of the timestamp authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedEntry:
    """A log entry about this signature, by a log the trusted root names."""

    log: str
    """Address of the log."""
    log_id: str
    """Hexadecimal."""
    index: int
    """Index as the log gives it; in Rekor v1 it counts over all shards."""
    kind: str
    version: str
    integrated_time: datetime | None
    """None where the log keeps no time, or did not sign it."""
    proven: bool
    """True: a Merkle proof against a signed checkpoint. False: the log's signed promise only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCertificate:
    """The certificate whose key signed."""

    claims: Claims
    sha256: str
    """Fingerprint, hexadecimal."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedBundle:
    """A bundle whose every step has passed."""

    certificate: VerifiedCertificate | None
    """None when a managed key signed."""
    keyid: str | None
    """Key id of the managed key; None when a certificate signed."""
    times: tuple[VerifiedTime, ...]
    """Empty only for a managed key, or where the caller required none."""
    entries: tuple[VerifiedEntry, ...]
    payload_type: str | None
    """Of the DSSE envelope; None for a signature over an artifact. The caller must know the type."""
    payload: bytes | None
    """Exactly the bytes that were signed in the DSSE envelope."""
    artifact: Digest | None
    """The artifact that was asked for and is what the signature or statement is about; None when none was given."""

    @property
    def claims(self) -> Claims | None:
        """What the certificate says about its holder; None for a managed key."""
        return self.certificate.claims if self.certificate else None
