"""Secrets in a source tree: which files are searched, and what is said of those that cannot be."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from supplychain.errors import ToolFailed, UsageError
from supplychain.scan.coverage import Reason
from supplychain.scan.source_secrets import SourceSecretScanner

TOKEN = "ghp_" + "a1B2" * 9


def scan(root: Path, *exclude: str):
    return SourceSecretScanner(root, exclude=exclude).scan()


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", root, *words], check=True, capture_output=True)


def places(result) -> list[tuple[str, str, int]]:
    return [(finding.id, finding.location.path, finding.location.line) for finding in result.findings]


def test_every_file_is_searched_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a.py", "notes", "deep/er/b.unknown", "tests/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"\nx = '{TOKEN}'\n")
    result = scan(tmp_path)
    assert {path for _, path, _ in places(result)} == {"a.py", "notes", "deep/er/b.unknown", "tests/c.py"}
    assert {line for _, _, line in places(result)} == {2}
    assert TOKEN not in repr(result)


def test_a_password_under_its_name_counts_where_people_keep_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DB_PASSWORD=tr0ub4dor-and-3\n")
    (tmp_path / "prose.md").write_text("DB_PASSWORD=tr0ub4dor-and-3\n")
    assert places(scan(tmp_path)) == [("secret-password", ".env", 1)]


def test_what_git_ignores_is_not_published_unless_it_is_tracked_all_the_same(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("*.local\n")
    (tmp_path / "kept.local").write_text(TOKEN)
    (tmp_path / "mine.local").write_text(TOKEN)
    (tmp_path / "new.txt").write_text(TOKEN)
    git(tmp_path, "add", "--force", "kept.local")
    assert [path for _, path, _ in places(scan(tmp_path))] == ["kept.local", "new.txt"]


def test_an_exclusion_of_nobodys_review_does_not_hide_a_file(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".git" / "info" / "exclude").write_text("*.txt\n")
    (tmp_path / "new.txt").write_text(TOKEN)
    assert [path for _, path, _ in places(scan(tmp_path))] == ["new.txt"]


@pytest.mark.parametrize("pattern", ["vendor", "vendor/**", "vendor/*.txt", "*.txt"])
def test_patterns_leave_out(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.txt").write_text(TOKEN)
    (tmp_path / "b.py").write_text("pass\n")
    result = scan(tmp_path, pattern)
    assert not result.findings
    assert result.coverage.asked == 1


def test_a_file_too_large_is_coverage_lost(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"a" * (2 * 1024 * 1024 + 1))
    result = scan(tmp_path)
    assert [(skip.what, skip.reason) for skip in result.coverage.skipped] == [(".env", Reason.UNREADABLE)]
    assert (result.coverage.asked, result.coverage.looked_at) == (1, 0)


def test_a_pipe_does_not_hang_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    result = scan(tmp_path)
    assert [skip.what for skip in result.coverage.skipped] == ["pipe.txt"]


def test_links_inside_are_searched_once_and_links_outside_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(TOKEN)
    root = tmp_path / "tree"
    root.mkdir()
    (root / "real.txt").write_text(TOKEN)
    (root / "inside").symlink_to("real.txt")
    (root / "leaves").symlink_to(outside)
    (root / "nowhere").symlink_to("missing")
    result = scan(root)
    assert [path for _, path, _ in places(result)] == ["real.txt"]
    assert [skip.what for skip in result.coverage.skipped] == ["leaves"]


def test_a_null_byte_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0 " + TOKEN.encode())
    (tmp_path / "b.txt").write_bytes(b"")
    result = scan(tmp_path)
    assert [path for _, path, _ in places(result)] == ["a.bin"]
    assert result.coverage.complete


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_wide_letters_hide_nothing(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / ".env").write_bytes(f"{mark}\nDB_PASSWORD=tr0ub4dor-and-3\nT={TOKEN}\n".encode(encoding))
    assert sorted(places(scan(tmp_path))) == [("secret-github-token", ".env", 3), ("secret-password", ".env", 2)]


def test_links_that_go_round_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "c.txt").write_text(TOKEN)
    result = scan(tmp_path)
    assert [path for _, path, _ in places(result)] == ["c.txt"]
    assert result.coverage.complete


def test_a_name_that_is_no_text_is_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff.txt")).write_text(TOKEN)
    assert [path for _, path, _ in places(scan(tmp_path))] == ["a\\xff.txt"]


def test_the_key_for_the_cache_is_about_the_bytes_that_were_searched(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing\n")
    scanner = SourceSecretScanner(tmp_path)
    before = scanner.fingerprint()
    (tmp_path / "a.txt").write_text(TOKEN)
    assert SourceSecretScanner(tmp_path).fingerprint() != before
    result = scanner.scan()
    assert [skip.reason for skip in result.coverage.skipped] == [Reason.TOOL_FAILED]
    with pytest.raises(ToolFailed, match="changed while"):
        scanner._scan()


def test_a_folder_is_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        SourceSecretScanner(tmp_path / "nothing")
