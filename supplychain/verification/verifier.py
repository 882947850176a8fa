"""From raw to verified: the only module that builds a `VerifiedStatement` (a test holds it to that).

The steps, in order; each has its own error code:

1. parse the envelope                        NOT_AN_ENVELOPE
2. check signatures and keys                 PAYLOAD_TYPE, NOT_SIGNED, SIGNATURE_MISMATCH, UNKNOWN_SIGNER, KEY_…
3. parse the statement, strictly             NOT_A_STATEMENT, DUPLICATE_KEY, …
4. the statement must be about the artifact  WRONG_ARTIFACT
5. it must be of the kind asked for          WRONG_PREDICATE
6. its predicate must keep to its type       BAD_PREDICATE
7. the signers must be allowed to claim it   NOT_ALLOWED, THRESHOLD
Nothing of the payload is interpreted before step 2 has passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import VerificationFailed
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.registry import KINDS, Predicate, parse_predicate
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.waiver import Waiver
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from supplychain.verification.signature import signers_of
from supplychain.verification.trust import Identity, Rule, Trust, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatement:
    """A claim whose signers are known and allowed to make it. Only this reaches policy."""

    statement: Statement
    predicate: Predicate | None
    """The predicate as a value of its class; None for a type without one."""
    artifact: Artifact
    """The subject that was asked for, under the name the signer gave it."""
    signers: tuple[str, ...]
    """Names from the trust file of those allowed to make this claim, sorted."""
    builder_level: int
    """For provenance: the highest SLSA build level the trust file grants this builder through these signers; else 0."""
    refs: tuple[str, ...] = ()
    """Where the envelopes lay; for people only."""

    @property
    def kind(self) -> str:
        """Short word for the predicate type, `other` for one without a class."""
        return KINDS.get(self.statement.predicate_type, "other")


def verify(
    envelopes: Sequence[tuple[str, Envelope]],
    trust: Trust,
    *,
    artifact: Digest,
    at: datetime,
    predicate_type: str | None = None,
    name: str = "",
) -> VerifiedStatement:
    """Verify one claim about one artifact.

    Args:
        envelopes: Where each lay, and the envelope; all carry the same payload (several signers of one claim).
        trust: Who may claim what.
        artifact: Digest the claim must be about.
        at: Time of the decision.
        predicate_type: The only accepted type, None for any.
        name: What the one who asks calls the artifact, where known. A rule about certain artifacts must cover this
            name too: the name in the statement is the signer's choice, and would let every signer speak about all.

    Raises:
        VerificationFailed: A step failed; `code` says which.
        MalformedInput: The payload is signed, and yet no statement.
    """
    where = envelopes[0][0]
    # (2)
    signed: dict[str, Identity] = {}
    first_error: VerificationFailed | None = None
    for ref, envelope in envelopes:
        try:
            found = signers_of(envelope, trust, payload_type=PAYLOAD_TYPE, at=at, where=ref)
            signed |= {identity.key.keyid: identity for identity in found}
        except VerificationFailed as error:
            first_error = first_error or error
    if not signed:
        raise first_error or _no_envelopes(where)
    # (3)
    statement = Statement.parse(envelopes[0][1].payload, where=where)
    # (4)
    subject = next((subject for subject in statement.subjects if subject.digest == artifact), None)
    if subject is None:
        raise VerificationFailed(
            "the statement is about another artifact",
            code="WRONG_ARTIFACT",
            where=where,
            expected=str(artifact),
            found=", ".join(str(subject) for subject in statement.subjects[:3])[:300],
            hint="check that the artifact is the one that was built, byte for byte",
        )
    # (5)
    if predicate_type is not None and statement.predicate_type != predicate_type:
        raise VerificationFailed(
            "the statement makes another kind of claim",
            code="WRONG_PREDICATE",
            where=where,
            expected=predicate_type,
            found=statement.predicate_type[:120],
        )
    # (6)
    predicate = parse_predicate(statement.predicate_type, statement.predicate, where=f"{where}: predicate")
    # (7)
    rules = _satisfied(
        _covering(trust, statement, (subject.name, name or subject.name), predicate),
        statement,
        subject,
        tuple(signed.values()),
        where,
    )
    level = max(rule.level_of(predicate.builder_id) for rule in rules) if isinstance(predicate, Provenance) else 0
    return VerifiedStatement(
        statement=statement,
        predicate=predicate,
        artifact=subject,
        signers=tuple(sorted(i.name for i in signed.values() if any(i.name in rule.signers for rule in rules))),
        builder_level=level,
        refs=tuple(ref for ref, _ in envelopes),
    )


def _covering(trust: Trust, statement: Statement, names: tuple[str, ...], predicate: Predicate | None) -> list[Rule]:
    covering = [rule for rule in trust.rules if all(rule.covers(statement.predicate_type, name) for name in names)]
    if isinstance(predicate, Vsa):
        environment = predicate.environment or ""
        covering = [rule for rule in covering if any(matches(p, environment) for p in rule.environments)]
    if isinstance(predicate, Waiver):
        covering = [rule for rule in covering if rule.lets_waive_in(predicate.environments)]
    return covering


def _satisfied(
    covering: list[Rule], statement: Statement, subject: Artifact, signers: tuple[Identity, ...], where: str
) -> list[Rule]:
    names = {identity.name for identity in signers}
    joined = [rule for rule in covering if rule.signers & names]
    if not joined:
        raise VerificationFailed(
            "the signer is known and may not make this claim",
            code="NOT_ALLOWED",
            where=where,
            expected=_allowed(covering, statement.predicate_type, subject),
            found=", ".join(sorted(names)),
            hint="a rule in the trust file must name this signer for this kind of claim and this artifact",
        )
    counts = {id(rule): len({s.key.keyid for s in signers if s.name in rule.signers}) for rule in joined}
    enough = [rule for rule in joined if counts[id(rule)] >= rule.threshold]
    if not enough:
        best = joined[0]
        raise VerificationFailed(
            "not enough signers",
            code="THRESHOLD",
            where=where,
            expected=f"{best.threshold} of {', '.join(sorted(best.signers))}",
            found=f"{counts[id(best)]}: {', '.join(sorted(names))}",
        )
    return enough


def _allowed(rules: list[Rule], predicate_type: str, subject: Artifact) -> str:
    who = sorted(set().union(*(rule.signers for rule in rules))) if rules else []
    about = f"{KINDS.get(predicate_type, predicate_type)} about {subject.name or subject.digest}"
    return f"{', '.join(who)} for {about}" if who else f"nobody may claim {about}"


def _no_envelopes(where: str) -> VerificationFailed:
    return VerificationFailed("there is no envelope", code="NOT_SIGNED", where=where)
