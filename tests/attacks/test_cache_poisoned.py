"""Cache poisoned: who can write to the cache, and does not have its key, changes no result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.cache import Cache
from supplychain.errors import ExitCode, MalformedInput
from tests.simulator.project import FINDS, HONEST, Project, reasons
from tests.simulator.runner import assert_told


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def _entries(project: Project) -> list[Path]:
    return sorted(path for path in (project.home / "cache").rglob("*") if path.is_file())


def _sast(project: Project) -> Path:
    (entry,) = [path for path in _entries(project) if b'"kind":"sast"' in path.read_bytes()]
    return entry


def _clean(content: bytes) -> bytes:
    predicate = json.loads(content)
    assert predicate["findings"]
    predicate["findings"] = []
    return json.dumps(predicate, separators=(",", ":"), sort_keys=True).encode()


def test_a_kept_result_is_used(project: Project) -> None:
    project.semgrep(FINDS)
    assert_told(project.run(), ExitCode.DENIED)
    project.semgrep("sys.exit(1)")
    again = project.run()
    assert_told(again, ExitCode.DENIED)
    assert [scan["reused"] for scan in again.json["scans"]] == [True, True]
    assert again.json["cache_refused"] == 0


def test_findings_taken_out(project: Project) -> None:
    project.semgrep(FINDS)
    assert_told(project.run(), ExitCode.DENIED)
    entry = _sast(project)
    data = entry.read_bytes()
    for forged in (data[:32] + _clean(data[32:]), bytes(32) + _clean(data[32:]), _clean(data[32:]), b"", b"{}"):
        entry.write_bytes(forged)
        outcome = project.run()
        assert_told(outcome, ExitCode.DENIED)
        assert reasons(outcome) == {"SAST_FOUND"}
        assert outcome.json["cache_refused"] >= 1


def test_an_entry_moved_to_the_place_of_another(project: Project) -> None:
    """An honest, authenticated, clean result of an older tree does not stand for the new tree."""
    project.semgrep(HONEST)
    assert_told(project.run(), ExitCode.OK)
    clean = _sast(project).read_bytes()
    (project.root / "app.py").write_text("print(2)\n")
    project.semgrep(FINDS)
    assert_told(project.run(), ExitCode.DENIED)
    for entry in _entries(project):
        entry.write_bytes(clean)
    outcome = project.run()
    assert_told(outcome, ExitCode.DENIED)
    assert reasons(outcome) == {"SAST_FOUND"}
    assert outcome.json["cache_refused"] >= 1


def test_every_entry_replaced_by_something_that_is_no_file(project: Project) -> None:
    project.semgrep(FINDS)
    assert_told(project.run(), ExitCode.DENIED)
    for entry in _entries(project):
        entry.unlink()
        entry.symlink_to("/dev/zero")
    outcome = project.run()
    assert_told(outcome, ExitCode.DENIED)
    assert reasons(outcome) == {"SAST_FOUND"}


def test_without_its_key_no_entry_is_believed(tmp_path: Path) -> None:
    """A restored cache folder brings results, but not the key that lies outside of it."""
    Cache(tmp_path).put({"a": 1}, b"kept")
    assert Cache(tmp_path).get({"a": 1}) == b"kept"
    (tmp_path / "cache.key").unlink()
    other = Cache(tmp_path)
    assert other.get({"a": 1}) is None
    assert len(other.refused) == 1


@pytest.mark.parametrize("key", [b"", b"k", b"k" * 31, b"k" * 33])
def test_a_key_that_is_no_key(tmp_path: Path, key: bytes) -> None:
    """A key cut short could be guessed: it is refused, not used."""
    (tmp_path / "cache.key").write_bytes(key)
    with pytest.raises(MalformedInput):
        Cache(tmp_path).put({"a": 1}, b"content")
