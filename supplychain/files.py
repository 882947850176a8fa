"""Bounded reads and whole-or-nothing writes: the only two ways this package touches file content at rest.

A reader never takes more than it was told to expect; a writer leaves either the old file or the new one, whole,
also when the process is killed between two instructions.
"""

from __future__ import annotations

import os
import stat
from io import BufferedReader, FileIO
from pathlib import Path

from supplychain.errors import MalformedInput, ToolFailed, UsageError

MIB = 1024 * 1024


def read_bytes(path: Path, *, max_bytes: int = 64 * MIB, what: str = "a file") -> bytes:
    """Read a whole file that must exist, must not be empty and must not exceed a size.

    Args:
        path: The file.
        max_bytes: Largest accepted size in bytes.
        what: What the caller expects the file to be, for the message.

    Raises:
        UsageError: The path does not exist, is no regular file or may not be read.
        MalformedInput: The file is empty or larger than `max_bytes`.
    """
    try:
        with BufferedReader(FileIO(path, opener=_open_regular)) as handle:
            data = handle.read(max_bytes + 1)
    except _NotRegular:
        raise UsageError("no regular file", code="NOT_A_FILE", where=str(path), expected=what) from None
    except FileNotFoundError:
        raise UsageError(
            "no such file",
            code="FILE_MISSING",
            where=str(path),
            expected=what,
            hint="check the path",
        ) from None
    except OSError as error:
        raise UsageError(
            f"cannot read: {error.strerror or error}",
            code="FILE_UNREADABLE",
            where=str(path),
            expected=what,
        ) from error
    if not data:
        raise MalformedInput("the file is empty", code="FILE_EMPTY", where=str(path), expected=what)
    if len(data) > max_bytes:
        raise MalformedInput(
            "the file is larger than accepted",
            code="TOO_LARGE",
            where=str(path),
            expected=f"{what} of at most {max_bytes:,} bytes",
        )
    return data


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that every reader sees the old content or the new content, never a part.

    Writes beside the target, flushes to disk and renames over it (POSIX rename is atomic). A device, such as
    `/dev/null`, is written to and stays one.

    Raises:
        ToolFailed: The folder cannot be written.
    """
    import tempfile

    try:
        if _is_device(path):
            path.write_bytes(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".tmp")
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _is_device(path: Path) -> bool:
    """Whether a path is a character device itself (a link to one is replaced), or names an open file of ours."""
    named = os.path.abspath(path)  # noqa: PTH100 - `resolve` would follow /dev/stdout to the pipe behind it
    if named in ("/dev/stdout", "/dev/stderr") or named.startswith(("/dev/fd/", "/proc/self/fd/")):
        return True
    try:
        return stat.S_ISCHR(path.lstat().st_mode)
    except OSError:
        return False


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> bool:
    """Write a file that must not exist yet; tell whether it was written (False: it was there, left alone).

    Of two writers at once exactly one wins, and both see the same file afterwards.
    """
    import secrets

    if path.exists() or path.is_symlink():
        return False
    part = path.with_name(f".{path.name[:40]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    write_atomic(part, data, mode=mode)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        part.unlink(missing_ok=True)
    return True


class _NotRegular(Exception):  # noqa: N818 - never leaves this module
    pass


def _open_regular(path: str, flags: int) -> int:
    # Without O_NONBLOCK a named pipe, left where a file is expected, would hold us for ever.
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _NotRegular
    return descriptor


def _cannot_write(path: Path, error: OSError) -> ToolFailed:
    return ToolFailed(
        f"cannot write: {error.strerror or error}",
        code="CANNOT_WRITE",
        where=str(path),
        hint="check the permissions of the folder and the space on the disk",
    )
