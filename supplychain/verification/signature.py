"""Which identities signed an envelope (DSSE protocol, section "Verification").

1. The payload type must be the expected one; it is signed too, so it cannot be changed afterwards.
2. Every signature is checked over the pre-authentication encoding of the exact bytes received.
3. The key id is only a hint: it chooses which key to try first. A key that matches the hint and refuses the signature
   is a mismatch; a signature no known key accepts is by somebody we do not know.
4. Whoever signed must have been valid then: at the trusted time of the signature, else at the time of the decision.

What a certificate signed is verified by `keyless`, which is imported only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.signing.envelope import Envelope, Signature
from supplychain.verification.signatory import Signatory
from supplychain.verification.trust import Identity, Trust

MAX_SIGNATURES = 100
"""More signatures than this on one envelope are refused: checking them all would cost the verifier, not the forger."""
_CERTIFICATES = frozenset({"certificate", "x509CertificateChain"})


def signers_of(
    envelope: Envelope, trust: Trust, *, payload_type: str, at: datetime, where: str
) -> tuple[Signatory, ...]:
    """The identities whose valid signature an envelope carries, each once.

    Raises:
        VerificationFailed: `PAYLOAD_TYPE`, `NOT_SIGNED`, `TOO_MANY_SIGNATURES`, or - when no signature stands - the
            reason of the first: `SIGNATURE_MISMATCH`, `UNKNOWN_SIGNER`, `KEY_EXPIRED`, `KEY_REVOKED`,
            `KEY_NOT_YET_VALID`; those of `verification.sigstore.verifier` for certificates and needed log entries.
        MalformedInput: `NOT_A_BUNDLE` and others, where the verification material is needed and cannot be read.
    """
    # (1)
    if envelope.payload_type != payload_type or not 1 <= len(envelope.signatures) <= MAX_SIGNATURES:
        raise _bad_form(envelope, payload_type, where)
    material = envelope.material or {}
    if not _CERTIFICATES.isdisjoint(material):
        from supplychain.verification.keyless import certificate_signers

        return certificate_signers(envelope, trust, at=at, where=where)
    pae, timed = envelope.pae(), _has_time(material)
    good: dict[str, Signatory] = {}
    first_error: SupplychainError | None = None
    for signature in envelope.signatures:
        try:
            holders = _signers(signature, pae, trust, where)  # (2) (3)
            for one in _in_time(holders, envelope, trust, at=at, where=where):  # (4)
                good[one.identity.name] = one
        except SupplychainError as error:
            first_error = first_error or error
    if not good and first_error:
        raise first_error
    return tuple([_with_log(one, envelope, trust, where) for one in good.values()] if timed else good.values())


def _bad_form(envelope: Envelope, payload_type: str, where: str) -> VerificationFailed:
    if envelope.payload_type != payload_type:
        return VerificationFailed(
            "the envelope carries another type of payload",
            code="PAYLOAD_TYPE",
            where=where,
            expected=payload_type,
            found=envelope.payload_type[:120],
        )
    if not envelope.signatures:
        return VerificationFailed(
            "the envelope is not signed",
            code="NOT_SIGNED",
            where=where,
            expected="at least one signature",
            found="none",
        )
    return VerificationFailed(
        "too many signatures",
        code="TOO_MANY_SIGNATURES",
        where=where,
        expected=f"at most {MAX_SIGNATURES}",
        found=str(len(envelope.signatures)),
    )


def _signers(signature: Signature, pae: bytes, trust: Trust, where: str) -> tuple[Identity, ...]:
    """Every identity of the key that made a signature, revoked ones first."""
    holders = trust.holders(signature.keyid)
    if holders and holders[0].key:
        if holders[0].key.accepts(signature.sig, pae):
            return holders
        raise VerificationFailed(
            "the signature does not match the content",
            code="SIGNATURE_MISMATCH",
            where=where,
            expected=f"a signature by {holders[0].name} over exactly these bytes",
            found="a signature over something else: the content or the signature was changed",
            hint="fetch the evidence again from where it was made; if it stays so, treat it as forged",
        )
    for identity in trust.identities.values():
        if identity.key and identity.key.accepts(signature.sig, pae):
            return trust.holders(identity.key.keyid)
    raise VerificationFailed(
        "signed by somebody we do not know",
        code="UNKNOWN_SIGNER",
        where=where,
        expected=f"a key of {', '.join(sorted(trust.identities)[:8])} ({trust.where or 'trust'})",
        found=f"key id {signature.keyid[:80] or '(none)'}",
        hint="if this signer is to be believed, name its key in the trust file",
    )


def _in_time(
    holders: tuple[Identity, ...], envelope: Envelope, trust: Trust, *, at: datetime, where: str
) -> list[Signatory]:
    """Those names of one key that were valid at the time that counts; revoked under one name is revoked under all."""
    good: list[Signatory] = []
    first_error: SupplychainError | None = None
    for identity in holders:
        try:
            good.append(_one_in_time(identity, envelope, trust, at=at, where=where))
        except SupplychainError as error:
            if error.code == "KEY_REVOKED":
                raise
            first_error = first_error or error
    if first_error and not good:
        raise first_error
    return good


def _one_in_time(identity: Identity, envelope: Envelope, trust: Trust, *, at: datetime, where: str) -> Signatory:
    """The signer, valid at the time that counts; a trusted time is looked for only where it can change something."""
    if identity.key is None:
        raise AssertionError("a certificate is not judged here")
    plain = Signatory(identity=identity, who=identity.key.keyid)
    if identity.log:
        return _timed(plain, envelope, trust, at=at, where=where)
    try:
        identity.check_time(at)
    except VerificationFailed as error:
        if error.code == "KEY_NOT_YET_VALID" or not _has_time(envelope.material or {}):
            raise
        return _timed(plain, envelope, trust, at=at, where=where)
    return plain


def _timed(plain: Signatory, envelope: Envelope, trust: Trust, *, at: datetime, where: str) -> Signatory:
    from supplychain.verification.keyless import keyed_time

    try:
        signed_at, why = keyed_time(envelope, plain.identity, trust, where=where)
    except SupplychainError:
        # Under this name nothing was signed without a log entry. If it is revoked, the key is under every other name.
        revoked = replace(plain.identity, log=False, valid_from=None, valid_until=None)
        signed_at, why = keyed_time(envelope, revoked, trust, where=where)
        revoked.check_time(at, signed_at=signed_at, why=why)
        raise
    plain.identity.check_time(at, signed_at=signed_at, why=why)
    return Signatory(identity=plain.identity, who=plain.who, signed_at=signed_at)


def _with_log(one: Signatory, envelope: Envelope, trust: Trust, where: str) -> Signatory:
    """The signer with what logs say; asked only where something lies beside the signature."""
    if one.identity.key is None:
        return one
    from supplychain.verification.keyless import log_fact

    fact, signed_at = log_fact(envelope, one.identity.key, trust, where=where)
    return replace(one, log=fact, signed_at=one.signed_at or signed_at)


def _has_time(material: Mapping[str, object]) -> bool:
    """Whether the material beside the signature could say when it was made; nothing of it is believed here."""
    return bool(material.get("tlogEntries") or material.get("timestampVerificationData"))
