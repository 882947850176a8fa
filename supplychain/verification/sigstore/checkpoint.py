"""Checkpoints: a log's signed note about the root of its tree.

Implements signed notes (https://github.com/C2SP/C2SP/blob/main/signed-note.md) and checkpoints
(https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md). Signatures by others - witnesses, or a key of the log that
the trusted root does not name - are allowed and prove nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.keys import accepts
from supplychain.verification.sigstore.trusted_root import Log

MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 100
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_hint: bytes
    """Four bytes that hint at the key."""
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The root hash of a log at a size, as the log states it."""

    origin: str
    size: int
    root_hash: bytes
    text: bytes
    """What is signed."""
    signatures: tuple[NoteSignature, ...]

    @staticmethod
    def parse(note: str) -> Checkpoint:
        """Read a signed note as a checkpoint.

        Raises:
            VerificationFailed: `CHECKPOINT_INVALID`.
        """
        text, separator, block = note.rpartition("\n\n")
        lines = text.split("\n")
        signatures = block.split("\n")
        if len(note) > MAX_NOTE or not separator or len(lines) < 3 or not lines[0] or signatures.pop() != "":
            raise _refuse("not a signed note about a tree", "origin, size, root hash, signatures", note[:80])
        if not 1 <= len(signatures) <= MAX_SIGNATURES or not _NUMBER.fullmatch(lines[1]):
            raise _refuse("no signature, too many, or no size of a tree", "a signed size", lines[1])
        return Checkpoint(
            origin=lines[0],
            size=int(lines[1]),
            root_hash=_decode(lines[2]),
            text=(text + "\n").encode("utf-8"),
            signatures=tuple(_signature(line) for line in signatures),
        )

    def verify(self, log: Log) -> None:
        """Verify that the log signed it.

        Raises:
            VerificationFailed: `CHECKPOINT_INVALID`.
        """
        # 1. Only lines that hint at the log's key count; all others are by keys that are not known.
        mine = [s for s in self.signatures if s.key_hint == log.log_id[:4] and self._names(s.name, log)]
        if not mine:
            hints = ", ".join(f"{s.name} {s.key_hint.hex()}" for s in self.signatures)
            raise _refuse("the checkpoint is not signed by the log", f"key {log.log_id[:4].hex()} of {log.url}", hints)
        # 2. Every such line must hold: a log does not sign twice, once wrong.
        if not all(accepts(log.key, s.signature, self.text) for s in mine):
            raise _refuse("the signature of the checkpoint does not match", f"a signature by {log.url}", "another")

    def _names(self, name: str, log: Log) -> bool:
        """Whether a signature's name is the log's own: the origin, for Rekor v1 without its tree number.

        The log id of a Rekor v2 log with an Ed25519 key is made of its name and key, which ties the name to the key.
        """
        if self.origin != name and not self.origin.startswith(name + " - "):
            return False
        if log.details != "PKIX_ED25519" or log.log_id == log.key_hash:
            return True
        return log.log_id == hashlib.sha256(name.encode() + b"\n\x01" + log.spki[-32:]).digest()


def _signature(line: str) -> NoteSignature:
    match = _SIGNATURE.fullmatch(line)
    raw = _decode(match.group(2)) if match else b""
    if match is None or len(raw) < 5:
        raise _refuse("a signature line cannot be read", "\u2014 NAME SIGNATURE", line[:80])
    return NoteSignature(name=match.group(1), key_hint=raw[:4], signature=raw[4:])


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise _refuse("a value is not canonical base64", "base64", text[:80])
    return data


def _refuse(message: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code="CHECKPOINT_INVALID", expected=expected, found=found[:200])
