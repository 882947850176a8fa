"""A nested repository or submodule is source too: git lists it as a folder, the build sees its files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from supplychain.artifact.source import list_files, read_source


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "code.py").write_text("x = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "x")
    return folder


def test_a_nested_repository_is_in_the_tree(tmp_path: Path) -> None:
    outer = repository(tmp_path / "outer")
    inner = repository(outer / "vendored")
    assert [file.path for file in list_files(outer)] == ["code.py", "vendored/code.py"]
    before = read_source(outer).tree
    (inner / "code.py").write_text("x = 2\n")
    assert read_source(outer).tree != before


def test_a_submodule_is_in_the_tree(tmp_path: Path) -> None:
    outer, other = repository(tmp_path / "outer"), repository(tmp_path / "other")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    git(outer, "commit", "-qm", "sub")
    assert "sub/code.py" in [file.path for file in list_files(outer)]
    before = read_source(outer)
    (outer / "sub" / "code.py").write_text("x = 2\n")
    after = read_source(outer)
    assert not before.dirty
    assert after.dirty
    assert after.tree != before.tree
