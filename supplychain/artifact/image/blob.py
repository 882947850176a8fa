"""Bytes that must match a digest and a size (OCI image-spec 1.1, "Content Descriptors").

A blob is believed only when its last byte was read and the sum is right. Hashing runs beside decompression in a thread
of its own: both leave Python's lock while they work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Full, Queue
from threading import Thread

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, VerificationFailed

CHUNK = 128 * 1024
"""Bytes read at once: large enough to forget the call, small enough for the second-level cache."""
MAX_DOCUMENT = 4 * 1024 * 1024
"""Largest accepted manifest or index, as registries limit them (distribution-spec 1.1)."""
MAX_CONFIG = 16 * 1024 * 1024
"""Largest accepted image configuration."""
_IN_THREAD_FROM = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """Names a blob: what it is, its digest and its size in bytes (-1: not told)."""

    digest: Digest
    size: int
    media_type: str = ""


def verified(chunks: Iterable[bytes], blob: Descriptor, *, where: str, code: str = "BLOB") -> Iterator[bytes]:
    """Hand chunks on while checking them; the end comes only when size and digest are right.

    Whoever stops before the end has verified nothing.

    Args:
        chunks: The blob as it comes.
        blob: What it must be.
        where: Name of the blob for messages, beside its digest.
        code: Start of the error codes.

    Raises:
        VerificationFailed: `BLOB_SIZE` or `BLOB_DIGEST`.
    """
    total = hasher(blob)
    size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            if 0 <= blob.size < size:
                raise _wrong(f"{code}_SIZE", "the blob is larger than its descriptor says", where, blob)
            total.update(chunk)
            yield chunk
        if 0 <= blob.size != size:
            message = "the blob is shorter than its descriptor says"
            raise _wrong(f"{code}_SIZE", message, where, blob, found=f"{size:,} bytes")
        found = total.hexdigest()
    finally:
        total.close()
    if found != blob.digest.hex:
        message = "the blob does not match its digest"
        raise _wrong(f"{code}_DIGEST", message, where, blob, found=f"{blob.digest.algorithm}:{found}")


def read_verified(chunks: Iterable[bytes], blob: Descriptor, *, where: str, max_bytes: int = MAX_DOCUMENT) -> bytes:
    """Read a small blob whole and check it.

    Raises:
        MalformedInput: It says it is, or is, larger than `max_bytes`.
        VerificationFailed: It does not match.
    """
    parts: list[bytes] = []
    size = max(blob.size, 0)
    for chunk in verified(chunks, blob, where=where) if size <= max_bytes else ():
        size = sum(map(len, parts)) + len(chunk)
        if size > max_bytes:
            break
        parts.append(chunk)
    if size > max_bytes:
        raise MalformedInput(
            "the document is larger than accepted",
            code="TOO_LARGE",
            where=f"{where} {blob.digest}",
            expected=f"at most {max_bytes:,} bytes",
        )
    return b"".join(parts)


class Hasher:
    """A digest that is computed where it is fed."""

    def __init__(self, algorithm: str) -> None:
        self._hash = hashlib.new(algorithm)

    def update(self, chunk: bytes) -> None:
        """Add bytes."""
        self._hash.update(chunk)

    def hexdigest(self) -> str:
        """The digest of everything added; nothing may follow."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Stop working; may be called at any time."""


class ThreadedHasher(Hasher):
    """A digest that is computed in a thread, a few chunks behind."""

    def __init__(self, algorithm: str) -> None:
        super().__init__(algorithm)
        self._queue: Queue[bytes | None] = Queue(maxsize=16)
        self._stopped = False
        self._thread = Thread(target=self._work, name="hash", daemon=True)
        self._thread.start()

    def update(self, chunk: bytes) -> None:
        """Add bytes; waits when the thread is too far behind (memory stays bounded)."""
        self._queue.put(chunk)

    def hexdigest(self) -> str:
        """Wait for the thread, then the digest."""
        self._queue.put(None)
        self._thread.join()
        return super().hexdigest()

    def close(self) -> None:
        """End the thread without caring for the digest."""
        self._stopped = True
        with suppress(Full):  # when it is full the thread looks at `_stopped` after the chunk it has
            self._queue.put_nowait(None)
        self._thread.join()

    def _work(self) -> None:
        while not self._stopped:
            chunk = self._queue.get()
            if chunk is None:
                return
            self._hash.update(chunk)


def hasher(blob: Descriptor) -> Hasher:
    """A thread is worth its while only for something large."""
    large = blob.size < 0 or blob.size >= _IN_THREAD_FROM
    return ThreadedHasher(blob.digest.algorithm) if large else Hasher(blob.digest.algorithm)


def _wrong(code: str, message: str, where: str, blob: Descriptor, *, found: str = "") -> VerificationFailed:
    size = f", {blob.size:,} bytes" if blob.size >= 0 else ""
    return VerificationFailed(
        message,
        code=code,
        where=f"{where} {blob.digest}",
        expected=f"{blob.digest}{size}",
        found=found,
        hint="fetch or export the image again; if it stays, somebody changed the blob",
    )
