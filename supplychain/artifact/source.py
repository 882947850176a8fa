"""The source: which revision of which repository a tree is, and the digest of what is really in it.

A commit says what was committed; a dirty tree holds something else. `tree` is the digest of the files as they are, so a
build from a dirty tree is named for what it was built from.

The tree may be hostile, and so may what git keeps about it: replaced objects, files marked "never look", links that
lead out, settings that start a program. None of that may make another tree look like the commit.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import NoReturn

from supplychain.artifact.digest import Digest
from supplychain.errors import NothingToCheck, ToolFailed
from supplychain.process import Completed, run

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "core.checkStat=default",
    "core.trustctime=true",
    "log.showSignature=false",
    "safe.bareRepository=explicit",
)
_GIT = ("git", *(word for setting in _SETTINGS for word in ("-c", setting)))
_GIT_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
SKIPPED_FOLDERS = frozenset(
    {".git", ".supplychain", ".venv", "__pycache__", "node_modules", ".mypy_cache", ".ruff_cache"}
)
"""Folders that are never source, when no git says what is."""
_MAX_FILES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source tree at one moment."""

    uri: str
    """`git+<remote or file URI>`, or a `file:` URI without git."""
    tree: Digest
    """Digest over path, mode and content of every source file."""
    commit: str | None = None
    """Git commit id (SHA-1 or SHA-256 in hexadecimal), None without git."""
    ref: str | None = None
    """`refs/heads/main` or `refs/tags/v1`, None when detached or without git."""
    dirty: bool = False
    """Files differ from the commit, or untracked files are there."""
    committed: int = 0
    """Commit time in seconds since 1970, 0 without git."""
    authors: tuple[str, ...] = ()
    """E-mail addresses of the commit's author and committer, as it states them; sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of the tree."""

    path: str
    """Relative, with `/`."""
    executable: bool
    link: str | None
    """Target of a symbolic link, None for a regular file."""


def read_source(root: Path, *, exclude: tuple[str, ...] = ()) -> Source:
    """Find out what a folder's source is.

    Args:
        root: The folder.
        exclude: Patterns of relative paths that are not source (products of the build); `*` also spans `/`.

    Raises:
        NothingToCheck: The folder holds no file.
        ToolFailed: git is there but fails, or a file cannot be read.
    """
    files = list_files(root, exclude=exclude)
    if not files:
        raise NothingToCheck(
            "the folder holds no source files",
            code="EMPTY_SOURCE",
            where=str(root),
            hint="give the folder of a project",
        )
    tree = _tree_digest(root, files)
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD") if _is_git(root) else None
    if head is None or head.code != 0:
        return Source(uri=root.absolute().as_uri(), tree=tree)
    ref = _git(root, "symbolic-ref", "--quiet", "HEAD")
    seen = ("--untracked-files=all", "--ignore-submodules=none")
    status = _checked(root, "status", "--porcelain", *seen, "--", ".", *(f":(exclude){p}" for p in exclude))
    remote = _git(root, "config", "--get", "remote.origin.url")
    url = remote.stdout.decode("utf-8", "replace").strip() if remote.code == 0 else root.absolute().as_uri()
    stated = _checked(root, "show", "-s", "--format=%ct%n%ae%n%ce", "HEAD").decode("utf-8", "replace").splitlines()
    return Source(
        uri="git+" + _without_secrets(url),
        tree=tree,
        commit=head.stdout.decode().strip(),
        ref=ref.stdout.decode().strip() or None if ref.code == 0 else None,
        dirty=bool(status.strip()) or _hides_changes(root, exclude),
        committed=int(stated[0] or 0) if stated else 0,
        authors=tuple(sorted({address.strip() for address in stated[1:] if address.strip()})),
    )


def list_files(root: Path, *, exclude: tuple[str, ...] = ()) -> tuple[SourceFile, ...]:
    """The source files below a folder, sorted: tracked and untracked ones of git, else all outside SKIPPED_FOLDERS.

    Raises:
        ToolFailed: git fails, or there are more files than accepted.
    """
    if _is_git(root):
        listed = _checked(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        names: Iterator[str] = _opened(root, (os.fsdecode(name) for name in listed.split(b"\0") if name))
    else:
        names = _walk(root)
    files: list[SourceFile] = []
    real: set[str] = set()
    for name in sorted(set(names)):
        if any(fnmatchcase(name, pattern) for pattern in exclude):
            continue
        found = _source_file(root, name) if _is_below(root, name, real) else None
        if found:
            files.append(found)
        if len(files) > _MAX_FILES:
            raise ToolFailed(
                "too many source files", code="TOO_MANY_FILES", where=str(root), expected=f"≤ {_MAX_FILES:,}"
            )
    return tuple(files)


def as_committed(root: Path, names: Sequence[str]) -> frozenset[str]:
    """Those of some files whose bytes are the ones of the commit; none without git.

    Args:
        root: The folder.
        names: Relative paths, with `/`.

    Raises:
        ToolFailed: git is there but fails.
    """
    if not names or not _is_git(root) or _git(root, "rev-parse", "--verify", "--quiet", "HEAD").code != 0:
        return frozenset()
    wanted = [f":(literal){name}" for name in names]
    listed = _checked(root, "ls-files", "-z", "--cached", "--", *wanted)
    changed = _checked(root, "diff", "--no-ext-diff", "--name-only", "-z", "--relative", "HEAD", "--", *wanted)
    tracked, others = ({os.fsdecode(name) for name in found.split(b"\0")} for found in (listed, changed))
    return frozenset(names) & (tracked - others)


def _opened(root: Path, names: Iterator[str]) -> Iterator[str]:
    """Git lists a submodule or a nested repository as a folder; what is in it is built from all the same."""
    for name in names:
        folder = root / name
        if folder.is_dir() and not folder.is_symlink():
            yield from (f"{name.rstrip('/')}/{inner}" for inner in _walk(folder))
        else:
            yield name


def _is_below(root: Path, name: str, real: set[str]) -> bool:
    """Whether a file is reached without leaving: git lists `a/b`, and `a` may by now be a link to /etc."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    for folder in reversed(path.parents):
        if str(folder) not in real and (root / folder).is_symlink() and folder.name:
            return False
        real.add(str(folder))
    return True


def _hides_changes(root: Path, exclude: tuple[str, ...]) -> bool:
    """Whether git was told not to look at a file that is there: marked "assume unchanged" or "skip worktree"."""
    listed = _checked(root, "ls-files", "-v", "-z").split(b"\0")
    marked = (os.fsdecode(entry[2:]) for entry in listed if entry[:1].islower() or entry[:1] == b"S")
    return any(
        os.path.lexists(root / name) and not any(fnmatchcase(name, pattern) for pattern in exclude) for name in marked
    )


def _source_file(root: Path, name: str) -> SourceFile | None:
    try:
        status = (root / name).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None  # listed by git, deleted in the tree: the tree digest is about what is there
    except OSError as error:
        raise _unreadable(error) from error
    if stat.S_ISLNK(status.st_mode):
        return SourceFile(path=name, executable=False, link=str((root / name).readlink()))
    if not stat.S_ISREG(status.st_mode):
        return None
    return SourceFile(path=name, executable=bool(status.st_mode & 0o100), link=None)


def _walk(root: Path) -> Iterator[str]:
    def fail(error: OSError) -> NoReturn:
        raise _unreadable(error) from error

    for folder, names, files in os.walk(root, onerror=fail):
        names[:] = sorted(name for name in names if name not in SKIPPED_FOLDERS)
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        for name in (*files, *links):
            yield (Path(folder) / name).relative_to(root).as_posix()


def _unreadable(error: OSError) -> ToolFailed:
    where = str(error.filename or "")
    return ToolFailed(f"cannot read the source: {error.strerror}", code="SOURCE_UNREADABLE", where=where)


def _tree_digest(root: Path, files: tuple[SourceFile, ...]) -> Digest:
    total = hashlib.sha256()
    for file in files:
        content = file.link if file.link is not None else Digest.of_file(root / file.path).hex
        kind = "link" if file.link is not None else "exec" if file.executable else "file"
        line = b"\0".join((kind.encode(), os.fsencode(file.path), os.fsencode(content))) + b"\n"
        total.update(len(line).to_bytes(8, "big") + line)
    return Digest(algorithm="sha256", hex=total.hexdigest())


def _is_git(root: Path) -> bool:
    try:
        found = _git(root, "rev-parse", "--is-inside-work-tree")
    except ToolFailed:
        return False
    if b"dubious ownership" in found.stderr:
        raise ToolFailed(
            "git refuses to look: the folder belongs to another user",
            code="GIT_FAILED",
            where=str(root),
            found=found.error_tail(),
            hint="run as the owner of the folder, or tell git that it is safe (safe.directory)",
        )
    return found.code == 0 and found.stdout.strip() == b"true"


def _git(root: Path, *words: str) -> Completed:
    return run([*_GIT, *words], cwd=root, timeout_s=120, env=_GIT_ENVIRONMENT)


def _checked(root: Path, *words: str) -> bytes:
    done = _git(root, *words)
    if done.code != 0:
        raise ToolFailed(f"git {words[0]} failed", code="GIT_FAILED", where=str(root), found=done.error_tail())
    return done.stdout


def _without_secrets(url: str) -> str:
    """Drop user names and tokens from a remote's address: provenance is public."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
