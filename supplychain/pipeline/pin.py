"""Pinning: what `promote --pin` writes into the files that deploy an artifact.

Every file is read and edited in memory before the decision, so that a promotion is not recorded and then not carried
out; each is written whole or not at all, after the decision allowed it, and edited as it is then: another promotion may
have pinned another image in it meanwhile. Killed in between, the same command again completes it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, SupplychainError, UsageError
from supplychain.files import MIB, read_bytes, write_atomic
from supplychain.promotion.pin import Pinned, pin_image


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file and what it is to hold."""

    path: Path
    image: str
    digest: Digest
    pinned: Pinned

    def to_json(self) -> dict[str, Any]:
        """`{"file", "image", "lines", "changed", "left"}`."""
        found = self.pinned
        return {
            "file": str(self.path),
            "image": self.image,
            "lines": list(found.lines),
            "changed": found.changed,
            "left": list(found.left),
        }


def pins_for(paths: Sequence[Path], image: str, digest: Digest) -> tuple[PinnedFile, ...]:
    """Work out what each file is to hold; writes nothing.

    Args:
        paths: YAML files.
        image: The image's name in them.
        digest: What it is pinned to.

    Raises:
        UsageError: No name, a file is missing, or does not name the image.
        MalformedInput: A file is no YAML, or no UTF-8.
    """
    if paths and not image:
        raise UsageError(
            "which image do the files call it?",
            code="PIN_NOT_FOUND",
            where="--pin",
            expected="--image NAME, or an artifact named NAME@sha256:…",
        )
    return tuple(_plan(path, image, digest) for path in paths)


def write_pins(files: Sequence[PinnedFile]) -> tuple[PinnedFile, ...]:
    """Write the files that change, with the permissions they have; what was done to each.

    Raises:
        UsageError, MalformedInput: A file was changed meanwhile, and cannot be pinned any more.
        ToolFailed: A file cannot be written.
    """
    try:
        return tuple(_write(file) for file in files)
    except SupplychainError as error:
        told = "the promotion is recorded: mend this, and the same command again completes it"
        error.hint = f"{error.hint}; {told}" if error.hint else told
        raise


def _write(file: PinnedFile) -> PinnedFile:
    target = file.path.resolve()
    with _alone(target):
        made = _plan(file.path, file.image, file.digest)
        if made.pinned.changed:
            write_atomic(target, made.pinned.text.encode("utf-8"), mode=target.stat().st_mode & 0o777)
    return made


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a file against other promotions. The one who waited may hold the file that was replaced, and looks again."""
    while True:
        try:
            held = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise UsageError(f"cannot read: {error.strerror}", code="FILE_UNREADABLE", where=str(path)) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(os.fstat(held), path.stat()):
                yield
                return
        finally:
            os.close(held)


def _plan(path: Path, image: str, digest: Digest) -> PinnedFile:
    return PinnedFile(path=path, image=image, digest=digest, pinned=_pinned(path, image, digest))


def _pinned(path: Path, image: str, digest: Digest) -> Pinned:
    data = read_bytes(path, max_bytes=8 * MIB, what="a YAML file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInput("not UTF-8", code="NOT_YAML", where=f"{path}: byte {error.start}") from None
    return pin_image(text, image, digest, where=str(path))
