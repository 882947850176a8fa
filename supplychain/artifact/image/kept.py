"""Blobs that were pulled before, by digest, so that nothing is fetched twice.

A folder that others may reach is no proof of anything: whoever reads a kept blob verifies it again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.archive import FolderFiles
from supplychain.artifact.image.blob import Descriptor, read_verified, verified
from supplychain.artifact.image.pruning import FOLDER, keep_bound
from supplychain.errors import SupplychainError, ToolFailed


class KeptBlobs:
    """A folder of blobs.

    Args:
        home: The user's folder; blobs go to `home/blobs`. None: a temporary folder that `close` removes.
    """

    def __init__(self, home: Path | None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="supplychain-") if home is None else None
        self._home = home
        self._grown = False
        self._folder = Path(self._temporary.name) if self._temporary else Path(home or "") / FOLDER
        self._files = FolderFiles(self._folder)

    def has(self, blob: Descriptor) -> bool:
        """Whether a file is there that may be this blob."""
        size = self._files.size(_name(blob.digest))
        return size is not None and blob.size in (-1, size)

    def chunks(self, blob: Descriptor) -> Iterator[bytes]:
        """Its bytes, not verified. Reading it counts as using it."""
        with suppress(OSError):
            os.utime(self._folder / _name(blob.digest))
        return self._files.chunks(_name(blob.digest))

    def read(self, blob: Descriptor, max_bytes: int) -> bytes | None:
        """A small blob, verified; None (and forgotten) when it is not what it should be."""
        if not self.has(blob):
            return None
        try:
            return read_verified(self.chunks(blob), blob, where="kept blob", max_bytes=max_bytes)
        except SupplychainError:
            self.drop(blob)
            return None

    def store(self, blob: Descriptor, chunks: Iterable[bytes], *, where: str) -> None:
        """Keep a blob, if it turns out to be the right one.

        Raises:
            VerificationFailed: It does not match; nothing is kept.
            ToolFailed: The folder cannot be written.
        """
        path = self._folder / _name(blob.digest)
        part = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
            with os.fdopen(handle, "wb") as file:
                for chunk in verified(chunks, blob, where=where):
                    file.write(chunk)
            Path(part).replace(path)
            self._grown = True
        except OSError as error:
            reason = error.strerror or str(error)
            hint = "check the permissions of the folder and the space on the disk"
            raise ToolFailed(
                f"cannot keep a blob: {reason}", code="CANNOT_WRITE", where=str(path), hint=hint
            ) from error
        finally:
            if part:
                Path(part).unlink(missing_ok=True)

    def drop(self, blob: Descriptor) -> None:
        """Forget a blob."""
        (self._folder / _name(blob.digest)).unlink(missing_ok=True)

    def drop_wrong(self, blobs: Iterable[Descriptor]) -> bool:
        """Forget those that are not what they should be; tell whether there were any."""
        wrong = False
        for blob in blobs:
            try:
                for _ in verified(self.chunks(blob), blob, where="kept blob"):
                    pass
            except SupplychainError:
                self.drop(blob)
                wrong = True
        return wrong

    def close(self) -> None:
        """Remove a temporary folder; keep another one within its bound, if anything was added."""
        if self._temporary:
            self._temporary.cleanup()
        elif self._home is not None and self._grown:
            self._grown = False
            keep_bound(self._home)


def _name(digest: Digest) -> str:
    return f"{digest.algorithm}/{digest.hex[:2]}/{digest.hex}"
