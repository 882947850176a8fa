"""The database, read: what it covers, how old it is, and every kind of damage."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path
from supplychain.errors import ToolFailed

AT = datetime(2026, 2, 1, tzinfo=UTC)


def code_of(path: Path) -> str:
    with pytest.raises(ToolFailed) as caught:
        AdvisoryDatabase.open(path)
    return caught.value.code


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed) as caught:
        AdvisoryDatabase.open(tmp_path / "none.sqlite")
    assert caught.value.code == "DATABASE_MISSING"
    assert "db import" in caught.value.hint


def test_lookup_by_any_spelling(database: Any, record: Any) -> None:
    opened = database(record(package="Foo.Bar_baz"))
    assert [advisory.id for advisory in opened.advisories_for("PyPI", "foo-BAR-baz")] == ["X-1"]
    assert opened.advisories_for("npm", "foo-bar-baz") == ()


def test_a_mention_in_passing_covers_nothing(database: Any, record: Any) -> None:
    both = record("GHSA-1", "npm", "left-pad")
    both["affected"] += record("GHSA-1", "PyPI", "demo")["affected"]
    opened = database(both, record("GHSA-2", "npm", "other"))
    assert opened.ecosystems() == {"npm": 2}
    assert not opened.covers("PyPI")
    assert opened.advisories_for("PyPI", "demo"), "what is known is still found"


def test_records_without_a_release_speak_for_every_release(database: Any, record: Any) -> None:
    opened = database(record("D-1", "Debian", "a"), record("D-2", "Debian:11", "b"))
    assert opened.covers("Debian:12")
    assert opened.advisories_for("Debian:12", "a")
    assert not opened.advisories_for("Debian:12", "b")
    assert not database(record("D-2", "Debian:11", "b")).covers("Debian:12")


def test_a_fresh_feed_does_not_freshen_another_ecosystem(tmp_path: Path, record: Any, feed: Any) -> None:
    stale, fresh = "2024-01-01T00:00:00Z", "2026-01-20T00:00:00Z"
    paths = [
        feed(tmp_path / "a.zip", [record("A-1", "PyPI", modified=stale)]),
        feed(tmp_path / "b.zip", [record("B-1", "npm", modified=fresh)]),
    ]
    import_sources(tmp_path, paths, snapshot=None, at=AT)
    with AdvisoryDatabase.open(database_path(tmp_path)) as opened:
        assert opened.state().built == datetime(2026, 1, 20, tzinfo=UTC)
        assert opened.state(["PyPI", "npm"]).built == datetime(2024, 1, 1, tzinfo=UTC)
        assert opened.state(["npm"]).built == datetime(2026, 1, 20, tzinfo=UTC)
        assert opened.state(["Go"]).built is None


def test_a_single_fresh_file_does_not_freshen_a_stale_feed(tmp_path: Path, record: Any, feed: Any) -> None:
    import json

    (tmp_path / "mine.json").write_text(json.dumps(record("MINE-1", modified="2026-01-20T00:00:00Z")))
    stale = feed(tmp_path / "a.zip", [record(modified="2024-01-01T00:00:00Z")])
    import_sources(tmp_path, [stale, tmp_path / "mine.json"], snapshot=None, at=AT)
    with AdvisoryDatabase.open(database_path(tmp_path)) as opened:
        assert opened.built("PyPI") == datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(database: Any, record: Any) -> Path:
    opened = database(*(record(f"X-{i}", package=f"p{i}", details="x" * 200) for i in range(300)))
    opened.check()
    where: Path = opened.path
    return where


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0", b"text" * 100])
def test_no_database_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.sqlite").write_bytes(content)
    assert code_of(tmp_path / "x.sqlite") == "DATABASE_DAMAGED"


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_cut_short(path: Path, kept: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert code_of(path) == "DATABASE_DAMAGED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("PRAGMA user_version = 99", "DATABASE_NEWER_SCHEMA"),
        ("PRAGMA user_version = 0", "DATABASE_OLDER_SCHEMA"),
        ("PRAGMA application_id = 1", "DATABASE_DAMAGED"),
        ("UPDATE meta SET value = '0' WHERE key = 'complete'", "DATABASE_DAMAGED"),
        ("DELETE FROM meta WHERE key = 'complete'", "DATABASE_DAMAGED"),
        ("DELETE FROM advisory WHERE id = 'X-7'", "DATABASE_DAMAGED"),
        ("DROP TABLE meta", "DATABASE_DAMAGED"),
        ("DROP TABLE covered", "DATABASE_DAMAGED"),
    ],
)
def test_changed_in_place(path: Path, change: str, code: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    connection.close()
    assert code_of(path) == code


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM affected WHERE package = 'p7'",
        "UPDATE affected SET package = 'other' WHERE package = 'p7'",
        "UPDATE advisory SET head = (SELECT head FROM advisory WHERE id = 'X-8') WHERE id = 'X-7'",
        "UPDATE advisory SET digest = x'00' WHERE id = 'X-7'",
        "UPDATE meta SET value = 'sha256:' || printf('%064d', 0) WHERE key = 'digest'",
    ],
)
def test_full_check_finds_what_was_tampered_with(path: Path, change: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    connection.close()
    with AdvisoryDatabase.open(path) as opened, pytest.raises(ToolFailed) as caught:
        opened.check()
    assert caught.value.code == "DATABASE_DAMAGED"


def test_a_damaged_row_is_no_clean_answer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE affected SET part = x'c1' WHERE package = 'p7'")
    connection.close()
    with AdvisoryDatabase.open(path) as opened, pytest.raises(ToolFailed) as caught:
        opened.advisories_for("PyPI", "p7")
    assert caught.value.code == "DATABASE_DAMAGED"
