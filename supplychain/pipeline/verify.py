"""Verify evidence about one artifact: files or a whole store, a key or a trust file, and what the user expects.

What certificates or public builders signed is verified by `pipeline.public`, which imports what that takes only when it
is needed: keyed evidence is verified without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import UsageError
from supplychain.files import MIB, read_bytes
from supplychain.pipeline.public import Outcome, digests_of, is_keyed, others_of, verify_builders, verify_identity
from supplychain.pipeline.told import told
from supplychain.pipeline.verify_blob import is_blob_signature, verify_blobs
from supplychain.pipeline.verify_by_trust import expect, is_kind, verify_files, verify_store, wrong_kind
from supplychain.signing.envelope import MAX_ENVELOPE
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.registry import TYPES
from supplychain.statement.predicates.vsa import Vsa
from supplychain.store.interface import Store
from supplychain.verification.dossier import Rejected
from supplychain.verification.expectations import Expectations
from supplychain.verification.root_choice import RootChoice
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import VerifiedStatement

if TYPE_CHECKING:
    from supplychain.verification.summaries import SummaryExpectations


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
    summary: SummaryExpectations | None = None
    """What a verification summary must say; None: nothing is asked of one."""
    envelope: Path | None = None
    """Where to write the one verified statement as a bare envelope."""
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
        trust = _with_root(asked)
        dossier = verify_store(
            asked.subject, asked.store(), trust, at=asked.at, predicate=asked.predicate, more=_more(asked, trust)
        )
        expect(dossier.statements, asked.expected)
        if asked.summary is not None:
            from supplychain.verification.summaries import refuse_unread

            refuse_unread(dossier.rejected)
        told = _as_asked(tuple(s for s in dossier.statements if is_kind(s, asked.predicate)), asked)
        return Answer(verified=tuple(_outcome(s) for s in told), rejected=dossier.rejected)
    others = () if asked.keyed else _others(asked)
    if others and (asked.summary is not None or asked.envelope is not None):
        raise UsageError(
            "a summary is believed by a key or a trust file only",
            where=", ".join(str(path) for path in others),
            expected="--key PEM or --trust FILE",
        )
    verified = _verify_others(asked, others) if others else ()
    keyed = tuple(path for path in asked.files if path not in others)
    if keyed:
        trust = _with_root(asked)
        blobs = () if asked.predicate else tuple(path for path in keyed if is_blob_signature(path))
        signed = verify_blobs(asked.text, asked.subject, blobs, trust, at=asked.at)
        keyed = tuple(path for path in keyed if path not in blobs)
        statements = verify_files(
            asked.subject, keyed, trust, at=asked.at, predicate=asked.predicate, more=_more(asked, trust)
        )
        expect(statements, asked.expected, needed=not verified)
        statements = _as_asked(statements, asked)
        verified += signed + tuple(_outcome(s) for s in statements)
    return Answer(verified=verified)


def _as_asked(statements: tuple[VerifiedStatement, ...], asked: Asked) -> tuple[VerifiedStatement, ...]:
    """The statements, of summaries those that count and are as expected; written as an envelope where that is asked."""
    if asked.summary is not None:
        from supplychain.verification.summaries import check_summary, newest_summaries

        for one in statements if asked.files else ():
            if isinstance(one.predicate, Vsa):
                check_summary(one.predicate, asked.summary, at=asked.at, where=", ".join(one.refs))
        statements = newest_summaries(statements, asked.summary, at=asked.at)
    if asked.envelope is not None:
        from supplychain.pipeline.envelope_out import write_envelope

        read = [(str(path), read_bytes(path, max_bytes=MAX_ENVELOPE, what="evidence")) for path in asked.files]
        write_envelope(asked.envelope, statements, read or _stored(asked))
    return statements


def _stored(asked: Asked) -> list[tuple[str, bytes]]:
    return [(stored.ref, stored.data) for stored in asked.store().find(asked.subject.digest)]


def _others(asked: Asked) -> tuple[Path, ...]:
    """The files that no trust file is asked about: by a named certificate identity, or a public builder.

    Without an expected source the public builders could not be asked; then a trust file that knows certificates is.
    """
    found = tuple(path for path in asked.files if asked.who or not is_keyed(path))
    if not found or asked.who or asked.expected.source_uri:
        return found
    try:
        known = asked.trust().knows_certificates
    except UsageError:
        known = False
    return tuple(path for path in found if path.is_dir()) if known else found


def _with_root(asked: Asked) -> Trust:
    """The trust to be held, with the trusted root of the command line where one is given."""
    trust = asked.trust()
    if asked.trusted_root is None:
        return trust
    root = RootChoice(file=str(asked.trusted_root))
    return replace(trust, root=root.with_data(read_bytes(asked.trusted_root, max_bytes=4 * MIB, what="a trusted root")))


def _more(asked: Asked, trust: Trust) -> tuple[Digest, ...]:
    """Further digests of the artifact; only public builders' evidence needs any."""
    return others_of(asked.text, asked.subject, trust)


def _verify_others(asked: Asked, files: Sequence[Path]) -> tuple[Outcome, ...]:
    digests = digests_of(asked.text, asked.subject)
    if asked.who is not None:
        found = verify_identity(files, digests, asked.expected, who=asked.who, trusted_root=asked.trusted_root)
    else:
        found = verify_builders(files, digests, asked.expected, trusted_root=asked.trusted_root)
    # A kind covers every version of it, a URI only itself; beside it a file may hold other kinds.
    wanted = asked.predicate
    fits = [one for one in found if wanted in (None, one.predicate_type, one.kind if wanted in TYPES else None)]
    served = {ref for one in fits for ref in one.refs}
    if other := next((one for one in found if served.isdisjoint(one.refs)), None):
        raise wrong_kind(", ".join(other.refs), str(wanted), other.predicate_type or other.kind)
    return tuple(fits)


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
