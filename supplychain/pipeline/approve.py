"""Approve: state that a person says yes or no to an artifact for an environment, sign it, keep it with the evidence.

It is verified before it is kept: an approval that nobody would believe is refused here, not discovered at the gate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplychain.artifact.artifact import Artifact
from supplychain.errors import SupplychainError
from supplychain.pipeline.attest import sign_and_put, state_approval
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.workspace import Workspace
from supplychain.statement.predicates.approval import TYPE, Approval
from supplychain.verification.verifier import verify

UNBREAKABLE = frozenset({"evidence", "provenance", "break_glass", "waivers", "layout", "rebuilt"})
"""Rules that no profile can let be broken, as `policies/lib/break_glass.rego` has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What was signed."""

    artifact: Artifact
    signers: tuple[str, ...]
    """Names from the trust file under which the signature is believed."""
    where: str


def approve(workspace: Workspace, artifact: Artifact, approval: Approval, *, at: datetime) -> Approved:
    """Sign an approval and keep it.

    Args:
        workspace: The project.
        artifact: What it is about; without a name it is called as the evidence about it does.
        approval: Made by `Approval.parse` or held to the same limits.
        at: Time at which the signer must be allowed to sign it.

    Raises:
        MalformedInput: The approval does not keep to its type (`Approval.parse`).
        UsageError: The signing key is missing.
        VerificationFailed: `NOT_ALLOWED` and its like: the trust file does not let this key sign it.
        ToolFailed: The store cannot be read or written.
    """
    checked = Approval.parse(approval.to_json(), where="the approval")
    named = _named(workspace, artifact, at)
    statement = state_approval(named, checked)
    signer = workspace.signer()
    envelope = signer.sign(statement)
    believed = verify(
        [("the approval", envelope)], workspace.trust, artifact=artifact.digest, at=at, predicate_type=TYPE
    )
    where = sign_and_put(statement, signer, workspace.store)[1]
    return Approved(artifact=named, signers=believed.signers, where=where)


def not_breakable(workspace: Workspace, approval: Approval, *, at: datetime) -> tuple[str, ...]:
    """Rules of a broken glass that the policies at hand let nobody break, so that breaking them does nothing.

    Empty where the policies cannot be loaded: an emergency must not wait for them, and the gate tells in the end.
    """
    try:
        profile = workspace.policies(approval.environment, at=at).profile
    except SupplychainError:
        return ()
    thresholds = profile["thresholds"].get("break_glass") if "break_glass" in profile["rules"] else {}
    breakable = thresholds.get("rules") if isinstance(thresholds, dict) else ()
    known = breakable if isinstance(breakable, list) else ()
    allowed = {rule for rule in known if isinstance(rule, str)} - UNBREAKABLE
    return tuple(rule for rule in approval.rules if rule not in allowed)


def own_name(workspace: Workspace) -> str:
    """How the trust file calls the configured signer; for one it does not know, how the signer calls itself.

    Raises:
        UsageError: The signing key is missing.
    """
    name = workspace.signer().name
    identity = workspace.trust.by_keyid(name)
    return identity.name if identity else name


def _named(workspace: Workspace, artifact: Artifact, at: datetime) -> Artifact:
    if artifact.name:
        return artifact
    found = collect_dossier(artifact, workspace.store, workspace.trust, at=at).statements
    return found[0].artifact if found else artifact
