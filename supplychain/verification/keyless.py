"""What trust needs of Sigstore: who signed by a certificate, and when somebody signed by a key.

`verification.sigstore` does the verifying; this module asks it with the identities and the trusted root of a trust
file. Imported only for evidence that carries a certificate, or whose time or log entry decides.

1. the certificate's issuer is one that some identity names, and its subject and claims are those of an identity:
   else UNKNOWN_SIGNER. What the certificate says only chooses here; it is believed after 2.
2. certificate, time, log and signature hold against the trusted root: the codes of `sigstore.verifier`
3. the identity was valid at the earliest trusted time: KEY_REVOKED, KEY_EXPIRED, KEY_NOT_YET_VALID
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.signing.envelope import Envelope
from supplychain.signing.identity import PublicKey
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.blob_signature import OverBytes
from supplychain.verification.signatory import LogFact, Signatory
from supplychain.verification.sigstore.claims import Claims, claims_of
from supplychain.verification.sigstore.facts import (
    PUBLIC,
    WITHOUT_LOG,
    CertificateIdentity,
    ManagedKey,
    Requirements,
)
from supplychain.verification.sigstore.loading import parse_certificate
from supplychain.verification.sigstore.verifier import verify_bundle
from supplychain.verification.trust import Identity, Trust

_KEY = Requirements(log_entries=0, times=0, scts=0)
_LOGGED_KEY = Requirements(log_entries=1, times=0, scts=0)


def certificate_signers(envelope: Envelope, trust: Trust, *, at: datetime, where: str) -> tuple[Signatory, ...]:
    """The identities whose certificate signed an envelope.

    Raises:
        VerificationFailed: `UNKNOWN_SIGNER`, a step of Sigstore's verification, or `KEY_REVOKED`, `KEY_EXPIRED`,
            `KEY_NOT_YET_VALID` when every identity it could be has ended or not begun.
        MalformedInput: Bundle or certificate cannot be read.
    """
    bundle = _bundle(envelope, where)
    # (1)
    claims = claims_of(parse_certificate(bundle.certificate or b""))
    every = _known(claims, trust, where)
    # (2) A log entry may be missing only where every identity left says so.
    unlogged = [identity for identity in every if not identity.log]
    known, required = (unlogged, WITHOUT_LOG) if unlogged and not bundle.entries else (every, PUBLIC)
    signer = CertificateIdentity(identity=claims.identity, issuer=claims.issuer)
    verified = verify_bundle(
        bundle,
        artifact=_file(envelope),
        trusted_root=trust.root.load(),
        signer=signer,
        requirements=required,
        where=where,
    )
    if verified.claims != claims:
        raise AssertionError("the same certificate says the same")
    # (3)
    signed_at = min(time.at for time in verified.times)
    who = f"{claims.identity} by {claims.issuer}"
    log: LogFact = "included" if verified.entries else "pending"
    found, revoked, first_error = [], [], None
    for identity in every:
        try:
            identity.check_time(at, signed_at=signed_at)
        except VerificationFailed as error:
            first_error = first_error or error
            revoked += [identity.certificate] if error.code == "KEY_REVOKED" else []
            continue
        if identity in known:
            found.append(Signatory(identity=identity, who=who, subject=claims.identity, signed_at=signed_at, log=log))
    # As for keys: revoked under one name is revoked under every name that means the very same certificates.
    found = [one for one in found if one.identity.certificate not in revoked]
    if first_error and not found:
        raise first_error
    return tuple(found)


def keyed_time(envelope: Envelope, identity: Identity, trust: Trust, *, where: str) -> tuple[datetime | None, str]:
    """The earliest trusted time of a key's signature, which has been checked, and why there is none.

    Raises:
        VerificationFailed: The identity asks for a log entry, and it is missing or does not hold.
        MalformedInput: The same, and it cannot be read.
    """
    if identity.key is None:
        raise AssertionError("a key was asked about")
    try:
        bundle = _bundle(envelope, where)
        verified = verify_bundle(
            bundle,
            artifact=_file(envelope),
            trusted_root=trust.root.load(),
            signer=ManagedKey.of(identity.key),
            requirements=_LOGGED_KEY if identity.log else _KEY,
            where=where,
        )
    except SupplychainError as error:
        if identity.log:
            raise
        return (
            None,
            f"the time of the decision: what lies beside the signature gives no other ({error.code}: {error.message})",
        )
    return min((time.at for time in verified.times), default=None), ""


def log_fact(envelope: Envelope, key: PublicKey, trust: Trust, *, where: str) -> tuple[LogFact, datetime | None]:
    """What logs and timestamp authorities say beside a key's signature, which has been checked; and the earliest time.

    What does not hold counts as not there: whoever asks for it (`log: true`, a policy) does not get it.
    """
    try:
        verified = verify_bundle(
            _bundle(envelope, where),
            artifact=_file(envelope),
            trusted_root=trust.root.load(),
            signer=ManagedKey.of(key),
            requirements=_KEY,
            where=where,
        )
    except SupplychainError:
        return "none", None
    at = min((time.at for time in verified.times), default=None)
    if verified.entries:
        return "included", at
    return "pending" if at else "none", at


def _bundle(envelope: Envelope, where: str) -> SigstoreBundle:
    if envelope.material is None:
        raise VerificationFailed(
            "the signature is in no transparency log",
            code="NOT_IN_LOG",
            where=where,
            expected="a Sigstore bundle with a log entry",
            found="a bare envelope",
        )
    body: dict[str, object] = {"mediaType": envelope.media_type, "verificationMaterial": envelope.material}
    given = envelope.to_json()
    if isinstance(envelope, OverBytes):
        body["messageSignature"] = {"signature": given["signatures"][0]["sig"]}
    else:
        body["dsseEnvelope"] = given
    return SigstoreBundle.from_json(body, where=where)


def _file(envelope: Envelope) -> bytes | None:
    """The file, where that itself was signed; a statement is held against its artifact later."""
    return envelope.payload if isinstance(envelope, OverBytes) else None


def _known(claims: Claims, trust: Trust, where: str) -> Sequence[Identity]:
    asked = [(identity, identity.certificate) for identity in trust.identities.values() if identity.certificate]
    reasons = [(identity, rule.refuses(claims)) for identity, rule in asked]
    found = [identity for identity, reason in reasons if not reason]
    if found:
        return found
    near = [f"{identity.name}: {reason}" for identity, reason in reasons[:3]]
    raise VerificationFailed(
        "signed by somebody we do not know",
        code="UNKNOWN_SIGNER",
        where=where,
        expected=("; ".join(near) or "a key: the trust file names no certificates")[:500],
        found=f"a certificate for {claims.identity} by {claims.issuer}"[:300],
        hint="if this signer is to be believed, name issuer and subject in the trust file",
    )
