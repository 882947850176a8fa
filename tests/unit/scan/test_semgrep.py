"""The SAST scanner: where it runs, and what it does with a semgrep that misbehaves."""

from __future__ import annotations

import json
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
from supplychain.scan.finding import Finding
from supplychain.scan.interface import ScanResult
from supplychain.scan.semgrep import ENGINES, SemgrepScanner

ROOT = Path(__file__).resolve().parents[3]
VERSION = metadata.version("semgrep")
EVIL = "eval(text)\n"


def skips(result: ScanResult) -> dict[str, Reason]:
    return {skip.what: skip.reason for skip in result.coverage.skipped}


def test_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        SemgrepScanner(tmp_path / "none")


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
    whole = {
        "version": VERSION,
        "results": [hit],
        "errors": [],
        "paths": {"scanned": ["000001.py"]},
        "skipped_rules": [],
    }
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
def test_trouble_with_a_file_is_told(
    kind: Any, reason: Reason, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
