"""The dossier: everything verified about one artifact, and everything that was offered and refused.

Built from raw bytes without any I/O: the caller (pipeline) fetches, this module judges. What policy sees is only
`Dossier.statements`; `rejected` is told, never believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates.reference import Reference
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import VerifiedStatement, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Something offered as evidence that does not verify."""

    ref: str
    code: str
    message: str
    digest: str
    """Digest of the payload, or of the raw bytes when there is no payload."""


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


def assemble(artifact: Artifact, raw: Iterable[tuple[str, bytes]], trust: Trust, *, at: datetime) -> Dossier:
    """Verify everything offered about an artifact. Never raises for bad evidence: that becomes `rejected`.

    Args:
        artifact: The artifact, by the digest that was asked for; its name, where given, must be in a signer's rule too.
        raw: Where each piece lay, and its bytes.
        trust: Who may claim what.
        at: Time of the decision.
    """
    groups: dict[tuple[str, bytes], list[tuple[str, Envelope]]] = {}
    rejected: list[Rejected] = []
    for ref, data in raw:
        try:
            envelope = Envelope.parse(data, where=ref)
        except SupplychainError as error:
            rejected.append(_rejected(ref, error, Digest.of_bytes(data)))
        else:
            groups.setdefault((envelope.payload_type, envelope.payload), []).append((ref, envelope))
    statements: list[VerifiedStatement] = []
    for envelopes in groups.values():
        try:
            statements.append(verify(envelopes, trust, artifact=artifact.digest, name=artifact.name, at=at))
        except SupplychainError as error:
            rejected.append(_rejected(envelopes[0][0], error, envelopes[0][1].digest))
    return Dossier(
        artifact=artifact,
        statements=tuple(sorted(statements, key=lambda s: str(s.statement.digest))),
        rejected=tuple(sorted(rejected, key=lambda r: (r.digest, r.code))),
    )


def _rejected(ref: str, error: SupplychainError, digest: Digest) -> Rejected:
    return Rejected(ref=ref, code=error.code, message=error.message, digest=str(digest))
