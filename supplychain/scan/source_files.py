"""The source files a SAST scan has to look at, as the interpreter would read them.

A scanner that chooses its own files lets the scanned tree choose (`.semgrepignore`, untracked files, folder names like
`tests`), and one that reads raw bytes can be shown another program than the one that runs: Python decodes a file by its
declared encoding (PEP 263), takes a lone carriage return for a new line, and compares names in NFKC (PEP 3131). So
files are chosen here, and decoded here.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from supplychain.artifact.source import SKIPPED_FOLDERS
from supplychain.errors import ToolFailed
from supplychain.files import MIB
from supplychain.inventory.walk import is_excluded
from supplychain.process import run
from supplychain.scan.coverage import Reason, Skip

MAX_FILE = 4 * MIB
"""Largest source file that is looked at, in bytes."""
MAX_TOTAL = 1024 * MIB
"""Most source text in one scan, in bytes."""
PYTHON = frozenset({".py", ".pyw", ".wsgi"})
OTHER_LANGUAGES = {
    suffix: language
    for language, suffixes in {
        "c": ".c .h",
        "c++": ".cc .cpp .cxx .hh .hpp",
        "c#": ".cs",
        "clojure": ".clj .cljs",
        "cython": ".pyx .pxd",
        "dart": ".dart",
        "elixir": ".ex .exs",
        "go": ".go",
        "java": ".java",
        "javascript": ".js .jsx .mjs .cjs",
        "jupyter notebook": ".ipynb",
        "kotlin": ".kt .kts",
        "lua": ".lua",
        "perl": ".pl .pm",
        "php": ".php",
        "python bytecode": ".pyc",
        "r": ".r",
        "ruby": ".rb",
        "rust": ".rs",
        "scala": ".scala",
        "shell": ".sh .bash .zsh",
        "solidity": ".sol",
        "swift": ".swift",
        "typescript": ".ts .tsx .mts .cts",
        "vue": ".vue",
    }.items()
    for suffix in suffixes.split()
}
"""File suffix to language, for languages without rules."""

_RESULTS = {"build", "dist"}
_PROJECT_FILES = {"pyproject.toml", "setup.py", "setup.cfg", "package.json"}
_NEVER = SKIPPED_FOLDERS | {".tox", ".nox", ".hg", ".svn", ".eggs", ".pytest_cache", "site-packages"}
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "ls-files", "-z")
_SHEBANG = re.compile(rb"#![^\n]*\bpython[0-9.]*(\s|$)")
_WORD = re.compile(r"[^\W\d]\w*")
_SLOW_CODECS = {"punycode", "idna"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """One source file."""

    path: str
    """Relative to the root, with `/`; bytes that are no UTF-8 are shown as `\\xNN`."""
    text: bytes
    """What the interpreter would run, in UTF-8 with `\\n` between the lines."""
    sha256: str
    """Of the file's own bytes, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What there is to look at."""

    texts: tuple[SourceText, ...]
    """Sorted by path."""
    skipped: tuple[Skip, ...]
    """Source files, and folders behind links, that cannot be looked at."""
    others: tuple[tuple[str, int], ...]
    """Languages without rules, and how many files each has."""


def read_sources(root: Path, *, exclude: Sequence[str] = ()) -> Sources:
    """Choose and read the source files of a folder.

    Args:
        root: The folder.
        exclude: Patterns to leave out: `name` anywhere, or `path/from/root`; `*` also spans folders.

    Raises:
        ToolFailed: There is more source than accepted.
    """
    top = root.resolve()
    texts, skipped, others, total = [], [], Counter[str](), 0
    for path in list_paths(top, exclude=exclude):
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in OTHER_LANGUAGES:
            others[OTHER_LANGUAGES[suffix]] += 1
            continue
        found = _read(top, path)
        if isinstance(found, Skip):
            skipped.append(found)
        elif found is not None:
            texts.append(found)
            total += len(found.text)
        if total > MAX_TOTAL:
            expected = f"at most {MAX_TOTAL:,} bytes of source"
            hint = "scan a smaller folder, or exclude what is no source"
            raise ToolFailed(
                "there is too much source", code="TOO_LARGE", where=str(root), expected=expected, hint=hint
            )
    return Sources(texts=tuple(texts), skipped=tuple(skipped), others=tuple(sorted(others.items())))


def list_paths(top: Path, *, exclude: Sequence[str] = ()) -> list[str]:
    """Every file there is to look at in a folder, relative to it and sorted; names that are no UTF-8 as `os.fsdecode`.

    Args:
        top: The folder, resolved.
        exclude: As for `read_sources`.
    """
    patterns = [pattern.removesuffix("/**").rstrip("/").removeprefix("./") for pattern in exclude]
    return [path for path in sorted(set(_paths(top))) if not _left_out(PurePosixPath(path), patterns)]


def as_python_reads(data: bytes) -> bytes:
    """Rewrite Python source so that a reader of plain UTF-8 sees what the interpreter runs; line numbers stay.

    Raises:
        ValueError: The interpreter would refuse it: a null byte, an unknown encoding, or bytes that are not of it.
    """
    if b"\0" in data:
        raise ValueError("it holds a null byte")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding in _SLOW_CODECS:
            raise ValueError(f"its encoding is {encoding}")
        text = data.decode(encoding)
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise ValueError(f"it cannot be decoded: {error}"[:200]) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _WORD.sub(_normal, text)
    return text.encode("utf-8")


def _normal(word: re.Match[str]) -> str:
    normal = unicodedata.normalize("NFKC", word[0])
    return normal if normal.isidentifier() else word[0]


def _read(top: Path, path: str) -> SourceText | Skip | None:
    suffix = PurePosixPath(path).suffix.lower()
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    file = top / path
    python = suffix in PYTHON
    try:
        if not python and suffix and not file.is_symlink():
            return None
        status = file.stat()
        if not file.resolve().is_relative_to(top):
            outside = python or stat.S_ISDIR(status.st_mode)
            return _skip(shown, Reason.UNREADABLE, "a link that leaves the folder") if outside else None
        if not stat.S_ISREG(status.st_mode):
            return _skip(shown, Reason.UNSUPPORTED_FILE, "no regular file") if python else None
        with file.open("rb") as handle:
            data = handle.read(1024 if not python else MAX_FILE + 1)
            if not python:
                if not _SHEBANG.match(data):
                    return None
                data += handle.read(MAX_FILE + 1)
    except FileNotFoundError:
        return None  # deleted in the tree, or a link to nothing
    except (OSError, RuntimeError) as error:
        return _skip(shown, Reason.UNREADABLE, getattr(error, "strerror", None) or str(error)) if python else None
    return _text(shown, data)


def _text(shown: str, data: bytes) -> SourceText | Skip:
    if len(data) > MAX_FILE:
        return _skip(shown, Reason.UNSUPPORTED_FILE, f"larger than {MAX_FILE:,} bytes")
    try:
        text = as_python_reads(data)
    except ValueError as error:
        return _skip(shown, Reason.UNREADABLE, f"not Python source: {error}")
    return SourceText(path=shown, text=text, sha256=hashlib.sha256(data).hexdigest())


def _skip(what: str, reason: Reason, detail: str) -> Skip:
    return Skip(what=what, reason=reason, detail=detail)


def _left_out(path: PurePosixPath, patterns: Sequence[str]) -> bool:
    return bool(patterns) and any(is_excluded(part, patterns) for part in (path, *path.parents[:-1]))


def _paths(top: Path) -> Iterator[str]:
    """Every file of git's index, and every other one git does not ignore; without git, every file outside _NEVER."""
    tracked = _git(top, "--cached")
    # Not --exclude-standard: .git/info/exclude and .git/config may come with the tree and are seen by no reviewer.
    others = _git(top, "--others", "--exclude-per-directory=.gitignore")
    if tracked is None or others is None or not (tracked or others):
        yield from _walk(top, top)
        return
    environments = {name.removesuffix("pyvenv.cfg") for name in others if PurePosixPath(name).name == "pyvenv.cfg"}
    for name in tracked:
        yield from _expand(top, name)
    for name in others:
        if _NEVER.isdisjoint(PurePosixPath(name).parts) and not any(name.startswith(e) for e in environments):
            yield from _expand(top, name)


def _expand(top: Path, name: str) -> Iterator[str]:
    """Git lists a submodule, or another repository in the tree, as one folder."""
    path = top / name
    if path.is_dir() and not path.is_symlink():
        yield from _walk(top, path)
    else:
        yield name


def _git(top: Path, *words: str) -> list[str] | None:
    try:
        done = run([*_GIT, *words], cwd=top, timeout_s=120, env={"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"})
    except ToolFailed:
        return None
    if done.code != 0 or b"could not open directory" in done.stderr:
        return None
    return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]


def _walk(top: Path, start: Path) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        raise ToolFailed(f"cannot list a folder: {error.strerror}", code="UNREADABLE", where=str(error.filename))

    for folder, names, files in os.walk(start, onerror=unreadable):
        here = Path(folder)
        for name in names:
            if (here / name).is_symlink():
                yield (here / name).relative_to(top).as_posix()
        project = not _PROJECT_FILES.isdisjoint(files)
        names[:] = [
            name
            for name in names
            if name not in _NEVER
            and not (project and name in _RESULTS)
            and not (here / name / "pyvenv.cfg").exists()
            and not (here / name).is_symlink()
        ]
        for name in files:
            yield (here / name).relative_to(top).as_posix()
