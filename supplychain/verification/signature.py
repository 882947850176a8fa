"""Which identities signed an envelope (DSSE protocol, section "Verification").

1. The payload type must be the expected one; it is signed too, so it cannot be changed afterwards.
2. Every signature is checked over the pre-authentication encoding of the exact bytes received.
3. The key id is only a hint: it chooses which key to try first. A key that matches the hint and refuses the signature
   is a mismatch; a signature no known key accepts is by somebody we do not know.
4. A key must be valid at the time of the decision.
"""

from __future__ import annotations

from datetime import datetime

from supplychain.errors import VerificationFailed
from supplychain.signing.envelope import Envelope, Signature
from supplychain.verification.trust import Identity, Trust

MAX_SIGNATURES = 100
"""More signatures than this on one envelope are refused: checking them all would cost the verifier, not the forger."""


def signers_of(
    envelope: Envelope, trust: Trust, *, payload_type: str, at: datetime, where: str
) -> tuple[Identity, ...]:
    """The identities whose valid signature an envelope carries, each once.

    Raises:
        VerificationFailed: `PAYLOAD_TYPE`, `NOT_SIGNED`, `TOO_MANY_SIGNATURES`, or - when no signature stands - the
            reason of the first: `SIGNATURE_MISMATCH`, `UNKNOWN_SIGNER`, `KEY_EXPIRED`, `KEY_REVOKED`,
            `KEY_NOT_YET_VALID`.
    """
    # (1)
    if envelope.payload_type != payload_type:
        raise VerificationFailed(
            "the envelope carries another type of payload",
            code="PAYLOAD_TYPE",
            where=where,
            expected=payload_type,
            found=envelope.payload_type[:120],
        )
    if not envelope.signatures:
        raise VerificationFailed(
            "the envelope is not signed",
            code="NOT_SIGNED",
            where=where,
            expected="at least one signature",
            found="none",
        )
    if len(envelope.signatures) > MAX_SIGNATURES:
        raise VerificationFailed(
            "too many signatures",
            code="TOO_MANY_SIGNATURES",
            where=where,
            expected=f"at most {MAX_SIGNATURES}",
            found=str(len(envelope.signatures)),
        )
    pae = envelope.pae()
    good: dict[str, Identity] = {}
    first_error: VerificationFailed | None = None
    for signature in envelope.signatures:
        try:
            identity = _signer(signature, pae, trust, where)  # (2) (3)
            identity.check_time(at)  # (4)
        except VerificationFailed as error:
            first_error = first_error or error
        else:
            good[identity.key.keyid] = identity
    if not good and first_error:
        raise first_error
    return tuple(good.values())


def _signer(signature: Signature, pae: bytes, trust: Trust, where: str) -> Identity:
    hinted = trust.by_keyid(signature.keyid) if signature.keyid else None
    if hinted:
        if hinted.key.accepts(signature.sig, pae):
            return hinted
        raise VerificationFailed(
            "the signature does not match the content",
            code="SIGNATURE_MISMATCH",
            where=where,
            expected=f"a signature by {hinted.name} over exactly these bytes",
            found="a signature over something else: the content or the signature was changed",
            hint="fetch the evidence again from where it was made; if it stays so, treat it as forged",
        )
    for identity in trust.identities.values():
        if identity.key.accepts(signature.sig, pae):
            return identity
    raise VerificationFailed(
        "signed by somebody we do not know",
        code="UNKNOWN_SIGNER",
        where=where,
        expected=f"a key of {', '.join(sorted(trust.identities)[:8])} ({trust.where or 'trust'})",
        found=f"key id {signature.keyid[:80] or '(none)'}",
        hint="if this signer is to be believed, name its key in the trust file",
    )
