"""From a raw Sigstore bundle to a verified one: the only module that builds a `VerifiedBundle`.

Implements the verification of https://docs.sigstore.dev/about/bundle and the client specification
(https://github.com/sigstore/architecture-docs/blob/main/client-spec.md, section 4), offline. The steps, in order, and
the codes of their refusals:

0. The bundle carries one signature of the kind of signer asked for      NOT_SIGNED, UNKNOWN_SIGNER
1. Timestamps hold, by an authority of the trusted root                  TIMESTAMP_INVALID
2. Log entries are in a log of the trusted root (promise, checkpoint,    NOT_IN_LOG, UNKNOWN_LOG, PROMISE_INVALID,
   inclusion proof)                                                      CHECKPOINT_INVALID, LOG_PROOF_INVALID
3. There are trusted times, by 1 and 2                                   NO_TRUSTED_TIME
4. The certificate leads to the trusted root at each of these times      CERTIFICATE_EXPIRED, CERTIFICATE_UNTRUSTED
5. It was announced to a certificate transparency log                    SCT_INVALID
6. It keeps to the profile of a signing certificate                      CERTIFICATE_UNTRUSTED
7. It names the identity that is expected                                IDENTITY_MISMATCH, ISSUER_MISMATCH,
                                                                         CLAIM_MISMATCH
8. The signature is by its key, over the artifact or the envelope        SIGNATURE_MISMATCH, WRONG_ARTIFACT
9. The log entries are about this very signature                         LOG_ENTRY_MISMATCH
10. The statement in the envelope is about the artifact                  WRONG_ARTIFACT

For a managed key 4 to 7 do not apply: whoever gives the key vouches for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.sigstore.certificate import (
    chain_at,
    check_company,
    check_signing_profile,
)
from supplychain.verification.sigstore.claims import Claims, claims_of
from supplychain.verification.sigstore.content import Artifact, Subject, check_signature, check_statement
from supplychain.verification.sigstore.entry import Signed, check_entry
from supplychain.verification.sigstore.facts import (
    PUBLIC,
    CertificateIdentity,
    ManagedKey,
    Requirements,
    VerifiedBundle,
    VerifiedCertificate,
    VerifiedEntry,
    VerifiedTime,
)
from supplychain.verification.sigstore.loading import parse_certificate
from supplychain.verification.sigstore.rekor import check_period, verify_entry
from supplychain.verification.sigstore.sct import verify_scts
from supplychain.verification.sigstore.timestamp import verify_timestamp
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.trust import matches

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate

Signer = CertificateIdentity | ManagedKey


def verify_bundle(
    bundle: SigstoreBundle,
    *,
    artifact: Artifact,
    trusted_root: TrustedRoot,
    signer: Signer,
    requirements: Requirements = PUBLIC,
    where: str = "",
) -> VerifiedBundle:
    """Verify a Sigstore bundle, keyless or by a managed key. Reads no clock and no file.

    Args:
        bundle: The parsed bundle.
        artifact: What it must be about. None is allowed for an envelope only: then the caller must hold the statement
            in `VerifiedBundle.payload` against the artifact.
        trusted_root: Whose word is believed.
        signer: Who must have signed.
        requirements: How much evidence must stand beside the signature.
        where: Name of the bundle, for messages.

    Raises:
        VerificationFailed: A step failed; `code` says which (see the table of this module).
        MalformedInput: A certificate, or the signed statement, cannot be read.
    """
    try:
        return _Verification(bundle, Subject.of(artifact), trusted_root, requirements).run(signer)
    except SupplychainError as error:
        error.where = error.where or where
        raise


class _Verification:
    """One run over one bundle."""

    def __init__(self, bundle: SigstoreBundle, subject: Subject, root: TrustedRoot, required: Requirements) -> None:
        self.bundle = bundle
        self.subject = subject
        self.root = root
        self.required = required

    def run(self, signer: Signer) -> VerifiedBundle:
        # (0)
        certificate = self._signing_certificate(signer)
        # (1)
        times = self._timestamps()
        # (2)
        entries = self._log_entries(times)
        # (3)
        times += [
            VerifiedTime(source="log", at=entry.integrated_time, authority=entry.log)
            for entry in entries
            if entry.integrated_time is not None
        ]
        # (4) to (7)
        verified: VerifiedCertificate | None = None
        key: PublicKeyTypes
        if certificate is not None and isinstance(signer, CertificateIdentity):
            verified = self._certificate(certificate, times, signer)
            key = certificate.public_key()
        elif isinstance(signer, ManagedKey):
            key = signer.key
        else:
            raise AssertionError("step 0 matches certificate and signer")
        signed = Signed(
            signature=self.bundle.signature,
            key=key,
            certificate=self.bundle.certificate if certificate is not None else None,
            envelope=self.bundle.envelope,
            digests=self.subject.digests,
        )
        # (8)
        check_signature(self.bundle, signed, self.subject)
        # (9)
        for entry in self.bundle.entries:
            check_entry(entry, signed)
        # (10)
        envelope = self.bundle.envelope
        about = check_statement(envelope, self.subject) if envelope is not None else self.subject.digest
        return VerifiedBundle(
            certificate=verified,
            keyid=signer.keyid if isinstance(signer, ManagedKey) else None,
            times=tuple(times),
            entries=entries,
            payload_type=envelope.payload_type if envelope else None,
            payload=envelope.payload if envelope else None,
            artifact=about,
        )

    def _signing_certificate(self, signer: Signer) -> Certificate | None:
        envelope = self.bundle.envelope
        if envelope is not None and len(envelope.signatures) != 1:
            raise VerificationFailed(
                "the envelope of a bundle carries exactly one signature",
                code="NOT_SIGNED",
                expected="1",
                found=str(len(envelope.signatures)),
            )
        der = self.bundle.certificate
        if isinstance(signer, ManagedKey) is (der is not None):
            raise VerificationFailed(
                "signed by another kind of signer than the one that is expected",
                code="UNKNOWN_SIGNER",
                expected=str(signer),
                found="a certificate" if der is not None else f"a key (hint {self.bundle.key_hint or 'none'})",
                hint="give the key with --key" if der is None else "give the identity and issuer of the certificate",
            )
        return parse_certificate(der) if der is not None else None

    def _timestamps(self) -> list[VerifiedTime]:
        stamps = self.bundle.timestamps
        if len(set(stamps)) != len(stamps):
            raise VerificationFailed("the same timestamp stands twice", code="TIMESTAMP_INVALID")
        found = [verify_timestamp(s, self.bundle.signature, self.root.timestamp_authorities) for s in stamps]
        return [VerifiedTime(source="timestamp", at=at, authority=url) for at, url in found]

    def _log_entries(self, times: Sequence[VerifiedTime]) -> tuple[VerifiedEntry, ...]:
        entries = self.bundle.entries
        if len({entry.body for entry in entries}) != len(entries):
            raise VerificationFailed("the same log entry stands twice", code="NOT_IN_LOG")
        if len(entries) < self.required.log_entries:
            raise VerificationFailed(
                "the signature is in no transparency log",
                code="NOT_IN_LOG",
                expected=f"at least {self.required.log_entries} log entry",
                found=str(len(entries)),
            )
        verified = tuple(verify_entry(entry, self.root.logs, version=self.bundle.version) for entry in entries)
        for entry in entries:
            if entry.promise is None:
                check_period(entry.log_id, [time.at for time in times], self.root.logs)
        return verified

    def _certificate(
        self, certificate: Certificate, times: Sequence[VerifiedTime], signer: CertificateIdentity
    ) -> VerifiedCertificate:
        from cryptography.x509.oid import ExtendedKeyUsageOID

        # (3) Each source counts once, however many times it gives.
        if len({(time.source, time.authority) for time in times}) < self.required.times:
            raise VerificationFailed(
                "nobody we trust says when this was signed",
                code="NO_TRUSTED_TIME",
                expected=f"{self.required.times} signed time by a log or authority of the trusted root",
                found=str(len(times)),
            )
        # (4) At every one of them; without any, at the start of the certificate's own life (see CERTIFICATE_TIME).
        moments: list[datetime] = [time.at for time in times] or [certificate.not_valid_before_utc]
        chains = [chain_at(certificate, self.root.authorities, at, ExtendedKeyUsageOID.CODE_SIGNING) for at in moments]
        # (5)
        verify_scts(certificate, chains[0][0], self.root.ct_logs, required=self.required.scts)
        # (6)
        check_signing_profile(certificate)
        check_company(self.bundle.chain, self.root.authorities)
        # (7)
        claims = claims_of(certificate)
        _check_identity(claims, signer)
        return VerifiedCertificate(
            claims=claims,
            sha256=hashlib.sha256(self.bundle.certificate or b"").hexdigest(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )


def _check_identity(claims: Claims, signer: CertificateIdentity) -> None:
    if claims.issuer != signer.issuer:
        raise _differs("ISSUER_MISMATCH", "another issuer vouches for the signer", signer.issuer, claims.issuer)
    same = matches(signer.identity, claims.identity) if signer.pattern else claims.identity == signer.identity
    if not same:
        raise _differs("IDENTITY_MISMATCH", "signed by somebody else", signer.identity, claims.identity)
    for name, value in signer.claims.items():
        found = getattr(claims, name, "") if name in Claims.__slots__ else ""
        if not value or found != value:
            raise _differs("CLAIM_MISMATCH", f"the certificate says something else about {name}", value, found)


def _differs(code: str, message: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code=code, expected=expected, found=found or "nothing")
