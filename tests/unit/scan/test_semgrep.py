"""The SAST scanner with the real semgrep; a fake takes its place only where semgrep has to misbehave."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import ToolFailed, UsageError
from supplychain.process import Completed
from supplychain.scan import semgrep
from supplychain.scan.coverage import Reason
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import ScanResult
from supplychain.scan.rules import load_rules
from supplychain.scan.semgrep import ENGINES, SemgrepScanner

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "assets" / "sast"
VERSION = metadata.version("semgrep")
EVIL = "eval(text)\n"


@pytest.fixture(scope="module")
def fast() -> ScanResult:
    return SemgrepScanner(FIXTURES, engines=ENGINES[:1]).scan()


def places(result: ScanResult) -> set[tuple[str, int, str]]:
    return {(f.location.path, f.location.line, f.id) for f in result.findings if f.location}


def marked(word: str) -> set[tuple[str, int, str]]:
    """Path, line and rule of every `# <word>: <rule>` comment; it is about the line below."""
    found = set()
    for file in FIXTURES.glob("*.py"):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if match := re.fullmatch(rf"\s*# {word}: (.+)", line):
                found |= {(file.name, number + 1, rule) for rule in match[1].split(", ")}
    return found


def skips(result: ScanResult) -> dict[str, Reason]:
    return {skip.what: skip.reason for skip in result.coverage.skipped}


# Rules


def test_every_rule_has_a_fixture_with_both_cases() -> None:
    rules = set(load_rules().rules)
    assert len(rules) >= 25
    assert {file.stem for file in FIXTURES.glob("*.py")} == rules
    assert {rule for _, _, rule in marked("ruleid")} == rules
    assert {rule for _, _, rule in marked("ok")} == rules


def test_rules_find_what_is_marked_and_nothing_else(fast: ScanResult) -> None:
    assert fast.coverage.complete
    assert places(fast) == marked("ruleid")


def test_both_engines_find_the_same(fast: ScanResult) -> None:
    slow = SemgrepScanner(FIXTURES, engines=ENGINES[1:]).scan()
    assert slow.findings == fast.findings
    assert slow.coverage == fast.coverage


def test_our_own_code_has_no_finding() -> None:
    result = SemgrepScanner(ROOT / "supplychain").scan()
    assert result.coverage.looked_at > 50
    assert places(result) == set()


def test_findings_carry_level_title_and_advice(fast: ScanResult) -> None:
    found = next(f for f in fast.findings if f.id == "python-os-system")
    assert found.level is Level.HIGH
    assert found.title.endswith(".")
    assert "subprocess.run" in found.help
    assert found.seen_by == ("semgrep",)


def test_rules_without_a_rule_fail(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="rule set is broken"):
        load_rules(tmp_path)


def test_rule_must_be_named_like_its_file(tmp_path: Path) -> None:
    shutil.copy(next((ROOT / "supplychain/scan/rules").glob("*.yaml")), tmp_path / "other.yaml")
    with pytest.raises(ToolFailed, match="rule set is broken"):
        load_rules(tmp_path)


# What a scanned tree may try in order not to be seen


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
    import os

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


def test_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        SemgrepScanner(tmp_path / "none")


# Where it runs


def test_without_home_and_network(tmp_path: Path) -> None:
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("this machine permits no network namespace")
    (tmp_path / "a.py").write_text(EVIL)
    code = (
        "import sys; from pathlib import Path; from supplychain.scan.semgrep import SemgrepScanner\n"
        f"r = SemgrepScanner(Path({str(tmp_path)!r}), engines=(sys.argv[1],)).scan(); print(len(r.findings), r.coverage)\n"
    )
    for engine in ENGINES:
        done = subprocess.run(
            ["unshare", "-rn", sys.executable, "-c", code, engine],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith("1 Coverage(asked=1, looked_at=1, skipped=()"), done.stdout + done.stderr


def test_fingerprint_follows_everything_that_decides(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = SemgrepScanner(tmp_path).fingerprint()
    assert first == SemgrepScanner(tmp_path).fingerprint()
    assert first["version"] == VERSION
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    second = SemgrepScanner(tmp_path).fingerprint()
    (tmp_path / "b.py").write_text("x = 2\n")
    third = SemgrepScanner(tmp_path).fingerprint()
    (tmp_path / "c.go").write_text("")
    fourth = SemgrepScanner(tmp_path).fingerprint()
    assert len({json.dumps(value, sort_keys=True) for value in (first, second, third, fourth)}) == 4


# A semgrep that misbehaves


class FakeSemgrep:
    """Answers like semgrep, one answer for each start; an exception is raised."""

    def __init__(self, *answers: bytes | dict[str, Any] | ToolFailed, code: int = 0) -> None:
        self.answers: Iterator[bytes | dict[str, Any] | ToolFailed] = iter(answers)
        self.code = code
        self.started: list[tuple[str, ...]] = []

    def __call__(self, argv: Sequence[str], *, env: Mapping[str, str], **_: object) -> Completed:
        assert env["SEMGREP_SEND_METRICS"] == "off"
        self.started.append(tuple(argv))
        answer = next(self.answers)
        if isinstance(answer, ToolFailed):
            raise answer
        out = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Completed(argv=tuple(argv), code=self.code, stdout=out, stderr=b"", seconds=0.1)


def report(**changes: Any) -> dict[str, Any]:
    hit = {"check_id": "python-eval", "path": "000001.py", "start": {"line": 1, "col": 1}, "end": {"line": 1, "col": 9}}
    whole = {"version": VERSION, "results": [hit], "errors": [], "paths": {"scanned": ["000001.py"]}, "skipped_rules": []}
    return {**whole, **changes}


def scan_with(fake: FakeSemgrep, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ScanResult:
    (folder / "a.py").write_text(EVIL)
    monkeypatch.setattr(semgrep, "run", fake)
    return SemgrepScanner(folder).scan()


BROKEN = {
    "nothing": b"",
    "truncated": json.dumps(report()).encode()[:-30],
    "no results": {"version": VERSION, "errors": [], "paths": {"scanned": ["000001.py"]}},
    "no paths": {"version": VERSION, "results": [], "errors": []},
    "results null": report(results=None),
    "another version": report(version="0.1"),
    "another file": report(results=[{**report()["results"][0], "path": "/etc/passwd"}]),
    "another rule": report(results=[{**report()["results"][0], "check_id": "made-up"}]),
    "result without line": report(results=[{"check_id": "python-eval", "path": "000001.py", "start": {}, "end": {}}]),
    "rule skipped": report(skipped_rules=[{"rule_id": "python-eval"}]),
    "rule broken": report(errors=[{"code": 2, "type": "Rule parse error", "message": "no"}]),
    "scanned another file": report(paths={"scanned": ["000001.py", "evil.py"]}),
    "findings and a duplicate key": b'{"version": "1", "version": "2"}',
    "text after it": json.dumps(report()).encode() + b"Traceback",
}


@pytest.mark.parametrize("name", BROKEN)
def test_half_an_answer_is_none(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeSemgrep(BROKEN[name], BROKEN[name])
    result = scan_with(fake, tmp_path, monkeypatch)
    assert result.findings == ()
    assert not result.coverage.complete
    assert [skip.reason for skip in result.coverage.skipped] == [Reason.TOOL_FAILED]
    assert [words[2] for words in fake.started] == list(ENGINES)


def test_the_classic_engine_takes_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = scan_with(FakeSemgrep(b"unknown option", report()), tmp_path, monkeypatch)
    assert [f.id for f in result.findings] == ["python-eval"]
    assert result.coverage.complete


def test_exit_code_without_a_named_error_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = scan_with(FakeSemgrep(report(), report(), code=2), tmp_path, monkeypatch)
    assert not result.coverage.complete


def test_time_limit_ends_the_scan_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeSemgrep(ToolFailed("too slow", code="TIME_LIMIT"))
    result = scan_with(fake, tmp_path, monkeypatch)
    assert len(fake.started) == 1
    assert result.coverage.time_limit_hit
    assert skips(result) == {"semgrep": Reason.TIME_LIMIT}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("Timeout", Reason.TIME_LIMIT),
        ("Fixpoint timeout", Reason.TIME_LIMIT),
        ("Syntax error", Reason.UNREADABLE),
        (["PartialParsing", []], Reason.UNREADABLE),
        ("Out of memory", Reason.TOOL_FAILED),
        ("Stack overflow", Reason.TOOL_FAILED),
    ],
)
def test_trouble_with_a_file_is_told(kind: Any, reason: Reason, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"type": kind, "path": "000001.py", "message": "x", "rule_id": "python-eval"}
    result = scan_with(FakeSemgrep(report(errors=[error])), tmp_path, monkeypatch)
    assert skips(result) == {"a.py": reason}
    assert (result.coverage.asked, result.coverage.looked_at) == (1, 0)
    assert result.coverage.time_limit_hit is (reason is Reason.TIME_LIMIT)
    assert len(result.findings) == 1


def test_file_that_semgrep_left_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b.py").write_text("x = 1\n")
    result = scan_with(FakeSemgrep(report()), tmp_path, monkeypatch)
    assert skips(result) == {"b.py": Reason.TOOL_FAILED}
    assert (result.coverage.asked, result.coverage.looked_at) == (2, 1)


def test_nothing_to_look_at_starts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeSemgrep()
    monkeypatch.setattr(semgrep, "run", fake)
    result = SemgrepScanner(tmp_path).scan()
    assert (result.coverage.asked, result.coverage.looked_at, fake.started) == (0, 0, [])


def test_findings_are_not_told_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hit = report()["results"][0]
    found: tuple[Finding, ...] = scan_with(FakeSemgrep(report(results=[hit, hit])), tmp_path, monkeypatch).findings
    assert len(found) == 1
