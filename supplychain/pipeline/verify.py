"""Verify evidence about one artifact: files or a whole store, a key or a trust file, and what the user expects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.errors import UsageError, VerificationFailed
from supplychain.files import read_bytes
from supplychain.signing.envelope import MAX_ENVELOPE, Envelope
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.registry import KINDS, TYPES
from supplychain.store.interface import Store
from supplychain.verification.dossier import Dossier, assemble
from supplychain.verification.expectations import Expectations, check_expectations
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import VerifiedStatement, verify


def verify_files(
    artifact: Artifact, files: Sequence[Path], trust: Trust, *, at: datetime, predicate: str | None = None
) -> tuple[VerifiedStatement, ...]:
    """Verify envelopes in files; every claim in them must verify. Several envelopes of one claim are its several signers.

    Args:
        artifact: What they must be about.
        files: Sigstore bundles or bare DSSE envelopes.
        trust: Who may claim what.
        at: Time of the decision.
        predicate: Kind or predicate type URI that is asked for; None for any.

    Raises:
        VerificationFailed: One does not verify; the code names the cause.
        MalformedInput: One is no envelope or no statement.
    """
    wanted = predicate_type(predicate)
    groups: dict[tuple[str, bytes], list[tuple[str, Envelope]]] = {}
    for path in files:
        data = read_bytes(path, max_bytes=MAX_ENVELOPE, what="a Sigstore bundle or a DSSE envelope")
        envelope = Envelope.parse(data, where=str(path))
        groups.setdefault((envelope.payload_type, envelope.payload), []).append((str(path), envelope))
    return tuple(
        verify(signed, trust, artifact=artifact.digest, at=at, predicate_type=wanted) for signed in groups.values()
    )


def verify_store(
    artifact: Artifact, store: Store, trust: Trust, *, at: datetime, predicate: str | None = None
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
    dossier = assemble(artifact, raw, trust, at=at)
    if not dossier.statements:
        first = dossier.rejected[0]
        raise VerificationFailed(
            first.message, code=first.code, where=first.ref, found=f"{len(raw)} refused of {len(raw)}"
        )
    kinds = sorted({KINDS.get(s.statement.predicate_type, s.statement.predicate_type) for s in dossier.statements})
    if wanted is not None and not any(s.statement.predicate_type == wanted for s in dossier.statements):
        raise VerificationFailed(
            "no verified statement of that kind",
            code="WRONG_PREDICATE",
            where=str(artifact),
            expected=wanted,
            found=", ".join(kinds),
        )
    return dossier


def expect(statements: Sequence[VerifiedStatement], expected: Expectations) -> None:
    """Hold every verified provenance against expectations; there must be one.

    Raises:
        VerificationFailed: There is no provenance, or one differs.
    """
    if not expected.any:
        return
    found = [(s, s.predicate) for s in statements if isinstance(s.predicate, Provenance)]
    if not found:
        raise VerificationFailed(
            "something is expected of the provenance, and there is none",
            code="NO_PROVENANCE",
            expected="a verified provenance statement",
        )
    for verified, provenance in found:
        check_expectations(provenance, expected, where=", ".join(verified.refs))


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
