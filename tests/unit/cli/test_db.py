"""`db import` and `db status` as a user calls them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from supplychain.cli.db import app
from supplychain.errors import SupplychainError


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def feed(folder: Path, modified: str = "2026-01-01T00:00:00Z") -> Path:
    part = {"package": {"ecosystem": "PyPI", "name": "demo"}, "ranges": []}
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X-1.json", json.dumps({"id": "X-1", "modified": modified, "affected": [part]}))
        archive.writestr("README.md", "hello")
    return path


def test_import_then_status(tmp_path: Path) -> None:
    done = run("import", feed(tmp_path))
    assert done.exit_code == 0, done.output
    assert "PyPI: X" in done.stdout
    assert "1 new" in done.stdout
    assert "1 other files ignored" in done.stdout
    shown = run("status", "--check")
    assert shown.exit_code == 0, shown.output
    assert "PyPI: 1 records, as of 2026-01-01T00:00:00Z" in shown.stdout
    assert "(checked)" in shown.stdout


def test_json_is_one_document_on_standard_output(tmp_path: Path) -> None:
    report = json.loads(run("import", feed(tmp_path), "--format", "json").stdout)
    assert report["sources"][0]["added"] == 1
    state = json.loads(run("status", "--format", "json").stdout)
    assert state["digest"] == report["digest"]
    assert state["ecosystems"] == {"PyPI": {"built": "2026-01-01T00:00:00Z", "records": 1}}


def test_snapshot_gives_the_time_records_lack(tmp_path: Path) -> None:
    assert "state --snapshot" in run("import", feed(tmp_path, "0001-01-01T00:00:00Z")).stdout
    done = run("import", feed(tmp_path, "0001-01-01T00:00:00Z"), "--snapshot", "2026-01-05T00:00:00Z")
    assert "as of 2026-01-05T00:00:00Z" in done.stdout, done.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("status",), "DATABASE_MISSING"),
        (("import", "nowhere.zip"), "FILE_MISSING"),
        (("import", "{feed}", "--snapshot", "tuesday"), "USAGE"),
    ],
)
def test_errors_leave_through_the_error_tree(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    done = run(*(word.format(feed=feed(tmp_path)) for word in words))
    assert isinstance(done.exception, SupplychainError)
    assert done.exception.code == code
