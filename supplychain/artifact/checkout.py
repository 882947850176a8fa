"""Writes the files of a git revision into a folder, without touching the repository, its index or its work tree.

What the tree and the repository say about how files are written (attributes, filters, hooks) has no effect: the objects
are borrowed by a fresh repository with settings of its own. Links become plain files.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from supplychain.errors import ToolFailed, UsageError
from supplychain.process import Completed, run

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.symlinks=false",
    "core.autocrlf=false",
    "safe.bareRepository=explicit",
    "core.warnAmbiguousRefs=true",
)
_GIT = ("git", *(word for setting in _SETTINGS for word in ("-c", setting)))
_PLAIN = "* -text -eol -crlf -ident -filter -working-tree-encoding\n"
"""Attributes that stand above those of the tree: write every file as it was kept."""
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_LIMIT_S = 300.0


def check_out(root: Path, revision: str, folder: Path, *, whole: bool = False) -> str:
    """Write what a folder of a repository held at a revision.

    Args:
        root: The folder, in the work tree of a repository.
        revision: Branch, tag, commit id, or anything else git resolves to a commit.
        folder: Where to write; must exist and be empty.
        whole: Write the whole repository; what `root` held is then below `prefix_of(root)`.

    Returns:
        The commit id.

    Raises:
        UsageError: `root` is in no repository, or there is no such revision (`BASELINE_MISSING`), or the name means
            two of them (`REVISION_AMBIGUOUS`), or the folder was not there then.
        ToolFailed: git is missing or fails.
    """
    found = _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    commit = found.stdout.decode("ascii", "replace").strip()
    if found.code != 0 or not commit:
        raise _no_revision(root, revision, "a file, or a revision that `git rev-parse` knows")
    if b"is ambiguous" in found.stderr:
        raise UsageError(
            "a name that means two revisions",
            code="REVISION_AMBIGUOUS",
            where=str(root),
            expected="refs/heads/…, refs/tags/…, refs/remotes/… or a commit id, whole",
            found=revision[:120],
        )
    prefix = "" if whole else prefix_of(root)
    objects = _checked(root, "rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip("\n")
    hashes = _checked(root, "rev-parse", "--show-object-format").decode().strip()
    tree = f"{commit}:{prefix}".removesuffix("/")
    if _git(root, "cat-file", "-e", tree).code != 0:
        raise _no_revision(root, revision, f"a revision in which {prefix} was there")
    with tempfile.TemporaryDirectory(prefix="supplychain-git-") as place:
        _checked(folder, "init", "--quiet", "--bare", "--template=", f"--object-format={hashes}", place)
        borrowed = Path(place)
        (borrowed / "info").mkdir(exist_ok=True)
        (borrowed / "info" / "attributes").write_text(_PLAIN, encoding="utf-8")
        (borrowed / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")
        words = (f"--git-dir={place}", f"--work-tree={folder}")
        _checked(folder, *words, "read-tree", tree)
        _checked(folder, *words, "checkout-index", "--all", "--quiet")
    return commit


def prefix_of(root: Path) -> str:
    """Where a folder lies in its repository: empty, or a path that ends with a slash. Raises ToolFailed."""
    return _checked(root, "rev-parse", "--show-prefix").decode("utf-8", "replace").strip("\n")


def _checked(cwd: Path, *words: str) -> bytes:
    done = _git(cwd, *words)
    if done.code != 0:
        raise ToolFailed(
            f"git {next(word for word in words if not word.startswith('-'))} failed",
            code="GIT_FAILED",
            where=str(cwd),
            found=done.error_tail(),
        )
    return done.stdout


def _git(cwd: Path, *words: str) -> Completed:
    return run([*_GIT, *words], cwd=cwd, timeout_s=_LIMIT_S, env=_ENVIRONMENT)


def _no_revision(root: Path, revision: str, expected: str) -> UsageError:
    return UsageError(
        "no such baseline", code="BASELINE_MISSING", where=str(root), expected=expected, found=revision[:120]
    )
