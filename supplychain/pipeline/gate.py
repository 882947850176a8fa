"""The gate: fetch what the store has, believe what trust believes, decide, and remember the decision.

Store and verification meet only here: everything fetched goes through `assemble` before anything looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import PolicyNotEvaluated
from supplychain.files import write_atomic
from supplychain.pipeline.attest import sign_and_put, state_summary
from supplychain.pipeline.workspace import Workspace
from supplychain.policy.decision import Decision, Verdict
from supplychain.policy.document import build_document
from supplychain.policy.engine import Engine, Given, decide_given, unknown
from supplychain.policy.policy_set import PolicySet
from supplychain.promotion.summary import summarize
from supplychain.statement.predicates.vsa import Vsa
from supplychain.store.interface import Store
from supplychain.verification.dossier import Dossier, Known, assemble
from supplychain.verification.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Gated:
    """A decision, and where it is remembered."""

    decision: Decision
    dossier: Dossier
    record: Path
    """The decision record."""
    summary: str | None
    """Where the VSA lies; None for CANNOT_TELL."""
    later: datetime | None = None
    """Time of the newest verified summary for this environment that is dated after this decision."""


def collect_dossier(
    artifact: Artifact,
    store: Store,
    trust: Trust,
    *,
    at: datetime,
    more: Sequence[Digest] = (),
    known: Known | None = None,
) -> Dossier:
    """Fetch everything about an artifact and verify it.

    Args:
        artifact: What it must be about.
        store: Where it lies.
        trust: Who may claim what.
        at: Time of the decision.
        more: Digests of the artifact by other algorithms, for public builders that know no other.
        known: What was verified before (see `Known`).

    Raises:
        ToolFailed: The store cannot be read.
    """
    raw = [(stored.ref, stored.data) for stored in store.find(artifact.digest)]
    dossier = assemble(artifact, raw, trust, at=at, more=more, known=known)
    documents = {digest: store.document(digest) for digest in dossier.references()}
    return dossier.with_documents({digest: data for digest, data in documents.items() if data is not None})


def decide_for(workspace: Workspace, dossier: Dossier, environment: str, engine: Engine, *, at: datetime) -> Decision:
    """Decide about an artifact for an environment; writes nothing.

    Raises:
        UsageError: The environment has no profile or is not on the ladder.
        MalformedInput: The profile is not one.
    """
    return _decide(workspace, dossier, environment, engine, at=at)[0]


def _decide(
    workspace: Workspace, dossier: Dossier, environment: str, engine: Engine, *, at: datetime
) -> tuple[Decision, Given, PolicySet | None]:
    """The decision, the input document, and the policies where they could be loaded."""
    previous = workspace.ladder.before(environment)
    document = build_document(dossier, environment=environment, previous=previous, at=at)
    given = Given(document)
    try:
        policies = workspace.policies(environment, at=at)
    except PolicyNotEvaluated as error:
        decision = Decision(
            verdict=Verdict.CANNOT_TELL,
            environment=environment,
            artifact=dossier.artifact,
            violations=(unknown(error),),
            warnings=(),
            rules=(),
            policy=None,
            input=None,
            engine=engine.name,
            at=at,
        )
        return decision, given, None
    return decide_given(engine, policies, given, dossier.artifact, at=at), given, policies


def gate(
    workspace: Workspace,
    artifact: Artifact,
    environment: str,
    engine: Engine | None = None,
    *,
    at: datetime,
    more: Sequence[Digest] = (),
) -> Gated:
    """Decide, write the decision record, and sign and keep a VSA (PASSED or FAILED). `more`: as `collect_dossier`.

    The record is written before the summary that points to it: killed in between, there is no promotion.

    Raises:
        ToolFailed: The store cannot be read or written.
        UsageError: As `decide_for`, or the signing key is missing.
    """
    engine = engine or workspace.engine()
    known = workspace.known  # each rung of a ladder finds what the one before has verified
    dossier = collect_dossier(artifact, workspace.store, workspace.trust, at=at, more=more, known=known)
    decision, given, policies = _decide(workspace, dossier, environment, engine, at=at)
    if policies is not None:
        _keep(workspace.store, policies, given)
    workspace.store.put_document(decision.record())
    record = record_path(workspace, artifact.digest, environment)
    write_atomic(record, decision.record())
    vsa = summarize(decision, dossier)
    summary = None
    if vsa is not None:
        _, summary = sign_and_put(state_summary(dossier.artifact, vsa), workspace.signer(), workspace.store)
    later = _later_summary(dossier, environment, at)
    return Gated(decision=decision, dossier=dossier, record=record, summary=summary, later=later)


def _later_summary(dossier: Dossier, environment: str, at: datetime) -> datetime | None:
    """A clock has jumped, or the decision is about the past: from its time on that summary counts, not ours."""
    found = [s.predicate for s in dossier.statements if isinstance(s.predicate, Vsa)]
    return max((vsa.verified for vsa in found if vsa.environment == environment and vsa.verified > at), default=None)


def _keep(store: Store, policies: PolicySet, given: Given) -> None:
    """Keep what it takes to decide again: the input document, and each policy set that is not there yet."""
    store.put_document(given.canonical)
    for part in policies.parts:
        if store.document(part.digest) is None:
            store.put_document(part.sources)
            store.put_document(part.manifest)


def record_path(workspace: Workspace, digest: Digest, environment: str) -> Path:
    """Where the newest decision record about an artifact for an environment lies."""
    return workspace.records / "decisions" / digest.algorithm / digest.hex / f"{environment}.json"
