"""Sign a file: the plain claim "these bytes are mine", as a statement of its own predicate type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.files import read_bytes, write_atomic
from supplychain.pipeline.pending import MAX_BLOB, queue_file
from supplychain.signing.envelope import LogPending
from supplychain.signing.interface import Signer
from supplychain.statement.statement import Statement

RELEASE_TYPE = "urn:supplychain:predicate:signature:v1"
"""Predicate type of a plain signature; the predicate is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """A signature beside a file."""

    file: Path
    bundle: Path
    signer: str
    timestamps: int
    log: str
    """`included`, `pending` or `none`."""
    reason: str = ""
    """Why the log entry is pending."""

    def to_json(self) -> dict[str, Any]:
        """`{"file", "bundle", "signer", "timestamps", "log"}`, and `reason` when the entry is pending."""
        told = {"file": str(self.file), "bundle": str(self.bundle), "signer": self.signer}
        more = {"reason": self.reason} if self.reason else {}
        return {**told, "timestamps": self.timestamps, "log": self.log, **more}


def sign_blob(path: Path, signer: Signer) -> SignedFile:
    """Sign the file itself, without a statement, and write the bundle beside it, as `<name>.sigstore.json`.

    Raises:
        UsageError: The file cannot be read, or the signer cannot be used.
        ToolFailed: A service did not do its part, or the bundle cannot be written.
        MalformedInput: The file is larger than can be signed at once; a statement names it by digest instead.
    """
    blob = signer.sign_blob(read_bytes(path, max_bytes=MAX_BLOB, what="a file that is signed as a whole"))
    target = path.with_name(path.name + ".sigstore.json")
    if blob.pending is not None:
        queue_file(blob, target, artifact=path)
    write_atomic(target, blob.to_bundle())
    return _told(path, target, signer, blob.material, blob.pending)


def sign_file(path: Path, signer: Signer) -> SignedFile:
    """Sign a file and write the bundle beside it, as `<name>.sigstore.json`.

    Raises:
        UsageError: The file cannot be read, or the signer cannot be used.
        ToolFailed: A service did not do its part, or the bundle cannot be written.
    """
    statement = Statement.make((Artifact.of_file(path),), RELEASE_TYPE, {})
    target = path.with_name(path.name + ".sigstore.json")
    envelope = signer.sign(statement)
    if envelope.pending is not None:  # noted first: killed in between, the entry is still made
        queue_file(envelope, target)
    write_atomic(target, envelope.to_bundle())
    return _told(path, target, signer, envelope.material or {}, envelope.pending)


def _told(
    path: Path, bundle: Path, signer: Signer, material: Mapping[str, Any], pending: LogPending | None = None
) -> SignedFile:
    entered = "included" if material.get("tlogEntries") else "none"
    return SignedFile(
        file=path,
        bundle=bundle,
        signer=signer.name,
        timestamps=len(material.get("timestampVerificationData", {}).get("rfc3161Timestamps", [])),
        log="pending" if pending else entered,
        reason=pending.reason if pending else "",
    )
