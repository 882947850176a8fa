"""A verified statement as a bare DSSE envelope, for tools that read no Sigstore bundles: `slsa-verifier verify-vsa`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from supplychain.encoding import pretty_json
from supplychain.errors import SupplychainError, UsageError
from supplychain.files import write_atomic
from supplychain.signing.envelope import Envelope
from supplychain.verification.verifier import VerifiedStatement


def write_envelope(path: Path, verified: tuple[VerifiedStatement, ...], raw: Iterable[tuple[str, bytes]]) -> None:
    """Write the one verified statement, with the signatures of every envelope that carried it.

    Args:
        path: Where to.
        verified: What verified; it must be one.
        raw: Where each piece of evidence lay, and its bytes.

    Raises:
        UsageError: `NOT_ONE_STATEMENT`, or the file cannot be written.
    """
    if len(verified) != 1:
        raise UsageError(
            "one envelope carries one statement",
            code="NOT_ONE_STATEMENT",
            where="--envelope",
            expected="exactly one verified statement",
            found=str(len(verified)),
            hint="narrow it down: --predicate KIND, --env ENV, --bundle FILE",
        )
    parts = [envelope for ref, data in raw if ref in verified[0].refs and (envelope := _parse(data, ref)) is not None]
    same = [envelope for envelope in parts if envelope.payload == verified[0].statement.payload]
    if not same:
        raise UsageError("this evidence is no envelope", code="NOT_ONE_STATEMENT", where=", ".join(verified[0].refs))
    body = same[0].to_json()
    body["signatures"] = [signature for envelope in same for signature in envelope.to_json()["signatures"]]
    write_atomic(path, pretty_json(body))


def _parse(data: bytes, ref: str) -> Envelope | None:
    try:
        return Envelope.parse(data, where=ref)
    except SupplychainError:
        return None
