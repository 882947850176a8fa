"""A root file system in a folder, read like one layer: links are never followed, nothing is opened but wanted files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from supplychain.artifact.image.layers import LayerApplier
from supplychain.artifact.image.source import linked_files, make_tree
from supplychain.artifact.image.tar import DIRECTORY, REGULAR, SYMLINK, Member
from supplychain.artifact.image.tar_header import Header
from supplychain.artifact.image.tree import Image, ImageSource, ImageTree, Wanted
from supplychain.errors import NothingToCheck, UsageError

_KINDS = {
    stat.S_IFREG: REGULAR,
    stat.S_IFLNK: SYMLINK,
    stat.S_IFDIR: DIRECTORY,
    stat.S_IFCHR: "3",
    stat.S_IFBLK: "4",
    stat.S_IFIFO: "6",
    stat.S_IFSOCK: "6",
}
_KERNEL = frozenset({"proc", "sys", "dev"})
"""Folders of the root that are skipped when another file system is mounted there: the kernel's own."""


class RootFsSource(ImageSource):
    """One folder as one image without layers, manifest or configuration."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def images(self, platform: str | None = None) -> tuple[Image, ...]:  # noqa: ARG002 - a folder does not say
        """The folder. Raises UsageError when there is none, NothingToCheck when it is empty."""
        try:
            with os.scandir(self._folder) as entries:
                empty = next(entries, None) is None
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"cannot read: {reason}", code="FILE_MISSING", where=str(self._folder)) from None
        if empty:
            raise NothingToCheck("the root file system is empty", code="EMPTY_ROOT", where=str(self._folder))
        return (Image(reference=str(self._folder), digest=None, platform=None, layers=()),)

    def read(self, image: Image, wanted: Wanted) -> ImageTree:  # noqa: ARG002 - there is only one
        """Walk the folder. What cannot be read is an oddity (`unreadable`, lost)."""
        done = self._pass(LayerApplier(wanted))
        listed = linked_files(done, wanted)
        if listed:
            done = self._pass(LayerApplier(wanted, listed, listed=frozenset(listed)))
        return make_tree(done, wanted)

    def _pass(self, done: LayerApplier) -> LayerApplier:
        stream = FolderStream(self._folder)
        done.apply(stream, layer=0, where=str(self._folder))
        for path, reason in stream.unreadable:
            done.oddities.note(path, "unreadable", layer=0, lost=True, detail=reason)
        return done


class FolderStream:
    """The entries of a folder as members of an archive."""

    trailing = False

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)
        self._current = b""
        self.unreadable: list[tuple[str, str]] = []
        """Folders that could not be listed, and why."""

    def __iter__(self) -> Iterator[Member]:
        """Every entry below the root, folders before what is in them."""
        device = os.stat(self._root).st_dev  # noqa: PTH116 - names are bytes here
        pending = [b""]
        while pending:
            folder = pending.pop()
            for name, status in self._list(folder):
                path = folder + b"/" + name if folder else name
                self._current = path
                yield self._member(path, status)
                mounted = not folder and os.fsdecode(name) in _KERNEL and status.st_dev != device
                if stat.S_ISDIR(status.st_mode) and not mounted:
                    pending.append(path)

    def head(self, size: int) -> bytes:
        """As `MemberStream.head`."""
        try:
            with self._open() as file:
                return file.read(size)
        except OSError:
            return b""

    def content(self) -> bytes:
        """The file of the last member, unless somebody put a link or a pipe there meanwhile. Raises OSError."""
        with self._open() as file:
            return file.read()

    def _open(self) -> BinaryIO:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return open(os.open(self._root + b"/" + self._current, flags), "rb")  # noqa: PTH123

    def _list(self, folder: bytes) -> list[tuple[bytes, os.stat_result]]:
        try:
            with os.scandir(self._root + b"/" + folder) as entries:
                return [(entry.name, entry.stat(follow_symlinks=False)) for entry in entries]
        except OSError as error:
            self.unreadable.append((os.fsdecode(folder), error.strerror or str(error)))
            return []

    def _member(self, path: bytes, status: os.stat_result) -> Member:
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "?")
        link = b""
        if kind == SYMLINK:
            try:
                link = os.readlink(self._root + b"/" + path)  # noqa: PTH115
            except OSError as error:
                self.unreadable.append((os.fsdecode(path), error.strerror or str(error)))
        owner = b"".join(b"\x80" + value.to_bytes(7, "big") for value in (status.st_uid, status.st_gid))
        size = status.st_size if kind == REGULAR else 0
        mode = stat.S_IMODE(status.st_mode)
        header = Header(path, link, size, mode, kind, owner)
        return Member(os.fsdecode(path), kind, size, mode, os.fsdecode(link), header)
