"""Check a layout for an artifact: read layout, keys and links, verify, and tell what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.files import MIB, read_bytes
from supplychain.pipeline.attest_claims import keep_claim, named
from supplychain.pipeline.layout_inspect import inspector
from supplychain.pipeline.layout_offers import Folder, Kept
from supplychain.pipeline.workspace import Workspace
from supplychain.signing.identity import PublicKey
from supplychain.statement.predicates import layout
from supplychain.statement.predicates.layout import CheckedLayout
from supplychain.statement.statement import Statement
from supplychain.store.interface import Store
from supplychain.verification.layout import check_layout
from supplychain.verification.layout_keys import LayoutKey
from supplychain.verification.layout_links import Offers
from supplychain.verification.layout_metadata import MAX_METADATA, SignedMetadata
from supplychain.verification.layout_plan import Demands, check_owners


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOrder:
    """A layout to hold an artifact against."""

    layout: Path
    keys: tuple[Path, ...]
    """PEM public keys that all must have signed it."""
    links: Path | None
    """Folder of link files; None: the store."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None
    """The artifact as a file, for inspections."""
    inspections: bool = False
    """Run the commands that the layout wants to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutAnswer:
    """What came of a check."""

    checked: CheckedLayout
    notes: tuple[str, ...] = ()
    error: VerificationFailed | None = None
    """Why it failed."""


def check_order(artifact: Artifact, order: LayoutOrder, store: Callable[[], Store], *, at: datetime) -> LayoutAnswer:
    """Hold an artifact against a layout; a layout that was not followed is an answer, too.

    Raises:
        UsageError: A file is missing, no key is given, or the layout wants to run commands and may not.
        MalformedInput: The layout is none, or names keys that cannot be used; a key is none.
        ToolFailed: Links cannot be read.
    """
    data = read_bytes(order.layout, max_bytes=MAX_METADATA, what="a signed in-toto layout")
    metadata = SignedMetadata.parse(data, where=str(order.layout))
    owners = tuple(_owner(path) for path in order.keys)
    offers: Offers = Folder(order.links) if order.links else Kept(store(), artifact.digest)
    demands = Demands(
        artifact=artifact.digest,
        at=at,
        parameters=order.parameters,
        inspect=inspector(order.file) if order.inspections else None,
    )
    try:
        followed = check_layout(metadata, owners, offers, demands)
    except VerificationFailed as error:
        checked = replace(_result(order, data, at), keys=_signed(metadata, owners), result="FAILED", code=error.code)
        return LayoutAnswer(checked=checked, error=error)
    keys = _signed(metadata, owners)
    checked = replace(
        _result(order, data, at),
        keys=keys,
        expires=followed.expires,
        steps=followed.steps,
        inspected=followed.inspected,
    )
    return LayoutAnswer(checked=checked, notes=followed.notes)


def check_and_state(
    workspace: Workspace, artifact: Artifact, order: LayoutOrder, *, at: datetime
) -> tuple[LayoutAnswer, str]:
    """Check, sign the result - FAILED as well as PASSED - and keep it; return it and where it lies.

    Raises:
        UsageError: As `check_order`, or the signing key is missing; then nothing is stated.
        MalformedInput: As `check_order`.
        VerificationFailed: The trust file does not let this key state it.
        ToolFailed: As `check_order`, or the store cannot be written.
    """
    answer = check_order(artifact, order, lambda: workspace.store, at=at)
    statement = Statement.make((named(workspace, artifact, at=at),), layout.TYPE, answer.checked.to_json())
    return answer, keep_claim(workspace, "layout", statement, at=at).where


def _owner(path: Path) -> LayoutKey:
    return LayoutKey.of(PublicKey.parse(read_bytes(path, max_bytes=MIB, what="a PEM public key"), where=str(path)))


def _result(order: LayoutOrder, data: bytes, at: datetime) -> CheckedLayout:
    return CheckedLayout(
        name=order.layout.name,
        digest=Digest.of_bytes(data),
        expires=None,
        keys=(),
        parameters=order.parameters,
        verified=at,
        result="PASSED",
    )


def _signed(metadata: SignedMetadata, owners: tuple[LayoutKey, ...]) -> tuple[str, ...]:
    """The key ids of the owners where all have signed, else none: a layout belongs to all of them."""
    try:
        check_owners(metadata, owners)
    except SupplychainError:
        return ()
    return tuple(sorted({owner.keyid for owner in owners}))
