"""Rekor: did a transparency log take this entry in, and when?

Rekor v1 gives a promise (signed entry timestamp) and a proof with a checkpoint; Rekor v2 a proof with a checkpoint and
no time. What the entry says is the business of `entry`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from supplychain.encoding import canonical_json, format_time
from supplychain.errors import VerificationFailed
from supplychain.signing.sigstore_bundle import InclusionProof, LogEntry
from supplychain.verification.sigstore.checkpoint import Checkpoint
from supplychain.verification.sigstore.facts import VerifiedEntry
from supplychain.verification.sigstore.keys import accepts
from supplychain.verification.sigstore.merkle import verify_inclusion
from supplychain.verification.sigstore.trusted_root import Log

PROMISE_ONLY = frozenset({"0.1", "cosign"})
"""Bundle versions in which a promise alone is enough, because there was nothing else."""
_V1 = frozenset({("hashedrekord", "0.0.1"), ("dsse", "0.0.1"), ("intoto", "0.0.1"), ("intoto", "0.0.2")})
_V2 = frozenset({("hashedrekord", "0.0.2"), ("dsse", "0.0.2")})


def verify_entry(entry: LogEntry, logs: Sequence[Log], *, version: str) -> VerifiedEntry:
    """Verify that a log of the trusted root took an entry in.

    Args:
        entry: The entry of the bundle.
        logs: Rekor logs of the trusted root.
        version: Version of the bundle, which says what an entry must bring along.

    Raises:
        VerificationFailed: `NOT_IN_LOG`, `UNKNOWN_LOG`, `PROMISE_INVALID`, `CHECKPOINT_INVALID`, `LOG_PROOF_INVALID`,
            `LOG_ENTRY_MISMATCH` for a kind of entry that is not known.
    """
    # 1. The entry must bring what its version demands; a proof without a checkpoint proves nothing and is not there.
    proof = entry.proof if entry.proof is not None and entry.proof.checkpoint is not None else None
    _check_shape(entry, proof, version)
    # 2. The log must be one of the trusted root, at the time the log claims.
    log = _log_of(entry, logs)
    # 3. The promise, when there is one, must hold: only it makes the time believable.
    if entry.promise is not None:
        _check_promise(entry, log)
    # 4. The checkpoint must be signed by the log, and the entry lead to its root.
    if proof is not None:
        _check_proof(entry, proof, log)
    return VerifiedEntry(
        log=log.url,
        log_id=entry.log_id.hex(),
        index=entry.log_index,
        kind=entry.kind,
        version=entry.version,
        integrated_time=_time(entry) if entry.promise is not None else None,
        proven=proof is not None,
    )


def _check_shape(entry: LogEntry, proof: InclusionProof | None, version: str) -> None:
    kind = (entry.kind, entry.version)
    if kind not in _V1 | _V2:
        raise VerificationFailed(
            "the log entry is of a kind that is not known",
            code="LOG_ENTRY_MISMATCH",
            expected=", ".join(f"{k} {v}" for k, v in sorted(_V1 | _V2)),
            found=f"{entry.kind} {entry.version}"[:80],
        )
    if version in PROMISE_ONLY and entry.promise is None:
        raise _missing("the log's promise", "a bundle v0.1 must carry a signed entry timestamp")
    if version not in PROMISE_ONLY and proof is None:
        raise _missing("an inclusion proof with a checkpoint", "a bundle from v0.2 on must carry one")
    if kind in _V2 and (entry.promise is not None or entry.integrated_time or proof is None):
        raise VerificationFailed(
            "an entry of Rekor v2 has a proof and neither promise nor time",
            code="LOG_ENTRY_MISMATCH",
            found="a promise or a time" if proof else "no proof",
        )
    if kind in _V2 and proof is not None and proof.log_index != entry.log_index:
        raise VerificationFailed(
            "the entry and its proof name different places in the log",
            code="LOG_PROOF_INVALID",
            expected=str(entry.log_index),
            found=str(proof.log_index),
        )
    if entry.promise is not None and not entry.integrated_time:
        raise VerificationFailed("the log's promise is about no time", code="PROMISE_INVALID")


def _log_of(entry: LogEntry, logs: Sequence[Log]) -> Log:
    named = [log for log in logs if log.log_id == entry.log_id]
    at = _time(entry) if entry.promise is not None else None
    for log in named:
        if at is None or log.valid.covers(at):
            return log
    raise VerificationFailed(
        "the log is none that the trusted root names" if not named else "the log is not trusted at that time",
        code="UNKNOWN_LOG",
        expected=", ".join(f"{log.url} ({log.valid})" for log in named or logs)[:300] or "a log in the trusted root",
        found=entry.log_id.hex() + (f" at {format_time(at)}" if at else ""),
        hint="is this the trusted root of the instance that was signed with?",
    )


def _check_promise(entry: LogEntry, log: Log) -> None:
    """The log signs body, time, its own id and index, as canonical JSON (RFC 8785)."""
    promised = {
        "body": base64.b64encode(entry.body).decode("ascii"),
        "integratedTime": entry.integrated_time,
        "logID": entry.log_id.hex(),
        "logIndex": entry.log_index,
    }
    if not accepts(log.key, entry.promise or b"", canonical_json(promised)):
        raise VerificationFailed(
            "the log's promise does not match the entry",
            code="PROMISE_INVALID",
            expected=f"a signature by {log.url} over entry, time and index",
            found="another signature",
        )


def _check_proof(entry: LogEntry, proof: InclusionProof, log: Log) -> None:
    # 4.1 The checkpoint must be signed by the log.
    checkpoint = Checkpoint.parse(proof.checkpoint or "")
    checkpoint.verify(log)
    # 4.2 It must be about the very tree of the proof.
    if checkpoint.root_hash != proof.root_hash or checkpoint.size != proof.tree_size:
        raise VerificationFailed(
            "the checkpoint is about another tree than the proof",
            code="CHECKPOINT_INVALID",
            expected=f"size {proof.tree_size}, root {proof.root_hash.hex()}",
            found=f"size {checkpoint.size}, root {checkpoint.root_hash.hex()}",
        )
    # 4.3 The entry must lead to that root.
    verify_inclusion(
        entry.body, index=proof.log_index, size=proof.tree_size, path=proof.hashes, root=checkpoint.root_hash
    )


def check_period(log_id: bytes, times: Sequence[datetime], logs: Sequence[Log]) -> None:
    """For a log without a time of its own: the log must be trusted at the times others vouch for.

    Raises:
        VerificationFailed: `UNKNOWN_LOG`.
    """
    named = [log for log in logs if log.log_id == log_id]
    if times and not any(all(log.valid.covers(at) for at in times) for log in named):
        raise VerificationFailed(
            "the log is not trusted at that time",
            code="UNKNOWN_LOG",
            expected=", ".join(f"{log.url} ({log.valid})" for log in named),
            found=", ".join(format_time(at) for at in times),
        )


def _time(entry: LogEntry) -> datetime:
    try:
        return datetime.fromtimestamp(entry.integrated_time, tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise VerificationFailed(
            "the time of the log entry is no time", code="PROMISE_INVALID", found=str(entry.integrated_time)
        ) from None


def _missing(what: str, why: str) -> VerificationFailed:
    return VerificationFailed(f"the log entry lacks {what}", code="NOT_IN_LOG", expected=why, found="none")
