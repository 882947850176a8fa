"""Evidence in a folder, by subject digest.

    <root>/evidence/sha256/<hex of subject>/<kind>-<first 16 of payload digest>.sigstore.json
    <root>/documents/sha256/<hex of content>

Every file is written whole or not at all, and names follow from content: to write twice is to write once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from supplychain.files import MIB, read_bytes, write_atomic
from supplychain.signing.envelope import MAX_ENVELOPE
from supplychain.store.interface import Stored, check_name

_SUFFIX = ".sigstore.json"
_ENDINGS = (_SUFFIX, ".intoto.json", ".intoto.jsonl")
"""Of the files that are read; the last two are what builders call theirs, and in-toto its bundles."""
_MAX_FOUND = 10_000
_MAX_FOUND_BYTES = 512 * MIB
_MAX_DOCUMENT = 256 * MIB


class DirectoryStore:
    """A store in a folder; the folder is made when something is first put into it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, subjects: Sequence[Digest], name: str, envelope: bytes) -> str:
        """Keep an envelope under each subject (see `Store.put`)."""
        check_name(name)
        paths = [self.folder(subject) / f"{name}{_SUFFIX}" for subject in subjects]
        for path in paths:
            write_atomic(path, envelope)
        return str(paths[0])

    def find(self, subject: Digest) -> tuple[Stored, ...]:
        """Everything kept under a digest (see `Store.find`)."""
        folder = self.folder(subject)
        try:
            names = sorted(name for name in os.listdir(folder) if name.endswith(_ENDINGS))  # noqa: PTH208 - half the time
        except FileNotFoundError:
            self._check_root()
            self._check_links(folder)
            return ()
        except OSError as error:
            raise ToolFailed(
                f"cannot read the store: {error.strerror}", code="STORE_UNREADABLE", where=str(folder)
            ) from error
        if len(names) > _MAX_FOUND:
            raise _flooded(folder, f"at most {_MAX_FOUND:,} envelopes", f"{len(names):,}")
        found, size = [], 0
        for file in names:
            path = folder / file
            name = next(file.removesuffix(ending) for ending in _ENDINGS if file.endswith(ending))
            found.append(Stored(ref=str(path), data=self._read(path), name=name))
            size += len(found[-1].data)
            if size > _MAX_FOUND_BYTES:
                raise _flooded(folder, f"at most {_MAX_FOUND_BYTES:,} bytes", "more")
        return tuple(found)

    def put_document(self, data: bytes) -> Digest:
        """Keep a document by its own digest."""
        digest = Digest.of_bytes(data)
        write_atomic(self._document(digest), data)
        return digest

    def document(self, digest: Digest) -> bytes | None:
        """A kept document whose content matches its digest, or None."""
        path = self._document(digest)
        try:
            if digest.algorithm != "sha256" or not path.is_file():
                return None
            data = read_bytes(path, max_bytes=_MAX_DOCUMENT, what="a stored document")
        except MalformedInput:
            return None
        except UsageError as error:
            raise _unreadable(path, error.message) from error
        except OSError as error:
            raise _unreadable(path, f"cannot read: {error.strerror}") from error
        return data if Digest.of_bytes(data) == digest else None

    def subjects(self) -> tuple[Digest, ...]:
        """Digests that have a folder (see `Store.subjects`)."""
        return self._digests("evidence")

    def documents(self) -> tuple[Digest, ...]:
        """Digests that have a document (see `Store.documents`)."""
        return self._digests("documents")

    def close(self) -> None:
        """Nothing is held."""

    def folder(self, subject: Digest) -> Path:
        """Where the evidence about a subject lies."""
        return self.root / "evidence" / subject.algorithm / subject.hex

    def _document(self, digest: Digest) -> Path:
        return self.root / "documents" / digest.algorithm / digest.hex

    def _digests(self, kind: str) -> tuple[Digest, ...]:
        self._check_root()
        try:
            folders = [folder for name in LENGTHS if (folder := self.root / kind / name).is_dir()]
            names = [(folder.name, entry.name) for folder in folders for entry in folder.iterdir()]
        except OSError as error:
            raise ToolFailed(
                f"cannot read the store: {error.strerror}", code="STORE_UNREADABLE", where=str(self.root / kind)
            ) from error
        return tuple(sorted(digest for digest in map(_digest, names) if digest is not None))

    def _check_root(self) -> None:
        if self.root.exists() and not self.root.is_dir():
            raise ToolFailed("the store is no folder", code="STORE_UNREADABLE", where=str(self.root))

    def _check_links(self, folder: Path) -> None:
        """A link that leads nowhere is a disk that is not there, and not a store that has nothing."""
        for place in (folder, *folder.parents):
            if place.is_symlink() and not place.exists():
                raise ToolFailed("a link of the store leads nowhere", code="STORE_UNREADABLE", where=str(place))
            if place == self.root:
                return

    @staticmethod
    def _read(path: Path) -> bytes:
        """What is no envelope is handed on as empty: verification reports it; it must not hide the others."""
        try:
            return read_bytes(path, max_bytes=MAX_ENVELOPE, what="an envelope")
        except MalformedInput:
            return b""
        except UsageError as error:
            if error.code == "FILE_UNREADABLE":
                raise _unreadable(path, error.message) from error
            return b""  # a folder, a pipe, a link that leads nowhere


def _digest(name: tuple[str, str]) -> Digest | None:
    try:
        return Digest.parse(":".join(name))
    except MalformedInput:
        return None  # something that lies about


def _unreadable(path: Path, message: str) -> ToolFailed:
    hint = "check the permissions of the store"
    return ToolFailed(message, code="STORE_UNREADABLE", where=str(path), hint=hint)


def _flooded(folder: Path, expected: str, found: str) -> ToolFailed:
    return ToolFailed(
        "more under one digest than accepted",
        code="STORE_FLOODED",
        where=str(folder),
        expected=expected,
        found=found,
        hint="clear the folder of what does not belong there; `supplychain history` tells what was refused",
    )
