"""The files of a revision, exactly, and nothing of what the tree would like to have done."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from supplychain.artifact.checkout import check_out, prefix_of
from supplychain.errors import UsageError


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *settings, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "sub").mkdir(parents=True)
    git(root, "init")
    (root / ".gitattributes").write_text("a.txt export-ignore\nb.txt filter=evil\nc.txt eol=crlf\n")
    git(root, "config", "filter.evil.smudge", f"touch {tmp_path}/evil; cat")
    for name in ("a.txt", "b.txt", "c.txt", "sub/requirements.txt"):
        (root / name).write_bytes(b"old\n")
    (root / "link").symlink_to("/etc/passwd")
    git(root, "add", "-A")
    git(root, "commit", "-m", "1")
    git(root, "tag", "v1")
    (root / "a.txt").write_text("new\n")
    git(root, "commit", "-am", "2")
    (root / "b.txt").write_text("not committed\n")
    (tmp_path / "evil").unlink(missing_ok=True)
    return root


def test_files_as_they_were(repository: Path, tmp_path: Path) -> None:
    before = git(repository, "status", "--porcelain")
    folder = tmp_path / "out"
    folder.mkdir()
    commit = check_out(repository, "v1", folder)
    assert commit == git(repository, "rev-parse", "v1")
    for name in ("a.txt", "b.txt", "c.txt", "sub/requirements.txt"):
        assert (folder / name).read_bytes() == b"old\n", name
    assert not (folder / "link").is_symlink()
    assert not (tmp_path / "evil").exists()
    assert git(repository, "status", "--porcelain") == before


def test_a_folder_of_the_repository(repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    check_out(repository / "sub", "v1", folder)
    assert [path.name for path in folder.iterdir()] == ["requirements.txt"]


@pytest.mark.parametrize("revision", ["v2", "", "--help", "v1:a.txt", "HEAD^{tree}"])
def test_no_such_revision(repository: Path, tmp_path: Path, revision: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_out(repository, revision, tmp_path)
    assert caught.value.code == "BASELINE_MISSING"


def test_a_folder_that_was_not_there(repository: Path, tmp_path: Path) -> None:
    (repository / "later").mkdir()
    with pytest.raises(UsageError):
        check_out(repository / "later", "v1", tmp_path)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        check_out(tmp_path, "main", tmp_path)


def test_a_name_that_is_a_tag_and_a_branch(repository: Path, tmp_path: Path) -> None:
    """git would take the tag, silently, and whoever may push a tag would choose what is compared with."""
    git(repository, "branch", "v1", "HEAD")
    with pytest.raises(UsageError) as caught:
        check_out(repository, "v1", tmp_path / "out")
    assert caught.value.code == "REVISION_AMBIGUOUS"
    for name in ("refs/tags/v1", "refs/heads/v1", git(repository, "rev-parse", "HEAD")):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        check_out(repository, name, folder)


def test_the_whole_repository(repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    check_out(repository / "sub", "v1", folder, whole=True)
    assert (folder / prefix_of(repository / "sub") / "requirements.txt").read_bytes() == b"old\n"
    assert (folder / "a.txt").read_bytes() == b"old\n"
    assert prefix_of(repository) == ""
