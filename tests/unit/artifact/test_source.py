"""Source revisions, with the real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from supplychain.artifact.source import Source, list_files, read_source
from supplychain.errors import NothingToCheck, ToolFailed

WHO = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
DATES = {"GIT_AUTHOR_DATE": "@1700000000 +0000", "GIT_COMMITTER_DATE": "@1700000000 +0000"}


def git(folder: Path, *words: str) -> str:
    env = {**os.environ, **WHO, **DATES, "GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(
        ["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.py").write_text("a\n")
    (folder / "run.sh").write_text("b\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("a.py")
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def paths(folder: Path, **more: tuple[str, ...]) -> list[str]:
    return [file.path for file in list_files(folder, **more)]


def test_a_clean_commit(tree: Path) -> None:
    source = read_source(tree)
    assert source.commit == git(tree, "rev-parse", "HEAD")
    assert source.ref == "refs/heads/main"
    assert source.uri == f"git+{tree.as_uri()}"
    assert (source.dirty, source.committed) == (False, 1_700_000_000)
    assert paths(tree) == [".gitignore", "a.py", "link", "run.sh"]
    assert [(file.executable, file.link) for file in list_files(tree)][2:] == [(False, "a.py"), (True, None)]


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://git.example/a/b.git", "git+https://git.example/a/b.git"),
        ("https://user:token@git.example/a/b", "git+https://git.example/a/b"),
        ("ssh://git@git.example:22/a/b", "git+ssh://git.example:22/a/b"),
        ("https://token@git.example", "git+https://git.example"),
        ("https://git.example/a@b/c", "git+https://git.example/a@b/c"),
    ],
)
def test_the_remote_without_its_secrets(tree: Path, url: str, uri: str) -> None:
    git(tree, "remote", "add", "origin", url)
    assert read_source(tree).uri == uri


def test_detached(tree: Path) -> None:
    git(tree, "checkout", "-q", "--detach")
    source = read_source(tree)
    assert source.ref is None
    assert source.commit


CHANGES = {
    "content": lambda f: (f / "a.py").write_text("b\n"),
    "mode": lambda f: (f / "a.py").chmod(0o755),
    "link": lambda f: ((f / "link").unlink(), (f / "link").symlink_to("run.sh")),
    "link to file": lambda f: ((f / "link").unlink(), (f / "link").write_text("a.py")),
    "deleted": lambda f: (f / "a.py").unlink(),
    "untracked": lambda f: (f / "new.py").write_text(""),
    "renamed": lambda f: (f / "a.py").rename(f / "c.py"),
    "staged": lambda f: ((f / "a.py").write_text("b\n"), git(f, "add", ".")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_makes_it_dirty_and_another_tree(tree: Path, change: str) -> None:
    before = read_source(tree)
    CHANGES[change](tree)
    after = read_source(tree)
    assert after.dirty
    assert after.commit == before.commit
    assert after.tree != before.tree


def test_ignored_and_excluded_files_are_not_source(tree: Path) -> None:
    before = read_source(tree)
    (tree / "x.log").write_text("x")
    (tree / "dist" / "deep").mkdir(parents=True)
    (tree / "dist" / "deep" / "p.whl").write_text("x")
    assert read_source(tree, exclude=("dist/*",)) == before
    assert "dist/deep/p.whl" in paths(tree)


def test_a_folder_below_the_top(tree: Path) -> None:
    (tree / "sub").mkdir()
    (tree / "sub" / "s.py").write_text("s")
    assert paths(tree / "sub") == ["s.py"]
    assert read_source(tree / "sub").dirty
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "two")
    assert not read_source(tree / "sub").dirty


def test_a_relative_root(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_source(tree)
    (tree.parent / "other").mkdir()
    monkeypatch.chdir(tree.parent / "other")
    assert read_source(Path("../tree")).tree == whole.tree
    monkeypatch.chdir(tree)
    assert read_source(Path()).tree == whole.tree


def test_without_git(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x").write_text("x")
    (tmp_path / "a").write_text("a")
    source = read_source(tmp_path)
    assert source == Source(uri=tmp_path.as_uri(), tree=source.tree)
    assert paths(tmp_path) == ["a"]


def test_git_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("a")
    assert read_source(tmp_path).commit is None


def test_nothing_at_all(tmp_path: Path) -> None:
    with pytest.raises(NothingToCheck):
        read_source(tmp_path)


def test_a_damaged_repository_is_a_failure(tree: Path) -> None:
    (tree / ".git" / "index").write_bytes(b"damaged")
    with pytest.raises(ToolFailed) as caught:
        read_source(tree)
    assert caught.value.code == "GIT_FAILED"


def test_files_that_are_neither(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    assert "pipe" not in paths(tree)


def test_the_digest_tells_where_one_file_ends(tmp_path: Path) -> None:
    """Two trees whose bytes, written one after the other, would be the same."""
    first, second = tmp_path / "1", tmp_path / "2"
    for folder, names in ((first, ("a", "ab")), (second, ("aa", "b"))):
        folder.mkdir()
        for name in names:
            (folder / name).write_text("x")
    assert read_source(first).tree != read_source(second).tree
