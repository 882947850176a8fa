"""Finds the lock files and manifests of a source tree, and reads them without ever leaving it.

Left out: what version control, installers and builds put there (the packages in it are named by the lock files), and
what the caller excludes. Links to folders are not followed; a link to a file is, when it stays inside.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from supplychain.errors import MalformedInput, ToolFailed
from supplychain.files import MIB
from supplychain.inventory.catalogers.interface import Cataloger
from supplychain.inventory.catalogers.registry import cataloger_for
from supplychain.inventory.sbom import Gap

MAX_ENTRIES = 1_000_000
"""Most files and folders looked at in one tree."""
MAX_BYTES = 64 * MIB
"""Largest accepted lock file or manifest."""

_SKIPPED = frozenset(
    {".git", ".hg", ".svn", "node_modules", "site-packages", "__pycache__", ".tox", ".nox", ".venv", ".eggs"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".supplychain"}
)
_BUILT_BESIDE = {
    "build": {"pyproject.toml", "setup.py", "setup.cfg", "package.json", "build.gradle", "build.gradle.kts"},
    "dist": {"pyproject.toml", "setup.py", "setup.cfg", "package.json"},
    "vendor": {"go.mod", "composer.json", "Gemfile"},
    "target": {"Cargo.toml", "pom.xml"},
}
"""Folder names that hold results only where one of these files stands beside them."""


@dataclass(slots=True)
class Tree:
    """What a walk found."""

    root: Path
    """Resolved."""
    files: list[tuple[PurePosixPath, Cataloger]] = field(default_factory=list)
    """Sorted by path."""
    gaps: list[Gap] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)

    def read(self, path: PurePosixPath) -> bytes | None:
        """Read a file of the tree; None: it is not there, no regular file, or a link that leads outside.

        Raises:
            MalformedInput: It is larger than accepted.
        """
        try:
            real = (self.root / path).resolve()
            if not real.is_relative_to(self.root) or not real.is_file():
                return None
            with real.open("rb") as handle:
                data = handle.read(MAX_BYTES + 1)
        except (OSError, ValueError, RuntimeError):
            return None
        if len(data) > MAX_BYTES:
            expected = f"a lock file or manifest of at most {MAX_BYTES:,} bytes"
            raise MalformedInput(
                "the file is larger than accepted", code="TOO_LARGE", where=str(path), expected=expected
            )
        return data


def walk(root: Path, *, exclude: Sequence[str] = ()) -> Tree:
    """Find every file that some cataloger knows.

    Args:
        root: An existing folder.
        exclude: Patterns of files and folders to leave out: `name` anywhere, or `path/from/root`; `*` spans folders.

    Raises:
        ToolFailed: The tree has more entries than are looked at.
    """
    tree = Tree(root=root.resolve())
    patterns = [pattern.removesuffix("/**").rstrip("/").removeprefix("./") for pattern in exclude]
    waiting, looked_at = [(PurePosixPath(), False)], 0
    while waiting:
        folder, excluded = waiting.pop()
        entries = _entries(tree, folder)
        names = {entry.name for entry in entries}
        looked_at += len(entries)
        if looked_at > MAX_ENTRIES:
            raise ToolFailed(
                f"the folder has more than {MAX_ENTRIES:,} files",
                code="TOO_MANY_FILES",
                where=str(root),
                hint="check a smaller folder, or exclude what is no part of the project",
            )
        for entry in entries:
            path = folder / entry.name
            left_out = excluded or is_excluded(path, patterns)
            if entry.is_dir(follow_symlinks=False):
                if not _is_result(entry, names):
                    waiting.append((path, left_out))
            elif (cataloger := cataloger_for(path)) is not None:
                _keep(tree, path, cataloger, left_out)
    tree.files.sort(key=lambda found: found[0])
    tree.excluded.sort()
    return tree


def is_excluded(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    """Tell whether a path relative to the root matches one of the patterns."""
    return any(fnmatchcase(str(path) if "/" in pattern else path.name, pattern) for pattern in patterns)


def _keep(tree: Tree, path: PurePosixPath, cataloger: Cataloger, left_out: bool) -> None:
    if left_out:
        tree.excluded.append(str(path))
    else:
        tree.files.append((path, cataloger))


def _entries(tree: Tree, folder: PurePosixPath) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(tree.root / folder) as entries:
            return list(_of_utf8_name(entries))
    except OSError as error:
        tree.gaps.append(Gap(what=str(folder), reason="unreadable", detail=f"cannot list: {error.strerror or error}"))
        return []


def _of_utf8_name(entries: Iterator[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    """Leave out names that are no text: no lock file has one, and no document could name it."""
    for entry in entries:
        if entry.name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in entry.name):
            yield entry


def _is_result(entry: os.DirEntry[str], beside: set[str]) -> bool:
    if entry.name in _SKIPPED:
        return True
    if not _BUILT_BESIDE.get(entry.name, frozenset()).isdisjoint(beside):
        return True
    return Path(entry.path, "pyvenv.cfg").exists()
