"""What a scanned tree may try in order not to be seen, against the real semgrep."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from supplychain.scan.coverage import Reason
from supplychain.scan.interface import ScanResult
from supplychain.scan.semgrep import SemgrepScanner

EVIL = "eval(text)\n"


def places(result: ScanResult) -> set[tuple[str, int, str]]:
    return {(f.location.path, f.location.line, f.id) for f in result.findings if f.location}


def skips(result: ScanResult) -> dict[str, Reason]:
    return {skip.what: skip.reason for skip in result.coverage.skipped}


def test_nothing_in_the_tree_hides_a_file(tmp_path: Path) -> None:
    (tmp_path / ".semgrepignore").write_text("*\n")
    (tmp_path / ".semgrep.yml").write_text("rules: []\n")
    for name in ("a.py", "tests/test_a.py", "vendor/b.py", "node.min.py", "--config=x.py", "with space.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = eval(text)  # nosemgrep  # nosem: python-eval\n")
    (tmp_path / "script").write_text("#!/usr/bin/env python3\n" + EVIL)
    result = SemgrepScanner(tmp_path).scan()
    assert {path for path, _, _ in places(result)} == {
        "a.py",
        "tests/test_a.py",
        "vendor/b.py",
        "node.min.py",
        "--config=x.py",
        "with space.py",
        "script",
    }
    assert result.coverage.complete


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("carriage_return", b"# harmless\reval(text)\n"),
        ("utf_7", b"# -*- coding: utf-7 -*-\n# +AAo-eval(text)\n"),
        ("unicode_escape", b"# coding: unicode_escape\n# \\neval(text)\n"),
        ("undecodable", b"# coding: cp1252\n# \x81\n"),
        ("compatible_letters", "𝓮val(text)\n".encode()),
        ("byte_order_mark", b"\xef\xbb\xbfeval(text)\n"),
        ("crlf", b"x = 1\r\neval(text)\r\n"),
        ("syntax_error_before", b"def f(:\n    pass\neval(text)\n"),
    ],
)
def test_source_is_read_as_the_interpreter_reads_it(tmp_path: Path, name: str, source: bytes) -> None:
    (tmp_path / f"{name}.py").write_bytes(source)
    result = SemgrepScanner(tmp_path).scan()
    assert result.findings or not result.coverage.complete


def test_hidden_lines_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"# harmless\reval(text)\n")
    (tmp_path / "b.py").write_bytes(b"# coding: utf-7\n# +AAo-eval(text)\n")
    (tmp_path / "c.py").write_text("𝓮val(text)\n")
    assert places(SemgrepScanner(tmp_path).scan()) == {
        ("a.py", 2, "python-eval"),
        ("b.py", 3, "python-eval"),
        ("c.py", 1, "python-eval"),
    }


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", *words],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_git_hides_only_what_gitignore_says_of_untracked_files(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("tracked.py", "untracked.py", "ignored.py", "tracked_but_ignored.py", "excluded_privately.py"):
        (tmp_path / name).write_text(EVIL)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "committed.py").write_text(EVIL)
    git(tmp_path, "add", "tracked.py", "tracked_but_ignored.py", "build/committed.py")
    (tmp_path / ".gitignore").write_text("*ignored.py\n")
    (tmp_path / ".git" / "info" / "exclude").write_text("excluded_privately.py\n")
    found = {path for path, _, _ in places(SemgrepScanner(tmp_path).scan())}
    assert found == {
        "tracked.py",
        "untracked.py",
        "tracked_but_ignored.py",
        "excluded_privately.py",
        "build/committed.py",
    }


def test_repositories_inside_the_repository_are_looked_at(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "other")
    (tmp_path / "other" / "module.py").write_text(EVIL)
    git(tmp_path / "other", "add", ".")
    git(tmp_path / "other", "commit", "-qm", "x")
    git(tmp_path, "init", "-q", "top")
    top = tmp_path / "top"
    git(top, "submodule", "add", "-q", str(tmp_path / "other"), "submodule")
    git(tmp_path, "clone", "-q", "other", "top/nested")
    found = {path for path, _, _ in places(SemgrepScanner(top).scan())}
    assert found == {"submodule/module.py", "nested/module.py"}


def test_folder_ignored_by_the_repository_around_it_is_looked_at(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("inner\n")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a.py").write_text(EVIL)
    assert len(SemgrepScanner(tmp_path / "inner").scan().findings) == 1


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.py").write_text(EVIL)
    (root / "link.py").symlink_to(tmp_path / "outside" / "a.py")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "dangling.py").symlink_to("nowhere")
    (root / "null.py").write_bytes(b"x = 1\0\n")
    (root / "latin.py").write_bytes(b'x = "\xe9"\n')
    (root / "unknown.py").write_text("# coding: no-such-thing\n")
    (root / "rot13.py").write_text("# coding: rot13\n")
    (root / "large.py").write_bytes(b"#" * (5 * 1024 * 1024))
    (root / "fine.py").write_text("x = 1\n")
    (root / "inside.py").symlink_to("fine.py")
    result = SemgrepScanner(root).scan()
    assert skips(result) == {
        "link.py": Reason.UNREADABLE,
        "folder": Reason.UNREADABLE,
        "null.py": Reason.UNREADABLE,
        "latin.py": Reason.UNREADABLE,
        "unknown.py": Reason.UNREADABLE,
        "rot13.py": Reason.UNREADABLE,
        "large.py": Reason.UNSUPPORTED_FILE,
    }
    assert (result.coverage.asked, result.coverage.looked_at) == (9, 2)
    assert result.findings == ()


def test_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert skips(SemgrepScanner(tmp_path).scan()) == {"pipe.py": Reason.UNSUPPORTED_FILE}


def test_other_languages_are_counted(tmp_path: Path) -> None:
    for name in ("a.js", "b.mjs", "c.go"):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "d.py").write_text("x = 1\n")
    result = SemgrepScanner(tmp_path).scan()
    assert skips(result) == {
        "javascript (2 files)": Reason.UNSUPPORTED_LANGUAGE,
        "go (1 file)": Reason.UNSUPPORTED_LANGUAGE,
    }
    assert (result.coverage.asked, result.coverage.looked_at) == (1, 1)


@pytest.mark.parametrize("pattern", ["gen", "gen/**", "./gen", "gen/*.py", "*.py", "a.py"])
def test_exclude(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "gen").mkdir()
    (tmp_path / "gen" / "a.py").write_text(EVIL)
    assert SemgrepScanner(tmp_path, exclude=[pattern]).scan().coverage.asked == 0


def test_installed_packages_and_build_results_are_no_source(tmp_path: Path) -> None:
    for name in ("env/lib/a.py", "node_modules/b.py", "build/c.py", "lib/site-packages/d.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(EVIL)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    assert places(SemgrepScanner(tmp_path).scan()) == {("build/c.py", 1, "python-eval")}
    (tmp_path / "pyproject.toml").write_text("")
    assert SemgrepScanner(tmp_path).scan().coverage.asked == 0
