"""`attest link`: a step that is no single command, recorded in one go or in two (`--start`, work, `--stop`).

Between start and stop the materials lie in `.supplychain/steps/<step>.json`, signed by the key that has to stop it:
what is changed there meanwhile is refused. (in-toto's own name for this is "record".)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import UsageError, VerificationFailed
from supplychain.files import MIB, read_bytes, write_new
from supplychain.pipeline.link_files import record_materials, record_products, source_materials
from supplychain.pipeline.link_state import KeptLink, check_step, keep_link, key_of, materials_of, not_materials
from supplychain.pipeline.workspace import Workspace
from supplychain.signing.envelope import Envelope, pre_authentication_encoding
from supplychain.signing.interface import Signer
from supplychain.statement.predicates.link import Link, Material

UNFINISHED_TYPE = "application/vnd.supplychain.unfinished-step+json"
"""Payload type of a step that was started; no verifier of statements accepts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOrder:
    """What to record of a step."""

    step: str
    materials: tuple[Path, ...] = ()
    """Files and folders; none: every file of the source tree."""
    products: tuple[str, ...] = ()
    """Globs of relative paths."""
    link_dir: Path | None = None


def record_step(workspace: Workspace, order: StepOrder) -> KeptLink:
    """Record materials and products as they are now, sign the link and keep it.

    Raises:
        UsageError: No product is named, a path lies outside, or the signing key is missing.
        NothingToCheck: `NO_PRODUCTS`.
        ToolFailed: A file changed while it was hashed, or the store cannot be written.
    """
    _check(order)
    return _keep(workspace, order, materials_of(_materials(workspace, order)))


def start_step(workspace: Workspace, order: StepOrder) -> Path:
    """Record the materials of a step that begins now; return where they lie.

    Raises:
        UsageError: `STEP_STARTED`: it was started already; or as `record_step`.
        ToolFailed: As `record_step`.
    """
    check_step(order.step)
    materials = materials_of(_materials(workspace, order))
    body = {"step": order.step, "materials": [material.to_json() for material in materials]}
    envelope = workspace.signer().sign_payload(UNFINISHED_TYPE, canonical_json(body))
    path = _place(workspace, order.step)
    if not write_new(path, canonical_json(envelope.to_json())):
        raise UsageError(
            "this step was started already",
            code="STEP_STARTED",
            where=str(path),
            expected="attest link --stop",
            hint="stop it; or delete the file to begin anew",
        )
    return path


def stop_step(workspace: Workspace, order: StepOrder) -> KeptLink:
    """Record the products of a step that was started, sign the link and keep it.

    Raises:
        UsageError: `STEP_NOT_STARTED`; or as `record_step`.
        VerificationFailed: `STEP_CHANGED`: what was recorded at its start was changed, or another key started it.
        MalformedInput: What was recorded is no envelope.
        NothingToCheck: As `record_step`.
        ToolFailed: As `record_step`.
    """
    _check(order)
    if order.materials:
        raise UsageError("materials are recorded at the start", where="--material", expected="--start --material PATH")
    path = _place(workspace, order.step)
    if not path.exists():
        raise UsageError(
            "this step was not started", code="STEP_NOT_STARTED", where=str(path), expected="attest link --start"
        )
    kept = _keep(workspace, order, _started(path, order.step, workspace.signer()))
    path.unlink(missing_ok=True)
    return kept


def _check(order: StepOrder) -> None:
    check_step(order.step)
    if not order.products:
        raise UsageError("a link is about products", where="--product", expected='--product "dist/*"')


def _materials(workspace: Workspace, order: StepOrder) -> tuple[Artifact, ...]:
    root = workspace.config.root
    if order.materials:
        return record_materials(root, order.materials)
    return source_materials(root, exclude=not_materials(workspace.config, order.link_dir, order.products))


def _keep(workspace: Workspace, order: StepOrder, materials: tuple[Material, ...]) -> KeptLink:
    products = record_products(workspace.config.root, order.products)
    value = Link(name=order.step, materials=materials, byproducts={}, environment={})
    return keep_link(products, value, workspace.signer(), workspace.store, link_dir=order.link_dir)


def _place(workspace: Workspace, step: str) -> Path:
    return workspace.config.root / ".supplychain" / "steps" / f"{step}.json"


def _started(path: Path, step: str, signer: Signer) -> tuple[Material, ...]:
    envelope = Envelope.parse(read_bytes(path, max_bytes=32 * MIB, what="a step that was started"), where=str(path))
    # The same key must sign again, so that its public half is known.
    key = key_of(signer, signer.make(pre_authentication_encoding(UNFINISHED_TYPE, b"stop")))
    good = envelope.payload_type == UNFINISHED_TYPE and any(
        key.accepts(signature.sig, envelope.pae()) for signature in envelope.signatures
    )
    body = parse_json_object(envelope.payload, where=str(path)) if good else {}
    if body.get("step") != step:
        raise VerificationFailed(
            "what was recorded at the start of the step was changed since, or another key started it",
            code="STEP_CHANGED",
            where=str(path),
            expected=f"step {step!r}, signed by the key that stops it",
            found=f"step {body.get('step')!r}" if body else "a signature that does not match",
            hint="delete the file and perform the step again",
        )
    return Link.parse({"name": step, "materials": body.get("materials")}, where=str(path)).materials
