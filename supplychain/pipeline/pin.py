"""Pinning: what `promote --pin` writes into the files that deploy an artifact.

Every file is read and edited in memory before the decision, so that a promotion is not recorded and then not carried
out; each is written whole or not at all, after the decision allowed it. Killed in between, the same command again
completes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, UsageError
from supplychain.files import MIB, read_bytes, write_atomic
from supplychain.promotion.pin import Pinned, pin_image


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file and what it is to hold."""

    path: Path
    image: str
    pinned: Pinned

    def to_json(self) -> dict[str, Any]:
        """`{"file", "image", "lines", "changed"}`."""
        found = self.pinned
        return {"file": str(self.path), "image": self.image, "lines": list(found.lines), "changed": found.changed}


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
    return tuple(PinnedFile(path=path, image=image, pinned=_pinned(path, image, digest)) for path in paths)


def write_pins(files: Sequence[PinnedFile]) -> None:
    """Write the files that change, with the permissions they have. Raises ToolFailed."""
    for file in files:
        if file.pinned.changed:
            mode = file.path.stat().st_mode & 0o777
            write_atomic(file.path.resolve(), file.pinned.text.encode("utf-8"), mode=mode)


def _pinned(path: Path, image: str, digest: Digest) -> Pinned:
    data = read_bytes(path, max_bytes=8 * MIB, what="a YAML file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInput("not UTF-8", code="NOT_YAML", where=f"{path}: byte {error.start}") from None
    return pin_image(text, image, digest, where=str(path))
