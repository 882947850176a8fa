"""Evidence in files or a store, held against a trust file, a kind of claim and what the user expects of provenance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError, UsageError, VerificationFailed
from supplychain.files import read_bytes
from supplychain.pipeline.verify_blob import plain_envelope
from supplychain.pipeline.wrappings import unwrapped
from supplychain.signing.envelope import MAX_ENVELOPE, Envelope
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.registry import KINDS, TYPES
from supplychain.statement.statement import PAYLOAD_TYPE
from supplychain.store.interface import Store
from supplychain.verification.dossier import Dossier, assemble, or_public
from supplychain.verification.expectations import Expectations, check_expectations
from supplychain.verification.signature import signers_of
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import VerifiedStatement, verify


def is_kind(verified: VerifiedStatement, predicate: str | None) -> bool:
    """Whether a statement is of the kind asked for: a kind covers every version of it, a URI only itself."""
    if predicate is None:
        return True
    return verified.statement.predicate_type == predicate if ":" in predicate else verified.kind == predicate


def verify_files(
    artifact: Artifact,
    files: Sequence[Path],
    trust: Trust,
    *,
    at: datetime,
    predicate: str | None = None,
    more: Sequence[Digest] = (),
) -> tuple[VerifiedStatement, ...]:
    """Verify evidence in files; every claim in them must verify. Several envelopes of one claim are its signers.

    Args:
        artifact: What they must be about.
        files: Sigstore bundles, bare DSSE envelopes, or several of them in one file, of which one must verify; what
            public builders write, where the trust file allows any.
        trust: Who may claim what.
        at: Time of the decision.
        predicate: Kind or predicate type URI that is asked for; None for any.
        more: Digests of the artifact by other algorithms.

    Raises:
        VerificationFailed: One does not verify; the code names the cause.
        MalformedInput: One is no envelope or no statement.
    """
    wanted = predicate_type(predicate)
    groups: dict[tuple[str, bytes], list[tuple[str, Envelope]]] = {}
    found: list[VerifiedStatement] = []
    pieces: dict[str, bytes] = {}
    for path in files:
        data = read_bytes(path, max_bytes=MAX_ENVELOPE, what="a Sigstore bundle or a DSSE envelope")
        data = plain_envelope(data, where=str(path))
        pieces[str(path)] = data
        try:
            envelope = Envelope.parse(data, where=str(path))
        except SupplychainError as error:
            several = unwrapped(data, where=str(path)) if error.code in _WRAPPED else ()
            try:
                found += _of_several(several, error, trust, artifact=artifact, at=at, predicate=predicate)
            except SupplychainError as first:
                found.append(or_public(first, str(path), data, trust, artifact=artifact, more=more))
        else:
            groups.setdefault((envelope.payload_type, envelope.payload), []).append((str(path), envelope))
    for signed in groups.values():
        try:
            one = verify(signed, trust, artifact=artifact.digest, name=artifact.name, at=at, predicate_type=wanted)
            _each_signed(signed, trust, at=at)
        except SupplychainError as error:
            ref = signed[0][0]
            one = or_public(error, ref, pieces[ref], trust, artifact=artifact, more=more)
        found.append(one)
    if other := next((one for one in found if not is_kind(one, predicate)), None):
        raise wrong_kind(", ".join(other.refs), str(wanted), other.statement.predicate_type)
    return tuple(found)


_WRAPPED = frozenset({"NOT_JSON", "NOT_AN_ENVELOPE"})
"""How a file that holds several envelopes is refused as one."""


def _of_several(
    pieces: Sequence[tuple[str, bytes]],
    error: SupplychainError,
    trust: Trust,
    *,
    artifact: Artifact,
    at: datetime,
    predicate: str | None,
) -> tuple[VerifiedStatement, ...]:
    """What verifies among several envelopes in one file, of the kind asked for where there is any.

    Those by others, about others and of other kinds do not matter, and neither does their order (in-toto's bundle).

    Raises:
        SupplychainError: `error`, where no piece is an envelope; why none verifies; or, where summaries are asked for,
            `SUMMARY_UNREADABLE`: one by a signer who may make it cannot be read.
    """
    if not pieces:
        raise error
    dossier = assemble(artifact, pieces, replace(trust, public={}), at=at)
    if not dossier.statements:
        if _WRAPPED.issuperset(piece.code for piece in dossier.rejected):
            raise error  # a damaged file, and not several envelopes
        refused = [piece for piece in dossier.rejected if piece.code != "UNKNOWN_SIGNER"] or list(dossier.rejected)
        raise VerificationFailed(refused[0].message, code=refused[0].code, where=refused[0].ref) from error
    if predicate is not None and KINDS.get(predicate, predicate) == "vsa":
        from supplychain.verification.summaries import refuse_unread

        refuse_unread(dossier.rejected)
    return tuple(s for s in dossier.statements if is_kind(s, predicate)) or dossier.statements


def _each_signed(signed: Sequence[tuple[str, Envelope]], trust: Trust, *, at: datetime) -> None:
    """Several files carry one claim: each must be signed by somebody known, not only one of them."""
    for ref, envelope in signed if len(signed) > 1 else ():
        signers_of(envelope, trust, payload_type=PAYLOAD_TYPE, at=at, where=ref)


def verify_store(
    artifact: Artifact,
    store: Store,
    trust: Trust,
    *,
    at: datetime,
    predicate: str | None = None,
    more: Sequence[Digest] = (),
) -> Dossier:
    """Verify everything a store has about an artifact.

    Raises:
        VerificationFailed: `NO_EVIDENCE` (nothing is there), the code of the first refusal when nothing verifies, or
            `WRONG_PREDICATE` when nothing of the kind asked for is left.
        ToolFailed: The store cannot be read.
    """
    wanted = predicate_type(predicate)
    raw = [(stored.ref, stored.data) for stored in store.find(artifact.digest)]
    if not raw:
        raise VerificationFailed(
            "there is no evidence about this artifact",
            code="NO_EVIDENCE",
            where=str(artifact),
            expected="at least one signed statement",
            hint="check that the artifact is the one that was built, byte for byte, and that this is its store",
        )
    dossier = assemble(artifact, raw, trust, at=at, more=more)
    if not dossier.statements:
        first = dossier.rejected[0]
        raise VerificationFailed(
            first.message, code=first.code, where=first.ref, found=f"{len(raw)} refused of {len(raw)}"
        )
    kinds = sorted({s.statement.predicate_type if s.kind == "other" else s.kind for s in dossier.statements})
    if wanted is not None and not any(is_kind(s, predicate) for s in dossier.statements):
        raise wrong_kind(str(artifact), wanted, ", ".join(kinds))
    return dossier


def expect(statements: Sequence[VerifiedStatement], expected: Expectations, *, needed: bool = True) -> None:
    """Hold every verified provenance against expectations; there must be one, where it is needed.

    Raises:
        VerificationFailed: There is no provenance, or one differs.
    """
    if not expected.any:
        return
    found = [(s, s.predicate) for s in statements if isinstance(s.predicate, Provenance)]
    if not found and needed:
        raise VerificationFailed(
            "something is expected of the provenance, and there is none",
            code="NO_PROVENANCE",
            expected="a verified provenance statement",
        )
    for verified, provenance in found:
        check_expectations(provenance, expected, where=", ".join(verified.refs), subject=verified.artifact.name)


def wrong_kind(where: str, expected: str, found: str) -> VerificationFailed:
    """The error for evidence of another kind than the one asked for."""
    return VerificationFailed(
        "no verified statement of that kind", code="WRONG_PREDICATE", where=where, expected=expected, found=found
    )


def predicate_type(text: str | None) -> str | None:
    """A kind (`provenance`) or URI as predicate type URI. Raises UsageError for neither."""
    if text is None or ":" in text:
        return text
    if text not in TYPES:
        raise UsageError(
            f"there is no kind of claim {text!r}",
            code="UNKNOWN_PREDICATE",
            where="--predicate",
            expected=", ".join(sorted(TYPES)) + ", or a predicate type URI",
        )
    return TYPES[text]
