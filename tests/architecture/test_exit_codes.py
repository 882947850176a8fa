"""One table of exit codes: `errors.py`, `--help` and the README say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supplychain.errors import EXIT_CODES, ExitCode
from tests.simulator.runner import run_cli

ROOT = Path(__file__).resolve().parents[2]
TABLE = {int(code): meaning for code, meaning in EXIT_CODES.items()}


def test_the_table_is_whole() -> None:
    assert set(EXIT_CODES) == set(ExitCode)
    assert list(TABLE) == sorted(TABLE)


def test_the_help_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    printed = run_cli(["--help"], env={"COLUMNS": "200"}, cwd=tmp_path).stdout
    found = re.findall(r"^ *(\d+) {2,}(.+?) *$", printed.partition("Exit codes:")[2], re.MULTILINE)
    assert {int(code): meaning for code, meaning in found} == TABLE


def test_the_readme_has_it() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README yet")
    found = re.findall(r"^\| (\d+) \| (.+?) \|$", readme.read_text(), re.MULTILINE)
    assert {int(code): meaning for code, meaning in found} == TABLE
