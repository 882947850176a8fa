"""The two things an image on disk lies in: a folder, or a tar archive that is read at random without unpacking it."""

from __future__ import annotations

import os
import stat
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from supplychain.artifact.image.blob import CHUNK
from supplychain.artifact.image.decompress import decompressed, kind_of
from supplychain.artifact.image.tar import HARDLINK, REGULAR, SYMLINK, TarStream
from supplychain.errors import MalformedInput, UsageError

_MAX_MEMBERS = 200_000
_MAX_HOPS = 8


class FileSet(ABC):
    """Files by relative name; names come from us or from a digest, or are looked up and never joined to a path."""

    def __init__(self, where: str) -> None:
        self.where = where

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Bytes of a regular file, None when there is none of this name."""

    @abstractmethod
    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file. Raises MalformedInput when it is missing, no regular file, or cannot be read."""

    def read(self, name: str, max_bytes: int) -> bytes:
        """A small file whole. Raises MalformedInput, also when it is larger."""
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks(name):
            parts.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                expected = f"at most {max_bytes:,} bytes"
                raise MalformedInput("larger than accepted", code="TOO_LARGE", where=self.at(name), expected=expected)
        return b"".join(parts)

    def at(self, name: str) -> str:
        """A file's place, for messages."""
        return f"{self.where}/{name}"

    def close(self) -> None:  # noqa: B027 - a folder holds nothing open
        """Close what is open."""

    def _missing(self, name: str, why: str = "it is missing") -> MalformedInput:
        return MalformedInput(
            f"a file of the image cannot be read: {why}",
            code="BLOB_MISSING",
            where=self.at(name),
            hint="export the image again, whole",
        )


class FolderFiles(FileSet):
    """Files of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder

    def size(self, name: str) -> int | None:
        """As `FileSet.size`."""
        try:
            status = (self._folder / name).stat()
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def chunks(self, name: str) -> Iterator[bytes]:
        """As `FileSet.chunks`."""
        try:
            # Without O_NONBLOCK a named pipe in place of a blob would hold us for ever.
            descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise self._missing(name, error.strerror or str(error)) from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise self._missing(name, "it is no regular file")
            while chunk := os.read(descriptor, CHUNK):
                yield chunk
        finally:
            os.close(descriptor)


class TarFiles(FileSet):
    """Files of a tar archive. A compressed one is decompressed once into a nameless temporary file.

    Raises:
        UsageError: There is no such file.
        MalformedInput: It is no tar archive, or names a document twice.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._file = _open(path)
        try:
            self._end = os.fstat(self._file.fileno()).st_size
            self._places: dict[str, tuple[int, int]] = {}
            self._links: dict[str, str] = {}
            self._index()
        except BaseException:
            self._file.close()
            raise

    def size(self, name: str) -> int | None:
        """As `FileSet.size`."""
        place = self._places.get(self._follow(name))
        return place[1] if place else None

    def chunks(self, name: str) -> Iterator[bytes]:
        """As `FileSet.chunks`."""
        place = self._places.get(self._follow(name))
        if place is None:
            raise self._missing(name)
        offset, left = place
        while left > 0:
            chunk = os.pread(self._file.fileno(), min(left, CHUNK), offset)
            if not chunk:
                raise self._missing(name, "the archive became shorter")
            offset += len(chunk)
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the archive."""
        self._file.close()

    def _index(self) -> None:
        stream = TarStream(iter(lambda: self._file.read(4096), b""), where=self.where, jump=self._jump)
        for count, member in enumerate(stream):
            name = _normal(member.name)
            if count > _MAX_MEMBERS:
                raise MalformedInput(
                    "more files than an archive of images has", code="TOO_MANY_FILES", where=self.where
                )
            if name in self._places and name.endswith(".json") and "/" not in name:
                raise MalformedInput("a document stands twice", code="DUPLICATE_MEMBER", where=self.at(name))
            self._places.pop(name, None)
            self._links.pop(name, None)
            if member.kind == REGULAR:
                self._places[name] = (stream.tell, member.size)
            elif member.kind == SYMLINK:
                self._links[name] = _normal(f"{PurePosixPath(name).parent}/{member.link}")
            elif member.kind == HARDLINK:
                self._links[name] = _normal(member.link)

    def _jump(self, count: int) -> int:
        here = self._file.tell()
        return self._file.seek(min(here + count, self._end)) - here

    def _follow(self, name: str) -> str:
        # `docker save` before version 25 writes a layer that two images share as a link.
        name = _normal(name)
        for _ in range(_MAX_HOPS):
            target = self._links.get(name)
            if target is None:
                break
            name = target
        return name


def _open(path: Path) -> BinaryIO:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot read: {reason}", code="FILE_MISSING", where=str(path)) from None
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise UsageError("no regular file", code="NOT_A_FILE", where=str(path), expected="an archive")
    head = file.read(8)
    file.seek(0)
    if not kind_of(head):
        return file
    with ExitStack() as closing:
        closing.enter_context(file)
        kept = ExitStack()
        plain = closing.enter_context(kept).enter_context(tempfile.TemporaryFile())
        for chunk in decompressed(iter(lambda: file.read(CHUNK), b""), where=str(path)):
            plain.write(chunk)
        kept.pop_all()  # from here on the archive closes it
    plain.seek(0)
    return plain


def _normal(name: str) -> str:
    """A name as a key: no `.`, no `..`, no leading slash. Only ever looked up, so nothing can lead out."""
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
