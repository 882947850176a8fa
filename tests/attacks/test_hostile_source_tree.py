"""Hostile source tree: nothing in the tree, nor in what git keeps about it, makes other files look like the commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from supplychain.artifact.source import list_files, read_source
from supplychain.errors import NothingToCheck, ToolFailed


def _git(folder: Path, *words: str) -> str:
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("honest\n")
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", ".")
    _git(folder, "commit", "-qm", "honest")
    assert not read_source(folder).dirty
    return folder


def test_a_replaced_commit(tree: Path) -> None:
    """`git replace` shows another commit under the name of the honest one, and a clean tree."""
    honest = _git(tree, "rev-parse", "HEAD")
    (tree / "src" / "app.py").write_text("evil\n")
    _git(tree, "commit", "-qam", "evil")
    evil = _git(tree, "rev-parse", "HEAD")
    _git(tree, "reset", "-q", "--hard", honest)
    _git(tree, "replace", honest, evil)
    _git(tree, "reset", "-q", "--hard")
    assert (tree / "src" / "app.py").read_text() == "evil\n"
    assert _git(tree, "status", "--porcelain") == ""
    source = read_source(tree)
    assert source.commit == honest
    assert source.dirty


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_git_was_told_not_to_look_at(tree: Path, mark: str) -> None:
    _git(tree, "update-index", mark, "src/app.py")
    (tree / "src" / "app.py").write_text("evil\n")
    assert _git(tree, "status", "--porcelain") == ""
    assert read_source(tree).dirty


def test_a_file_hidden_by_a_setting(tree: Path) -> None:
    _git(tree, "config", "status.showUntrackedFiles", "no")
    (tree / "src" / "evil.py").write_text("evil\n")
    assert _git(tree, "status", "--porcelain") == ""
    assert read_source(tree).dirty


def test_a_submodule_that_is_never_looked_at(tree: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    _git(inner, "init", "-q", "-b", "main")
    (inner / "lib.py").write_text("honest\n")
    _git(inner, "add", ".")
    _git(inner, "commit", "-qm", "inner")
    _git(tree, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "lib")
    _git(tree, "config", "-f", ".gitmodules", "submodule.lib.ignore", "all")
    _git(tree, "add", ".")
    _git(tree, "commit", "-qm", "with lib")
    before = read_source(tree)
    assert not before.dirty
    (tree / "lib" / "lib.py").write_text("evil\n")
    assert _git(tree, "status", "--porcelain") == ""
    after = read_source(tree)
    assert after.dirty
    assert after.tree != before.tree


def test_a_program_named_by_a_setting_is_not_started(tree: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    for setting in ("core.fsmonitor", "gpg.program", "core.pager", "diff.external", "core.sshCommand"):
        _git(tree, "config", setting, str(program))
    _git(tree, "config", "log.showSignature", "true")
    hooks = tree / ".git" / "hooks"
    for hook in ("post-index-change", "fsmonitor-watchman", "post-checkout"):
        (hooks / hook).write_text(program.read_text())
        (hooks / hook).chmod(0o755)
    read_source(tree)
    list_files(tree)
    assert not ran.exists()


def test_a_repository_that_is_only_files_of_the_tree(tmp_path: Path) -> None:
    """A folder that looks like a bare repository is not one, with settings of its own; it is plain files."""
    bare = tmp_path / "bare"
    bare.mkdir()
    _git(bare, "init", "-q", "--bare", ".")
    source = read_source(bare)
    assert source.commit is None
    assert "HEAD" in {file.path for file in list_files(bare)}


def test_a_folder_that_has_become_a_link(tree: Path, tmp_path: Path) -> None:
    """`src/app.py` is listed by git, and `src` is now a link to somebody's secrets."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "app.py").write_text("secret\n")
    assert [file.path for file in list_files(tree)] == ["src/app.py"]
    (tree / "src" / "app.py").unlink()
    (tree / "src").rmdir()
    (tree / "src").symlink_to(secrets)
    found = list_files(tree)
    assert [(file.path, file.link) for file in found] == [("src", str(secrets))]
    assert read_source(tree).dirty


def test_a_link_to_a_folder_is_part_of_the_tree(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a").write_text("a")
    (plain / "lib").symlink_to("/one")
    one = read_source(plain).tree
    (plain / "lib").unlink()
    (plain / "lib").symlink_to("/two")
    assert read_source(plain).tree != one


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        with pytest.raises(ToolFailed) as caught:
            read_source(tmp_path)
        assert caught.value.code == "SOURCE_UNREADABLE"
    finally:
        closed.chmod(0o755)


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "-rf", "--help", "a\\b", "\u202eevil", "*", ":(exclude)x", "\udcff"])
def test_names_that_are_no_words(tree: Path, name: str) -> None:
    before = read_source(tree)
    (tree / name).write_text("evil\n")
    assert name in {file.path for file in list_files(tree)}
    after = read_source(tree)
    assert after.dirty
    assert after.tree != before.tree


def test_a_git_of_the_tree_is_not_started(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty or relative entry in PATH means the folder we stand in, which is the tree."""
    fake = tree / "git"
    fake.write_text("#!/bin/sh\ntouch ran\n")
    fake.chmod(0o755)
    (tree / "bin").mkdir()
    (tree / "bin" / "git").symlink_to(fake)
    monkeypatch.setenv("PATH", f":bin:.:{os.environ['PATH']}")
    read_source(tree)
    assert not (tree / "ran").exists()


def test_an_empty_tree_is_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(NothingToCheck) as caught:
        read_source(tmp_path)
    assert caught.value.code == "EMPTY_SOURCE"
