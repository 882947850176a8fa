"""Move evidence between stores, and list what a store has. Nothing is verified and nothing changed: bytes go over.

Copying twice is copying once. What fails is told and the rest goes on, so that one damaged piece holds nothing up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode, MalformedInput, NothingToCheck, SupplychainError, ToolFailed
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates.registry import KINDS
from supplychain.statement.statement import Statement
from supplychain.store.interface import NAME, Store, Stored

_HEX = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(slots=True, kw_only=True)
class Moved:
    """What happened to the evidence about one artifact."""

    subject: Digest
    copied: list[str] = field(default_factory=list)
    """Where each new envelope lies now."""
    present: int = 0
    """Envelopes that were there already."""
    documents: int = 0
    """Documents that came along."""
    empty: list[str] = field(default_factory=list)
    """Where something lies that is no envelope and was left behind."""
    failed: list[SupplychainError] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Envelopes that the first store has."""
        return len(self.copied) + self.present + len(self.empty)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "digest": str(self.subject),
            "copied": self.copied,
            "present": self.present,
            "documents": self.documents,
            "left": self.empty,
            "failed": [error.to_json()["error"] for error in self.failed],
        }


def copy_evidence(source: Store, target: Store, artifacts: Sequence[Artifact] | None) -> tuple[Moved, ...]:
    """Copy evidence, and the documents it refers to.

    Args:
        source: Where it is.
        target: Where it is wanted.
        artifacts: About what; None: everything the source can list.

    Raises:
        NothingToCheck: The source has nothing of what was asked for.
        ToolFailed: The source cannot be listed. What fails later is told in the result.
    """
    documents = frozenset(source.documents())
    subjects = source.subjects() if artifacts is None else tuple(dict.fromkeys(a.digest for a in artifacts))
    moved = [_copy_one(source, target, subject, documents) for subject in subjects]
    if artifacts is None:
        moved = [one for one in moved if one.found or one.failed]
    if not any(one.found or one.failed for one in moved):
        raise NothingToCheck(
            "the store has nothing of what was asked for",
            code="NO_EVIDENCE",
            expected="evidence about at least one artifact",
            hint="check the digests, and that this is the store",
        )
    return tuple(moved)


def exit_code(moved: Sequence[Moved]) -> ExitCode:
    """What a copy ends with: something failed, something asked for was not there, or all is well."""
    if any(one.failed for one in moved):
        return ExitCode.TOOL_FAILED
    return ExitCode.OK if all(one.found for one in moved) else ExitCode.NOTHING_TO_CHECK


def listing(artifact: Artifact, store: Store) -> list[dict[str, Any]]:
    """What lies under a digest, as it says of itself; none of it is verified.

    Returns:
        Objects `{"ref", "name", "size", "digest", "kind", "predicate_type", "keyids", "error"}`.

    Raises:
        NothingToCheck: Nothing lies there.
        ToolFailed: The store cannot be read.
    """
    found = [_described(stored) for stored in store.find(artifact.digest)]
    if not found:
        raise NothingToCheck("the store has nothing about this artifact", code="NO_EVIDENCE", where=str(artifact))
    return found


def _copy_one(source: Store, target: Store, subject: Digest, documents: frozenset[Digest]) -> Moved:
    moved = Moved(subject=subject)
    try:
        there = target.find(subject)
        offered = source.find(subject)
    except ToolFailed as error:
        moved.failed.append(error)
        return moved
    held = {Digest.of_bytes(stored.data) for stored in there}
    names = {stored.name for stored in there}
    wanted: set[Digest] = set()
    for stored in offered:
        digest = Digest.of_bytes(stored.data)
        wanted |= {named for named in _mentioned(stored.data) if named in documents}
        if not stored.data:
            moved.empty.append(stored.ref)
        elif digest in held:
            moved.present += 1
        else:
            name = stored.name if NAME.fullmatch(stored.name) and stored.name not in names else _name(stored.data)
            try:
                moved.copied.append(target.put([subject], name, stored.data))
            except ToolFailed as error:
                moved.failed.append(error)
                continue
            held.add(digest)
            names.add(name)
    for digest in sorted(wanted):
        _copy_document(source, target, digest, moved)
    return moved


def _copy_document(source: Store, target: Store, digest: Digest, moved: Moved) -> None:
    try:
        if target.document(digest) is not None:
            return
        data = source.document(digest)
        if data is not None:
            target.put_document(data)
            moved.documents += 1
        else:
            message = "a document is damaged: its content does not match its digest"
            moved.failed.append(ToolFailed(message, code="STORE_CORRUPT", where=str(digest)))
    except ToolFailed as error:
        moved.failed.append(error)


def _mentioned(data: bytes) -> Iterator[Digest]:
    """Digests that a statement names; whoever copies looks which of them are documents."""
    try:
        payload = Envelope.parse(data, where="evidence").payload
    except MalformedInput:
        return
    for text in set(_HEX.findall(payload)):
        yield Digest.parse(f"sha256:{text.decode()}")


def _name(data: bytes) -> str:
    """A name that follows from the content, where there is none or something else has it."""
    content = Digest.of_bytes(data).hex
    try:
        envelope = Envelope.parse(data, where="evidence")
        statement = Statement.parse(envelope.payload, where="evidence")
    except MalformedInput:
        return f"envelope-{content[:32]}"
    return f"{KINDS.get(statement.predicate_type, 'statement')}-{envelope.digest.hex[:16]}-{content[:16]}"


def _described(stored: Stored) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": "", "predicate_type": "", "keyids": [], "error": ""}
    try:
        envelope = Envelope.parse(stored.data, where=stored.ref)
        said["keyids"] = [signature.keyid for signature in envelope.signatures]
        statement = Statement.parse(envelope.payload, where=stored.ref)
        said["predicate_type"] = statement.predicate_type
        said["kind"] = KINDS.get(statement.predicate_type, "other")
    except MalformedInput as error:
        said["error"] = error.code
    return {
        "ref": stored.ref,
        "name": stored.name,
        "size": len(stored.data),
        "digest": str(Digest.of_bytes(stored.data)),
        **said,
    }
