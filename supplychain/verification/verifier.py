"""From raw to verified: the only module that builds a `VerifiedStatement` (a test holds it to that).

The steps, in order; each has its own error code:

1. parse the envelope                        NOT_AN_ENVELOPE
2. check signatures, keys and certificates   PAYLOAD_TYPE, NOT_SIGNED, SIGNATURE_MISMATCH, UNKNOWN_SIGNER, KEY_…;
                                             those of `sigstore.verifier` for certificates and log entries
3. parse the statement, strictly             NOT_A_STATEMENT, DUPLICATE_KEY, …
4. the statement must be about the artifact  WRONG_ARTIFACT
5. it must be of the kind asked for          WRONG_PREDICATE
6. its predicate must keep to its type       BAD_PREDICATE
7. the signers must be allowed to claim it   NOT_ALLOWED, THRESHOLD, BUILDER_MISMATCH
Nothing of the payload is interpreted before step 2 has passed.

`verify_public` does the same for provenance whose signer is a public builder, by the entries `public_builders`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates.approval import Approval
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.registry import KINDS
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.waiver import Waiver
from supplychain.statement.statement import Statement
from supplychain.verification.image_signature import claim_of, signable
from supplychain.verification.signatory import LogFact, Signatory, count_signers, earliest, log_of
from supplychain.verification.signature import signers_of
from supplychain.verification.trust import Rule, Trust
from supplychain.verification.unreadable import read_predicate

if TYPE_CHECKING:
    from supplychain.statement.predicates.registry import Predicate


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
    people: tuple[str, ...] = ()
    """Who they are: two identities of one person stand once."""
    refs: tuple[str, ...] = ()
    """Where the envelopes lay; for people only."""
    signed_at: datetime | None = None
    """Trusted time of the signature, the earliest where there are several; None: nobody trusted says, or was asked."""
    log: LogFact | Literal["by_builder"] = "none"
    """Whether a transparency log has the signatures; `by_builder`: the public builder's own rules have settled it."""
    public: bool = False
    """By a public builder: `predicate` holds what was verified of it, in the newest shape, whatever was signed."""

    @property
    def kind(self) -> str:
        """Short word for the predicate type, `other` for one without a class."""
        return "provenance" if self.public else KINDS.get(self.statement.predicate_type, "other")


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
    signed: list[Signatory] = []
    first_error: SupplychainError | None = None
    refs: list[str] = []
    for ref, envelope in envelopes:
        refs.append(ref)
        try:
            form, payload_type = signable(envelope)
            signed += signers_of(form, trust, payload_type=payload_type, at=at, where=ref)
        except SupplychainError as error:
            first_error = first_error or error
    if not signed:
        raise first_error or _no_envelopes(where)
    # (3)
    statement = claim_of(envelopes[0][1], where=where)
    # (4)
    subject = _subject(statement, artifact, where)
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
    names = (subject.name, name or subject.name)
    predicate = read_predicate(
        statement,
        where,
        lambda: _satisfied(trust, _covering(trust, statement, names, None), statement, subject, signed, where),
    )
    # (7)
    covering = _covering(trust, statement, names, predicate)
    rules = _satisfied(trust, covering, statement, subject, signed, where)
    counted, signers, people = _counted(signed, rules, trust)
    level = 0
    if isinstance(predicate, Provenance):
        _check_builder(predicate.builder_id, counted, where)
        for rule in rules:
            level = max(level, rule.level_of(predicate.builder_id))
    return VerifiedStatement(
        statement=statement,
        predicate=predicate,
        artifact=subject,
        signers=signers,
        builder_level=level,
        people=people,
        refs=tuple(refs),
        signed_at=earliest(counted),
        log=log_of(counted),
    )


def verify_public(
    ref: str, data: bytes, trust: Trust, *, artifact: Digest, name: str = "", more: Sequence[Digest] = ()
) -> VerifiedStatement:
    """Verify provenance by a public builder that the trust file allows.

    Args:
        ref: Where it lay.
        data: The file: a bundle, JSON lines of bundles, npm's or GitHub's attestation list, Cloud Build's JSON.
        trust: Its `public` says which builders, sources and artifacts.
        artifact: Digest it must be about.
        name: What the one who asks calls the artifact, where known.
        more: Digests of the same artifact by other algorithms; npm knows SHA-512 only.

    Raises:
        VerificationFailed: No entry fits; `code` says why not, for the entry that comes nearest.
        MalformedInput: It cannot be read.
    """
    from supplychain.verification.public_claims import prove

    claim = prove(data, trust, (artifact, *more), name=name, where=ref)
    return VerifiedStatement(
        statement=claim.statement,
        predicate=claim.provenance,
        artifact=Artifact(name=claim.subject, digest=artifact),
        signers=(claim.name,),
        builder_level=claim.level,
        refs=(ref,),
        signed_at=claim.signed_at,
        log="by_builder",
        public=True,
    )


def _subject(statement: Statement, artifact: Digest, where: str) -> Artifact:
    for subject in statement.subjects:
        if subject.digest == artifact:
            return subject
    raise VerificationFailed(
        "the statement is about another artifact",
        code="WRONG_ARTIFACT",
        where=where,
        expected=str(artifact),
        found=", ".join(str(subject) for subject in statement.subjects[:3])[:300],
        hint="check that the artifact is the one that was built, byte for byte",
    )


def _check_builder(builder_id: str, signed: Sequence[Signatory], where: str) -> None:
    """A workflow that signs by its certificate names no other workflow as the builder.

    The payload is the signer's choice and the certificate is not; so an address as builder id must be the subject.
    """
    subjects = {one.subject for one in signed if one.subject}
    if subjects and builder_id.startswith("https://") and not any(_names(builder_id, s) for s in subjects):
        raise VerificationFailed(
            "the provenance names another builder than the certificate",
            code="BUILDER_MISMATCH",
            where=where,
            expected=", ".join(sorted(subjects))[:300],
            found=builder_id[:200],
        )


def _names(builder_id: str, subject: str) -> bool:
    return builder_id == subject or subject.startswith(f"{builder_id}@")


def _covering(trust: Trust, statement: Statement, names: tuple[str, ...], predicate: Predicate | None) -> list[Rule]:
    kind, (stated, asked) = statement.predicate_type, names
    covering = [rule for rule in trust.rules_about(kind) if rule.names(stated)]
    if asked != stated:
        covering = [rule for rule in covering if rule.names(asked)]
    if isinstance(predicate, (Vsa, Approval)):
        environment = predicate.environment or ""
        covering = [rule for rule in covering if rule.decides_in(environment)]
    if isinstance(predicate, Waiver):
        covering = [rule for rule in covering if rule.lets_waive_in(predicate.environments)]
    return covering


def _satisfied(
    trust: Trust,
    covering: list[Rule],
    statement: Statement,
    subject: Artifact,
    signers: Sequence[Signatory],
    where: str,
) -> list[Rule]:
    names = {one.identity.name for one in signers}
    joined, enough = [], []
    for rule in covering:
        if not rule.signers.isdisjoint(names):
            joined.append(rule)
            # One is enough for a threshold of one, and there is one; how many they are is worked out where it matters.
            if rule.threshold == 1 or count_signers(signers, rule.signers, trust) >= rule.threshold:
                enough.append(rule)
    if not joined:
        raise VerificationFailed(
            "the signer is known and may not make this claim",
            code="NOT_ALLOWED",
            where=where,
            expected=_allowed(covering, statement.predicate_type, subject),
            found=", ".join(sorted(names)),
            hint="a rule in the trust file must name this signer for this kind of claim and this artifact",
        )
    if not enough:
        best = joined[0]
        raise VerificationFailed(
            "not enough signers",
            code="THRESHOLD",
            where=where,
            expected=f"{best.threshold} of {', '.join(sorted(best.signers))}",
            found=f"{count_signers(signers, best.signers, trust)}: {', '.join(sorted(names))}",
        )
    return enough


def _counted(
    signed: Sequence[Signatory], rules: Sequence[Rule], trust: Trust
) -> tuple[list[Signatory], tuple[str, ...], tuple[str, ...]]:
    """Those who signed and may, their names, and who they are."""
    if len(signed) == 1:  # and a rule was satisfied by whoever signed
        one = signed[0]
        return [one], (one.identity.name,), (trust.person_of(one.identity, one.subject),)
    believed = rules[0].signers.union(*[rule.signers for rule in rules[1:]]) if len(rules) > 1 else rules[0].signers
    counted, names, people = [], set(), set()
    for one in signed:
        identity = one.identity
        if identity.name in believed:
            counted.append(one)
            names.add(identity.name)
            people.add(trust.person_of(identity, one.subject))
    return counted, tuple(sorted(names)), tuple(sorted(people))


def _allowed(rules: list[Rule], predicate_type: str, subject: Artifact) -> str:
    who = sorted(set().union(*(rule.signers for rule in rules))) if rules else []
    about = f"{KINDS.get(predicate_type, predicate_type)} about {subject.name or subject.digest}"
    return f"{', '.join(who)} for {about}" if who else f"nobody may claim {about}"


def _no_envelopes(where: str) -> VerificationFailed:
    return VerificationFailed("there is no envelope", code="NOT_SIGNED", where=where)
