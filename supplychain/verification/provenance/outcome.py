"""What the verification of a public builder's provenance has proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from supplychain.verification.sigstore.facts import VerifiedBundle


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicProvenance:
    """Provenance by a public builder, its signature, signer and every expectation verified."""

    statement: Statement
    artifact: Digest
    """The digest by which statement and artifact are the same."""
    subject: str
    """Name the builder gave the artifact."""
    builder_id: str
    """The builder, with its version where it has one."""
    builder_level: int
    """SLSA build level the builder's published word is worth."""
    source: str
    """Repository that was built."""
    ref: str
    """Branch or tag, as full reference; empty where the provenance does not say."""
    signer: str
    """Identity of the certificate, or name of the key."""
    where: str
    commit: str = ""
    """Git revision that the certificate names; empty where no certificate does."""
    signed_at: datetime | None = None
    """Earliest trusted time of the signature; None where no log or timestamp says."""


def statement_of(bundle: VerifiedBundle, *, where: str) -> Statement:
    """The statement in a verified bundle.

    Raises:
        VerificationFailed: `PAYLOAD_TYPE`: the bundle carries something else.
        MalformedInput: It is no statement.
    """
    if bundle.payload is None or bundle.payload_type != PAYLOAD_TYPE:
        raise VerificationFailed(
            "the bundle carries no statement",
            code="PAYLOAD_TYPE",
            where=where,
            expected=PAYLOAD_TYPE,
            found=bundle.payload_type or "a signature over a file",
        )
    return Statement.parse(bundle.payload, where=where)


def unreadable(message: str, *, where: str, found: str = "") -> MalformedInput:
    """The error for evidence that is not what its family must be."""
    return MalformedInput(message, code="NOT_PROVENANCE", where=where, found=found[:160])
