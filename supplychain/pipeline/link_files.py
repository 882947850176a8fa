"""What a step took in and made: files of a tree, by path and digest.

A file is named by its path below the root, with `/`. Nothing outside of the root is recorded, also not through a link:
a link statement would call it by a name inside. A file that changes while it is hashed is refused, for nobody could say
which of its contents was recorded.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import SKIPPED_FOLDERS, list_files
from supplychain.errors import NothingToCheck, ToolFailed, UsageError

MAX_FILES = 50_000
"""More files than this are no materials of one step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What changes when a file is written: device, inode, size and both times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @staticmethod
    def of(status: os.stat_result) -> Mark:
        """The mark of a file."""
        return Mark(
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            modified=status.st_mtime_ns,
            changed=status.st_ctime_ns,
        )


def check_patterns(patterns: Iterable[str]) -> None:
    """Refuse patterns that lead out of the tree. Raises UsageError `PRODUCT_OUTSIDE`."""
    for pattern in patterns:
        if not pattern or Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise _outside(pattern, "a pattern of paths below the project folder")


def find_products(root: Path, patterns: Sequence[str]) -> Mapping[Path, Mark]:
    """The files that patterns match, with their marks; links to files inside are left to their targets.

    Raises:
        UsageError: `PRODUCT_OUTSIDE`: a pattern or a link leads out of the tree.
    """
    check_patterns(patterns)
    found: dict[Path, Mark] = {}
    top = root.resolve()
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            real = path.resolve()
            if not real.is_relative_to(top):
                raise _outside(str(path), f"a file below {top}", str(real))
            if path.is_symlink() or not path.is_file():
                continue
            found[path] = Mark.of(path.lstat())
    return found


def record_products(
    root: Path, patterns: Sequence[str], before: Mapping[Path, Mark] | None = None
) -> tuple[Artifact, ...]:
    """Hash the files that patterns match.

    Args:
        root: The tree.
        patterns: Globs of relative paths; each must match something.
        before: What they matched before the step; only what was written since is a product. None: all are.

    Raises:
        NothingToCheck: `NO_PRODUCTS`: a pattern matches nothing, or nothing new.
        UsageError: `PRODUCT_OUTSIDE`.
        ToolFailed: `PRODUCT_CHANGED`: a file changed while it was hashed.
    """
    wanted: dict[Path, Mark] = {}
    for pattern in patterns:
        found = find_products(root, [pattern])
        new = {path: mark for path, mark in found.items() if before is None or before.get(path) != mark}
        if not new:
            raise NothingToCheck(
                "there is no product",
                code="NO_PRODUCTS",
                where=pattern,
                expected="at least one file written by this step",
                found=f"{len(found)} file(s) that were there before" if found else "none",
                hint="check the pattern: it is relative to the project folder, and `**/` goes through all folders",
            )
        wanted |= new
    products = _hash_all(root, sorted(wanted))
    # Once more, for what is still being written by a process the step left behind.
    for path, mark in wanted.items():
        try:
            now = Mark.of(path.lstat())
        except OSError:
            now = None
        if now != mark:
            raise _changed(path)
    return products


def record_materials(root: Path, paths: Sequence[Path]) -> tuple[Artifact, ...]:
    """Hash files, and all files below folders, that a step is said to take in.

    Raises:
        UsageError: `MATERIAL_MISSING`, `MATERIAL_OUTSIDE` or `TOO_MANY_MATERIALS`.
        ToolFailed: A file cannot be read or changed while it was hashed.
    """
    top, found = root.resolve(), set[Path]()
    for given in paths:
        path = root / given
        if not path.exists():
            raise UsageError(
                "no such material", code="MATERIAL_MISSING", where=str(path), expected="a file or a folder"
            )
        if not path.resolve().is_relative_to(top):
            raise UsageError(
                "a material lies outside of the project",
                code="MATERIAL_OUTSIDE",
                where=str(given),
                expected=f"a file below {top}",
                found=str(path.resolve()),
            )
        inside = Path(os.path.relpath(path.resolve() if ".." in path.parts else path, root))
        found.update(_below(root / inside) if path.is_dir() else [root / inside])
    return _hash_all(root, sorted(found))


def source_materials(root: Path, *, exclude: Sequence[str]) -> tuple[Artifact, ...]:
    """Hash every file of the source tree (see `list_files`); links are left out."""
    files = list_files(root, exclude=tuple(exclude))
    return _hash_all(root, [root / file.path for file in files if file.link is None])


def _below(folder: Path) -> list[Path]:
    found = []
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in SKIPPED_FOLDERS]
        paths = [Path(place) / name for name in files]
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return found


def _hash_all(root: Path, paths: Sequence[Path]) -> tuple[Artifact, ...]:
    if len(paths) > MAX_FILES:
        raise UsageError(
            "too many files for one step",
            code="TOO_MANY_MATERIALS",
            where=str(root),
            expected=f"at most {MAX_FILES:,}",
            found=f"{len(paths):,}",
            hint="name what the step takes in with --material",
        )
    return tuple(
        Artifact(
            name=os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace"), digest=_hash(path)
        )
        for path in paths
    )


def _hash(path: Path) -> Digest:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as content:
            before = os.fstat(content.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise _changed(path)
            found = hashlib.file_digest(content, "sha256").hexdigest()
            after = os.fstat(content.fileno())
    except OSError as error:
        raise ToolFailed(f"cannot read a file: {error.strerror}", code="FILE_UNREADABLE", where=str(path)) from error
    if Mark.of(before) != Mark.of(after):
        raise _changed(path)
    return Digest(algorithm="sha256", hex=found)


def _changed(path: Path) -> ToolFailed:
    return ToolFailed(
        "a file changed while it was recorded",
        code="PRODUCT_CHANGED",
        where=str(path),
        expected="a file that nobody writes to any more",
        hint="let the step end what it started; then record again",
    )


def _outside(where: str, expected: str, found: str = "") -> UsageError:
    return UsageError(
        "a product lies outside of the project", code="PRODUCT_OUTSIDE", where=where, expected=expected, found=found
    )
