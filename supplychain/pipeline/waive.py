"""Waive: state that somebody takes a finding upon himself, sign it, and keep it with the artifact's evidence.

It is verified before it is kept: a waiver that nobody would believe is refused here, not discovered at the gate.
"""

from __future__ import annotations

from datetime import datetime

from supplychain.artifact.artifact import Artifact
from supplychain.pipeline.attest import sign_and_put, state_waiver
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.workspace import Workspace
from supplychain.statement.predicates.waiver import TYPE, Waiver
from supplychain.verification.verifier import verify


def waive(workspace: Workspace, artifact: Artifact, waiver: Waiver, *, at: datetime) -> str:
    """Sign a waiver and keep it; return where it lies.

    Args:
        workspace: The project.
        artifact: What it is about; without a name it is called as the evidence about it does.
        waiver: Made by `Waiver.parse` or held to the same limits.
        at: Time at which the signer must be allowed to sign it.

    Raises:
        MalformedInput: The waiver does not keep to its type (`Waiver.parse`).
        UsageError: The signing key is missing.
        VerificationFailed: `NOT_ALLOWED` and its like: the trust file does not let this key sign it.
        ToolFailed: The store cannot be read or written.
    """
    checked = Waiver.parse(waiver.to_json(), where="the waiver")
    statement = state_waiver(_named(workspace, artifact, at), checked)
    signer = workspace.signer()
    envelope = signer.sign(statement)
    verify([("the waiver", envelope)], workspace.trust, artifact=artifact.digest, at=at, predicate_type=TYPE)
    return sign_and_put(statement, signer, workspace.store)[1]


def _named(workspace: Workspace, artifact: Artifact, at: datetime) -> Artifact:
    if artifact.name:
        return artifact
    found = collect_dossier(artifact, workspace.store, workspace.trust, at=at).statements
    return found[0].artifact if found else artifact
