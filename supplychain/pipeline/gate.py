"""The gate: fetch what the store has, believe what trust believes, decide, and remember the decision.

Store and verification meet only here: everything fetched goes through `assemble` before anything looks at it.
"""

from __future__ import annotations

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
from supplychain.policy.engine import Engine, decide, unknown
from supplychain.policy.regorus import Regorus
from supplychain.promotion.summary import summarize
from supplychain.store.interface import Store
from supplychain.verification.dossier import Dossier, assemble
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


def collect_dossier(artifact: Artifact, store: Store, trust: Trust, *, at: datetime) -> Dossier:
    """Fetch everything about an artifact and verify it.

    Raises:
        ToolFailed: The store cannot be read.
    """
    raw = [(stored.ref, stored.data) for stored in store.find(artifact.digest)]
    dossier = assemble(artifact, raw, trust, at=at)
    documents = {digest: store.document(digest) for digest in dossier.references()}
    return dossier.with_documents({digest: data for digest, data in documents.items() if data is not None})


def decide_for(workspace: Workspace, dossier: Dossier, environment: str, engine: Engine, *, at: datetime) -> Decision:
    """Decide about an artifact for an environment; writes nothing.

    Raises:
        UsageError: The environment has no profile or is not on the ladder.
        MalformedInput: The profile is not one.
    """
    previous = workspace.ladder.before(environment)
    document = build_document(dossier, environment=environment, previous=previous, at=at)
    try:
        policies = workspace.policies(environment)
    except PolicyNotEvaluated as error:
        return Decision(
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
    return decide(engine, policies, document, dossier.artifact, at=at)


def gate(
    workspace: Workspace, artifact: Artifact, environment: str, engine: Engine | None = None, *, at: datetime
) -> Gated:
    """Decide, write the decision record, and sign and keep a VSA (PASSED or FAILED).

    The record is written before the summary that points to it: killed in between, there is no promotion.

    Raises:
        ToolFailed: The store cannot be read or written.
        UsageError: As `decide_for`, or the signing key is missing.
    """
    engine = engine or Regorus()
    dossier = collect_dossier(artifact, workspace.store, workspace.trust, at=at)
    decision = decide_for(workspace, dossier, environment, engine, at=at)
    workspace.store.put_document(decision.record())
    record = record_path(workspace, artifact.digest, environment)
    write_atomic(record, decision.record())
    vsa = summarize(decision, dossier)
    summary = None
    if vsa is not None:
        _, summary = sign_and_put(state_summary(dossier.artifact, vsa), workspace.signer(), workspace.store)
    return Gated(decision=decision, dossier=dossier, record=record, summary=summary)


def record_path(workspace: Workspace, digest: Digest, environment: str) -> Path:
    """Where the newest decision record about an artifact for an environment lies."""
    return workspace.store.root / "decisions" / digest.algorithm / digest.hex / f"{environment}.json"
