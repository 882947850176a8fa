"""Verify evidence about one artifact: files or a whole store, a key or a trust file, and what the user expects.

What certificates or public builders signed is verified by `pipeline.public`, which imports what that takes only when it
is needed: keyed evidence is verified without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.errors import UsageError, VerificationFailed
from supplychain.files import read_bytes
from supplychain.pipeline.history import told
from supplychain.pipeline.public import Outcome, digests_of, is_keyed, verify_builders, verify_identity
from supplychain.signing.envelope import MAX_ENVELOPE, Envelope
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.registry import KINDS, TYPES
from supplychain.store.interface import Store
from supplychain.verification.dossier import Dossier, Rejected, assemble
from supplychain.verification.expectations import Expectations, check_expectations
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import VerifiedStatement, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to `verify`: an artifact, its evidence, whom to believe, what to expect."""

    text: str
    """The artifact as it was given: a file or a digest."""
    subject: Artifact
    files: tuple[Path, ...]
    """Evidence; none: the store is asked."""
    expected: Expectations
    predicate: str | None
    at: datetime
    who: tuple[str, str] | None
    """Identity and issuer of the certificate that must have signed."""
    trusted_root: Path | None
    keyed: bool
    """A key or a trust file was named, so nobody else is believed."""
    trust: Callable[[], Trust]
    """Asked only when evidence is signed by a key."""
    store: Callable[[], Store]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What verified, and what the store held beside it that did not."""

    verified: tuple[Outcome, ...]
    rejected: tuple[Rejected, ...] = ()


def verify_asked(asked: Asked) -> Answer:
    """Verify evidence, each file by the rules for whoever signed it; every file must verify.

    Raises:
        UsageError: The question cannot be answered: no trust for a key, no source for a public builder.
        VerificationFailed: Something does not verify, or is not as expected; the code names the cause.
        MalformedInput: Evidence is no evidence.
        ToolFailed: The store cannot be read.
    """
    if not asked.files:
        dossier = verify_store(asked.subject, asked.store(), asked.trust(), at=asked.at, predicate=asked.predicate)
        expect(dossier.statements, asked.expected)
        wanted = predicate_type(asked.predicate)
        told = [s for s in dossier.statements if wanted in (None, s.statement.predicate_type)]
        return Answer(verified=tuple(_outcome(s) for s in told), rejected=dossier.rejected)
    others = () if asked.keyed else tuple(path for path in asked.files if asked.who or not is_keyed(path))
    verified = _verify_others(asked, others) if others else ()
    keyed = tuple(path for path in asked.files if path not in others)
    if keyed:
        statements = verify_files(asked.subject, keyed, asked.trust(), at=asked.at, predicate=asked.predicate)
        expect(statements, asked.expected, needed=not verified)
        verified += tuple(_outcome(s) for s in statements)
    return Answer(verified=verified)


def _verify_others(asked: Asked, files: Sequence[Path]) -> tuple[Outcome, ...]:
    digests = digests_of(asked.text, asked.subject)
    if asked.who is not None:
        found = verify_identity(files, digests, asked.expected, who=asked.who, trusted_root=asked.trusted_root)
    else:
        found = verify_builders(files, digests, asked.expected, trusted_root=asked.trusted_root)
    wanted = asked.predicate
    for one in found:
        # A kind covers every version of it, a URI only itself.
        if wanted not in (None, one.predicate_type, one.kind if wanted in TYPES else None):
            raise _wrong_kind(", ".join(one.refs), str(wanted), one.predicate_type or one.kind)
    return found


def _outcome(verified: VerifiedStatement) -> Outcome:
    predicate = verified.predicate
    return Outcome(
        kind=verified.kind,
        predicate_type=verified.statement.predicate_type,
        signers=verified.signers,
        refs=verified.refs,
        told=told(verified),
        builder_id=predicate.builder_id if isinstance(predicate, Provenance) else "",
        builder_level=verified.builder_level,
    )


def verify_files(
    artifact: Artifact, files: Sequence[Path], trust: Trust, *, at: datetime, predicate: str | None = None
) -> tuple[VerifiedStatement, ...]:
    """Verify envelopes in files; every claim in them must verify. Several envelopes of one claim are its signers.

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
        verify(signed, trust, artifact=artifact.digest, name=artifact.name, at=at, predicate_type=wanted)
        for signed in groups.values()
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
        raise _wrong_kind(str(artifact), wanted, ", ".join(kinds))
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


def _wrong_kind(where: str, expected: str, found: str) -> VerificationFailed:
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
