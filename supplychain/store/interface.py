"""What every evidence store is: untrusted by definition. It keeps bytes and hands them back, it vouches for nothing.

`find` answers with whatever lies under a digest; only `verification` may believe any of it.
"""

from __future__ import annotations

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
