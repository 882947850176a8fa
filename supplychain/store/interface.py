"""What every evidence store is: untrusted by definition. It keeps bytes and hands them back, it vouches for nothing.

`find` answers with whatever lies under a digest; only `verification` may believe any of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from supplychain.artifact.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One envelope as it lies in a store: raw, unverified."""

    ref: str
    """Where it lies: a file or an address, for messages."""
    data: bytes
    name: str = ""
    """What whoever put it called it, when the store keeps that; without ending."""


class Store(Protocol):
    """Where envelopes and documents are kept, by the digest of what they are about."""

    def put(self, subjects: Sequence[Digest], name: str, envelope: bytes) -> str:
        """Keep an envelope under each subject. `name` is its file name without ending; the same content is kept once.

        Returns:
            Where it lies under the first subject.

        Raises:
            ToolFailed: The store cannot be written.
        """

    def find(self, subject: Digest) -> tuple[Stored, ...]:
        """Everything kept under a digest, in a stable order; empty when nothing is.

        Raises:
            ToolFailed: The store cannot be read. "Cannot read" is never "nothing there".
        """

    def put_document(self, data: bytes) -> Digest:
        """Keep a document by its own digest. Raises ToolFailed as `put`."""

    def document(self, digest: Digest) -> bytes | None:
        """A kept document, or None; the caller checks nothing: content that does not match its digest is None too."""

    def subjects(self) -> tuple[Digest, ...]:
        """Digests that something may be kept under, sorted. Raises ToolFailed as `find`."""

    def documents(self) -> tuple[Digest, ...]:
        """Digests of the kept documents, sorted. Raises ToolFailed as `find`."""

    def close(self) -> None:
        """Let go of connections; the store may be used again."""


NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}")
"""What an envelope may be called: one part of a path, harmless everywhere."""


def check_name(name: str) -> None:
    """Raises ValueError when an envelope must not be called that."""
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name for a stored envelope: {name!r}")
