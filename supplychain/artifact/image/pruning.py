"""The folder of pulled blobs, kept small: how large it is, and what goes first when it is too large.

What was used last goes last. Each use of a blob sets its file's time of change, so the order holds on file systems
that keep no time of access. Several processes may pull, read and prune at once: a file is removed whole or not at all,
an open one stays readable, and whoever finds a blob gone fetches it again.

The bound is `max_size` in `$SUPPLYCHAIN_HOME/cache.yaml`, 10 GiB without it; it is kept after every pull.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from supplychain.encoding import parse_yaml
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from supplychain.files import read_bytes

FOLDER = "blobs"
SETTINGS = "cache.yaml"
DEFAULT_MAX = 10 * 1024**3
GRACE_S = 600
"""Seconds for which a blob counts as in use, after it was used; nobody takes it away unasked."""
_STALE_PART_S = 24 * 3600
_PART = ".part-"
_LOCK = ".prune.lock"
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptState:
    """What is kept."""

    folder: Path
    blobs: int
    size: int
    """Bytes."""
    max_size: int
    """Bytes it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What pruning did."""

    removed: int
    freed: int
    """Bytes."""
    left: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    path: str
    size: int
    used: float
    part: bool


def kept_state(home: Path) -> KeptState:
    """How much is kept. Raises as `max_size_of`."""
    files = [file for file in _files(home / FOLDER) if not file.part]
    size = sum(file.size for file in files)
    return KeptState(folder=home / FOLDER, blobs=len(files), size=size, max_size=max_size_of(home))


def max_size_of(home: Path) -> int:
    """The bound of the settings in bytes.

    Raises:
        MalformedInput: The settings are broken.
    """
    path = home / SETTINGS
    if not path.is_file():
        return DEFAULT_MAX
    document = parse_yaml(read_bytes(path, max_bytes=64 * 1024, what="settings"), where=str(path))
    unknown = sorted(set(document) - {"max_size"}) if isinstance(document, dict) else ["no object"]
    if unknown:
        raise MalformedInput(
            "unknown settings",
            code="BAD_CONFIG",
            where=str(path),
            expected="max_size: 10G",
            found=", ".join(unknown)[:200],
        )
    try:
        return parse_size(str(document["max_size"])) if "max_size" in document else DEFAULT_MAX
    except UsageError as error:
        raise MalformedInput(
            error.message, code="BAD_CONFIG", where=str(path), expected=error.expected, found=error.found
        ) from None


def parse_size(text: str) -> int:
    """Bytes from `500M`, `10 GiB`, `1.5G`, `0`; the units are powers of 1,024. Raises UsageError."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise UsageError("not a size", code="BAD_SIZE", where="size", expected="500M, 10G or bytes", found=text[:60])
    return int(float(match[1]) * _UNITS[match[2].upper()])


def shown_size(size: int) -> str:
    """`61.2 MiB`."""
    value, unit = float(size), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.1f} {unit}" if unit != "B" else f"{size} B"


def prune(home: Path, *, max_size: int | None = None, grace_s: float = 0.0, wait_s: float = 30.0) -> Pruned:
    """Remove what was not used for longest, until the rest fits.

    Args:
        home: The user's folder.
        max_size: Bytes that may stay; None: as the settings say.
        grace_s: What was used within so many seconds stays, even when the rest does not fit then.
        wait_s: Seconds to wait for another process that prunes.

    Raises:
        ToolFailed: The folder cannot be written, or another process prunes all the time (`CACHE_BUSY`).
        MalformedInput: The settings are broken.
    """
    allowed = max_size_of(home) if max_size is None else max_size
    folder = home / FOLDER
    if not folder.is_dir():
        return Pruned(removed=0, freed=0, left=0)
    try:
        with FileLock(folder / _LOCK, timeout=wait_s):
            return _prune(folder, allowed, grace_s)
    except Timeout:
        hint = "wait until the other process is done"
        raise ToolFailed("another process prunes the blobs", code="CACHE_BUSY", where=str(folder), hint=hint) from None
    except OSError as error:
        hint = "check the permissions of the folder"
        message = f"cannot prune: {error.strerror or error}"
        raise ToolFailed(message, code="CANNOT_WRITE", where=str(folder), hint=hint) from error


def keep_bound(home: Path) -> None:
    """Prune after a pull, if nobody else does: what is in use stays. Raises as `prune`, but never waits."""
    try:
        prune(home, grace_s=GRACE_S, wait_s=0)
    except ToolFailed as error:
        if error.code != "CACHE_BUSY":
            raise


def _prune(folder: Path, allowed: int, grace_s: float) -> Pruned:
    now = _now(folder)
    files = sorted(_files(folder), key=lambda file: (file.used, file.path))
    left = sum(file.size for file in files if not file.part)
    removed = freed = 0
    for file in files:
        age = now - file.used
        stale = file.part and age > _STALE_PART_S
        if not stale and (file.part or left <= allowed or age < grace_s):
            continue
        Path(file.path).unlink(missing_ok=True)
        removed += 1
        freed += file.size
        left -= 0 if file.part else file.size
    return Pruned(removed=removed, freed=freed, left=left)


def _now(folder: Path) -> float:
    """The time as this file system has it, which is what the files are compared with."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".now-") as file:
        return os.fstat(file.fileno()).st_mtime


def _files(folder: Path) -> Iterator[_Kept]:
    """Blobs, and parts of those that are being pulled."""
    for place, _, names in os.walk(folder):
        for name in names:
            part = name.startswith(_PART)
            if place == str(folder) or (name.startswith(".") and not part):
                continue
            path = f"{place}/{name}"
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue  # another process was faster
            if stat.S_ISREG(status.st_mode):
                yield _Kept(path=path, size=status.st_size, used=status.st_mtime, part=part)
