"""Where advisory records come from: a zip file, a folder, a git checkout or one file, read within limits.

Nothing is extracted, so a member's path can do no harm; it only names the member in messages. What a zip can do is be
far larger inside than outside, so members, their sum and the ratio of the two are bounded while reading.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from supplychain.errors import MalformedInput, UsageError
from supplychain.files import MIB, read_bytes

RECORD_SUFFIXES = (".json", ".yaml", ".yml", ".md", ".csv", ".csv.gz")
"""Files that may hold a record; all others are ignored, and counted."""
MAX_RECORD = 256 * MIB
"""Largest accepted document in bytes (the Debian tracker's has 70 MB; a parser may accept less)."""
MAX_MEMBERS = 2_000_000
MAX_TOTAL = 64 * 1024 * MIB
MAX_RATIO = 200
"""Largest accepted sum of the sizes inside a zip, as a multiple of its own size (real exports stay under 20)."""
_FREE = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file that may hold a record."""

    where: str
    """Path of the file, and of the member within the zip."""
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that was given to import."""

    path: Path
    kind: str
    """`zip`, `folder` or `file`. A zip or folder is a feed: it speaks for its ecosystems as of one time."""
    label: str = ""
    """Of its feed, where it is part of one; empty: as its content tells."""
    name: str = ""
    """Where it came from, for people, when that is not its path."""

    @staticmethod
    def of(path: Path) -> Source:
        """Recognise a source.

        Raises:
            UsageError: There is nothing at the path, or something no records come in.
        """
        if path.is_dir():
            return Source(path=path, kind="folder")
        if not path.is_file():
            raise UsageError(
                "no such file or folder",
                code="FILE_MISSING",
                where=str(path),
                expected="advisories: a zip, a folder, a git checkout, or one file",
            )
        if may_hold_record(path.name):
            return Source(path=path, kind="file")
        if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
            return Source(path=path, kind="zip")
        raise UsageError(
            "no advisories come in such a file",
            code="UNSUPPORTED_FILE",
            where=str(path),
            expected=f"a zip, a folder, a git checkout, or one file: {', '.join(RECORD_SUFFIXES)}",
        )

    def documents(self) -> Iterator[Document | str]:
        """Every file in it, in order of name: with content if it may hold a record, else only its name.

        Raises:
            MalformedInput: A damaged zip, or one over the limits; names file and member.
            UsageError: A file cannot be read.
        """
        match self.kind:
            case "zip":
                return _zip_documents(self.path)
            case "folder":
                return _folder_documents(self.path)
            case _:
                return iter([_document(str(self.path), read_bytes(self.path, max_bytes=MAX_RECORD), MAX_RECORD)])


def may_hold_record(name: str) -> bool:
    """Whether a file of this name may hold a record."""
    return name.lower().endswith(RECORD_SUFFIXES)


def _folder_documents(folder: Path) -> Iterator[Document | str]:
    def unreadable(error: OSError) -> None:
        raise UsageError(
            f"cannot read: {error.strerror or error}", code="FILE_UNREADABLE", where=str(error.filename)
        ) from error

    for root, folders, files in os.walk(folder, onerror=unreadable):
        # `.git`, `.github` and the like hold no records.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(root, name)
            if not may_hold_record(name) or name.startswith("."):
                yield str(path)
            else:
                yield _document(str(path), read_bytes(path, max_bytes=MAX_RECORD), MAX_RECORD)


def _zip_documents(path: Path) -> Iterator[Document | str]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted((m for m in archive.infolist() if not m.is_dir()), key=lambda m: m.filename)
            _check_totals(path, members)
            allowed = MAX_RATIO * path.stat().st_size + _FREE
            for member in members:
                where = f"{path}!{member.filename}"
                if not may_hold_record(member.filename):
                    yield where
                    continue
                data = _read_member(archive, member, where, min(MAX_RECORD, max(allowed, 0)))
                document = _document(where, data, max(allowed, 0))
                allowed -= len(document.data)
                if allowed < 0:
                    raise _bomb(path, f"more than {MAX_RATIO} times the size of the zip")
                yield document
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(str(path), error) from error


def _document(where: str, data: bytes, allowed: int) -> Document:
    """A document, unpacked if it is compressed, of at most `allowed` bytes then."""
    if not where.lower().endswith(".gz"):
        return Document(where=where, data=data)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            unpacked = stream.read(min(allowed, MAX_RATIO * len(data) + MIB) + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MalformedInput(
            f"cannot unpack: {error}", code="BAD_GZIP", where=where, hint="fetch the file again; it may be cut short"
        ) from error
    if len(unpacked) > min(allowed, MAX_RATIO * len(data) + MIB):
        raise _bomb(Path(where), f"more than {MAX_RATIO} times the size of the file")
    return Document(where=where, data=unpacked)


def _check_totals(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise _bomb(path, f"{len(members):,} members")
    if sum(member.file_size for member in members) > MAX_TOTAL:
        raise _bomb(path, f"more than {MAX_TOTAL // MIB:,} MiB inside")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str, limit: int) -> bytes:
    """Read one member to its end, which also checks its CRC-32. The size in the directory may lie: not used."""
    try:
        with archive.open(member) as stream:
            data = stream.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(where, error) from error
    if len(data) > limit:
        raise MalformedInput(
            "a member is larger than accepted",
            code="TOO_LARGE",
            where=where,
            expected=f"at most {limit:,} bytes, by the limit for one member or the size of the zip",
        )
    return data


def _damaged(where: str, error: Exception) -> MalformedInput:
    return MalformedInput(
        f"cannot read the zip: {error}", code="BAD_ZIP", where=where, hint="fetch the file again; it may be cut short"
    )


def _bomb(path: Path, found: str) -> MalformedInput:
    return MalformedInput(
        "the file holds more than is accepted",
        code="TOO_LARGE",
        where=str(path),
        expected=f"at most {MAX_MEMBERS:,} members and {MAX_RATIO} times its own size",
        found=found,
    )
