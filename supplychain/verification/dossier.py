"""The dossier: everything verified about one artifact, and everything that was offered and refused.

Built from raw bytes without any I/O: the caller (pipeline) fetches, this module judges. What policy sees is only
`Dossier.statements`; `rejected` is told, never believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, SupplychainError
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates.reference import Reference
from supplychain.verification.provenance.evidence import family_of
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import VerifiedStatement, verify, verify_public


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Something offered as evidence that does not verify."""

    ref: str
    code: str
    message: str
    digest: str
    """Digest of the payload, or of the raw bytes when there is no payload."""
    unread: str = ""
    """Kind of the claim, where a signer that may make it has, where it may be a no, and where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything known about one artifact."""

    artifact: Artifact
    statements: tuple[VerifiedStatement, ...]
    """Sorted by payload digest; a claim several people signed stands once."""
    rejected: tuple[Rejected, ...]
    documents: Mapping[Digest, bytes] = field(default_factory=dict)
    """Documents the statements refer to, each checked against its digest."""

    def references(self) -> tuple[Digest, ...]:
        """Digests of the documents that verified statements refer to."""
        found = (s.predicate.digest for s in self.statements if isinstance(s.predicate, Reference))
        return tuple(sorted(set(found)))

    def with_documents(self, offered: Mapping[Digest, bytes]) -> Dossier:
        """The dossier with the documents that are what a verified statement says they are; others are left out."""
        wanted = set(self.references())
        good = {d: data for d, data in offered.items() if d in wanted and Digest.of_bytes(data) == d}
        return replace(self, documents={**self.documents, **good})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refused:
    """A piece that no identity of the trust file vouches for."""

    ref: str
    data: bytes
    error: SupplychainError
    digest: Digest


_Pieces = list[tuple[str, Envelope, bytes]]


class Known:
    """What was verified a moment ago: the same pieces about the same artifact, by the same trust, at the same time.

    For those who judge one artifact for several environments in turn. Of anything else nothing is known.
    """

    __slots__ = ("_about", "_found", "_trust")

    def __init__(self) -> None:
        self._about: tuple[Artifact, datetime] | None = None
        self._trust: Trust | None = None
        self._found: dict[tuple[tuple[str, bytes], ...], VerifiedStatement] = {}

    def verified(self, pieces: _Pieces, trust: Trust, *, artifact: Artifact, at: datetime) -> VerifiedStatement:
        """As `verify`, which is asked once."""
        if self._trust is not trust or self._about != (artifact, at):
            self._trust, self._about, self._found = trust, (artifact, at), {}
        key = tuple([(ref, data) for ref, _, data in pieces])
        if key not in self._found:
            self._found[key] = _verified(pieces, trust, artifact=artifact, at=at)
        return self._found[key]


def _verified(pieces: _Pieces, trust: Trust, *, artifact: Artifact, at: datetime) -> VerifiedStatement:
    envelopes = [(ref, envelope) for ref, envelope, _ in pieces]
    return verify(envelopes, trust, artifact=artifact.digest, name=artifact.name, at=at)


def assemble(
    artifact: Artifact,
    raw: Iterable[tuple[str, bytes]],
    trust: Trust,
    *,
    at: datetime,
    more: Sequence[Digest] = (),
    known: Known | None = None,
) -> Dossier:
    """Verify everything offered about an artifact. Never raises for bad evidence: that becomes `rejected`.

    Args:
        artifact: The artifact, by the digest that was asked for; its name, where given, must be in a signer's rule too.
        raw: Where each piece lay, and its bytes.
        trust: Who may claim what.
        at: Time of the decision.
        more: Digests of the same artifact by other algorithms, for evidence by builders that know no other.
        known: What need not be verified again; takes in what was verified here.
    """
    groups: dict[tuple[str, bytes], _Pieces] = {}
    refused: list[_Refused] = []
    for ref, data in raw:
        try:
            envelope = Envelope.parse(data, where=ref)
        except SupplychainError as error:
            refused.append(_Refused(ref=ref, data=data, error=error, digest=Digest.of_bytes(data)))
        else:
            groups.setdefault((envelope.payload_type, envelope.payload), []).append((ref, envelope, data))
    statements: list[VerifiedStatement] = []
    judge = known.verified if known is not None else _verified
    for pieces in groups.values():
        try:
            statements.append(judge(pieces, trust, artifact=artifact, at=at))
        except SupplychainError as error:
            # Beside a public builder's envelope may lie another of the same payload that is forged: each is tried.
            each = pieces if trust.public else pieces[:1]
            refused += [_Refused(ref=ref, data=data, error=error, digest=e.digest) for ref, e, data in each]
    rejected: list[Rejected] = []
    for piece in refused:
        try:
            statements.append(or_public(piece.error, piece.ref, piece.data, trust, artifact=artifact, more=more))
        except SupplychainError as last:
            rejected.append(_rejected(piece.ref, last, piece.digest))
    unique = {(s.statement.digest, s.signers): s for s in statements}
    return Dossier(
        artifact=artifact,
        statements=tuple(sorted(unique.values(), key=lambda s: str(s.statement.digest))),
        rejected=tuple(sorted(rejected, key=lambda r: (r.digest, r.code))),
    )


def or_public(
    error: SupplychainError, ref: str, data: bytes, trust: Trust, *, artifact: Artifact, more: Sequence[Digest] = ()
) -> VerifiedStatement:
    """What no identity of the trust file signed, verified as a public builder's, where the trust file allows any.

    Raises:
        SupplychainError: The first refusal; that of the public builder where the first one only says "not mine".
    """
    if not trust.public or error.code not in _NOT_MINE or _is_keyed(data, ref):
        raise error
    try:
        return verify_public(ref, data, trust, artifact=artifact.digest, name=artifact.name, more=more)
    except SupplychainError as second:
        raise (error if second.code in _NOT_THEIRS else second) from None


def _is_keyed(data: bytes, ref: str) -> bool:
    try:
        return family_of(data, where=ref) == "keyed"
    except SupplychainError:
        return False


_NOT_MINE = frozenset({"UNKNOWN_SIGNER", "NOT_ALLOWED", "NOT_AN_ENVELOPE", "NOT_JSON"})
"""Refusals that a public builder's evidence gets where an identity's is expected."""
_NOT_THEIRS = frozenset({"NOT_PROVENANCE", "NOT_A_BUNDLE", "NOT_JSON", "UNKNOWN_SIGNER"})


def _rejected(ref: str, error: SupplychainError, digest: Digest) -> Rejected:
    unread = error.claim if isinstance(error, MalformedInput) else ""
    return Rejected(ref=ref, code=error.code, message=error.message, digest=str(digest), unread=unread)
