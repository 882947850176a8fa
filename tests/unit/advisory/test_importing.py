"""Import is all or nothing, repeatable, refuses older feeds, and survives being killed."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import ImportReport, import_sources
from supplychain.advisory.schema import database_path
from supplychain.errors import MalformedInput, NothingToCheck, ToolFailed, UsageError

AT = datetime(2026, 2, 1, tzinfo=UTC)


def load(home: Path, *paths: Path, **more: Any) -> ImportReport:
    return import_sources(home, paths, snapshot=more.pop("snapshot", None), at=AT, **more)


def test_report_and_state(tmp_path: Path, record: Any, feed: Any) -> None:
    report = load(tmp_path / "h", feed(tmp_path / "PyPI" / "all.zip", [record("X-1"), record("X-2")]))
    (source,) = report.sources
    assert (source.label, source.records, source.added) == ("PyPI: X", 2, 2)
    assert report.state.records == 2
    assert report.state.built == datetime(2026, 1, 1, tzinfo=UTC)


def test_twice_and_in_any_order_gives_the_same_digest(tmp_path: Path, record: Any, feed: Any) -> None:
    feeds = [
        feed(tmp_path / "a.zip", [record("X-1"), record("X-2", package="b")]),
        feed(tmp_path / "b.zip", [record("X-1", modified="2026-01-03T00:00:00Z", summary="new"), record("Y-1", "npm")]),
        feed(tmp_path / "c.zip", [record("X-1", modified="2026-01-03T00:00:00Z", summary="other"), record("Z-1")]),
    ]
    digests = set()
    for i, order in enumerate(permutations([*feeds, feeds[0]])):
        digests.add(load(tmp_path / f"h{i}", *order).state.digest)
        digests.add(load(tmp_path / f"h{i}", *reversed(order), allow_older=True).state.digest)
    assert len(digests) == 1


def test_newest_edition_wins_whatever_the_order(tmp_path: Path, record: Any, feed: Any) -> None:
    old = feed(tmp_path / "old.zip", [record(summary="old")])
    new = feed(tmp_path / "new.zip", [record(summary="new", modified="2026-01-02T00:00:00Z")])
    for i, order in enumerate([(old, new), (new, old)]):
        load(tmp_path / f"h{i}", *order)
        with AdvisoryDatabase.open(database_path(tmp_path / f"h{i}")) as database:
            assert [advisory.summary for advisory in database.advisories_for("PyPI", "demo")] == ["new"]


def test_newer_edition_moves_a_record_to_another_package(tmp_path: Path, record: Any, feed: Any) -> None:
    load(tmp_path, feed(tmp_path / "a.zip", [record(package="wrong")]))
    load(tmp_path, feed(tmp_path / "b.zip", [record(package="right", modified="2026-01-02T00:00:00Z")]))
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        assert not database.advisories_for("PyPI", "wrong")
        assert database.advisories_for("PyPI", "right")
        database.check()


def test_withdrawn_edition_outdates_the_one_before(tmp_path: Path, record: Any, feed: Any) -> None:
    load(tmp_path, feed(tmp_path / "a.zip", [record(), record("X-2", package="other")]))
    gone = record(modified="2026-01-02T00:00:00Z", withdrawn="2026-01-02T00:00:00Z")
    load(tmp_path, feed(tmp_path / "b.zip", [gone, record("X-2", package="other")]))
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        assert not database.advisories_for("PyPI", "demo")


def test_record_from_the_future_does_not_outdate_later_editions(tmp_path: Path, record: Any, feed: Any) -> None:
    load(tmp_path, feed(tmp_path / "a.zip", [record(modified="2099-01-01T00:00:00Z", summary="poison")]))
    report = load(tmp_path, feed(tmp_path / "b.zip", [record(summary="real")]))
    assert report.sources[0].updated == 1
    assert report.state.built == datetime(2026, 1, 1, tzinfo=UTC)


def test_older_feed_is_refused_unless_allowed(tmp_path: Path, record: Any, feed: Any) -> None:
    new = feed(tmp_path / "new.zip", [record(), record("X-2", package="b")])
    old = feed(tmp_path / "old.zip", [record(modified="2025-01-01T00:00:00Z", summary="old")])
    before = load(tmp_path, new).state
    with pytest.raises(UsageError) as caught:
        load(tmp_path, old)
    assert caught.value.code == "DATABASE_OLDER"
    after = load(tmp_path, old, allow_older=True)
    assert after.state == before, "allowing an older feed must not lose what is known already"
    assert after.sources[0].older == 1


def test_feed_without_times_needs_a_snapshot_to_replace_a_dated_one(tmp_path: Path, record: Any, feed: Any) -> None:
    timeless = {"modified": "0001-01-01T00:00:00Z"}
    dated = datetime(2026, 1, 5, tzinfo=UTC)
    first = feed(tmp_path / "a.zip", [record(**timeless)])
    assert load(tmp_path, first, snapshot=dated).state.built == dated
    load(tmp_path, first)
    second = feed(tmp_path / "b.zip", [record(**timeless, summary="changed")])
    with pytest.raises(UsageError) as caught:
        load(tmp_path, second)
    assert caught.value.code == "DATABASE_OLDER"
    report = load(tmp_path, second, snapshot=datetime(2026, 1, 6, tzinfo=UTC))
    assert report.sources[0].updated == 1


@pytest.mark.parametrize("snapshot", [datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)])
def test_impossible_snapshots_are_refused(tmp_path: Path, record: Any, feed: Any, snapshot: datetime) -> None:
    with pytest.raises(UsageError):
        load(tmp_path, feed(tmp_path / "a.zip", [record()]), snapshot=snapshot)


def test_one_bad_record_imports_nothing(tmp_path: Path, record: Any, feed: Any) -> None:
    before = load(tmp_path, feed(tmp_path / "a.zip", [record()])).state
    good, bad = feed(tmp_path / "b.zip", [record("X-2")]), feed(tmp_path / "c.zip", [record("X-3", aliases=3)])
    with pytest.raises(MalformedInput) as caught:
        load(tmp_path, good, bad)
    assert caught.value.where.endswith("c.zip!X-3.json")
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        assert database.state() == before
    assert not list(tmp_path.glob(".advisories-*"))


def test_source_without_records_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "README.md").write_text("none here")
    with pytest.raises(NothingToCheck):
        load(tmp_path / "h", tmp_path / "x")
    assert not database_path(tmp_path / "h").exists()


def test_damaged_database_is_not_built_upon(tmp_path: Path, record: Any, feed: Any) -> None:
    database_path(tmp_path).write_bytes(b"no database")
    with pytest.raises(ToolFailed) as caught:
        load(tmp_path, feed(tmp_path / "a.zip", [record()]))
    assert caught.value.code == "DATABASE_DAMAGED"
    assert database_path(tmp_path).read_bytes() == b"no database"


def test_single_files_add_up(tmp_path: Path, record: Any) -> None:
    for name, modified in (("X-1", "2026-01-02T00:00:00Z"), ("X-2", "2025-01-01T00:00:00Z")):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(record(name, modified=modified)))
        state = load(tmp_path, path).state
    assert state.records == 2


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from supplychain.advisory.importing import import_sources
print("ready", flush=True)
import_sources(Path(sys.argv[1]), [Path(sys.argv[2])], snapshot=None, at=datetime(2026, 2, 1, tzinfo=UTC))
"""


def test_killed_at_any_instant_leaves_a_whole_database(tmp_path: Path, record: Any, feed: Any) -> None:
    small = feed(tmp_path / "small.zip", [record("X-1")])
    large = feed(tmp_path / "large.zip", [record(f"Y-{i}", package=f"p{i}") for i in range(3000)])
    whole = tmp_path / "whole"
    before = load(whole, small).state
    saved = database_path(whole).read_bytes()
    start = time.monotonic()
    after = load(whole, large).state
    seconds, chance = time.monotonic() - start, random.Random(1)
    seen = set()
    for share in [chance.random() for _ in range(6)] + [0.98, 1.0, 1.02]:
        home = tmp_path / "killed"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        database_path(home).write_bytes(saved)
        argv = [sys.executable, "-c", KILLED, str(home), str(large)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(share * seconds)
            child.send_signal(signal.SIGKILL)
        with AdvisoryDatabase.open(database_path(home)) as database:
            database.check()
            assert database.state() in (before, after)
            seen.add(database.state().records)
        assert load(home, large).state == after
        assert not list(home.glob(".advisories-*")), "what a killed import left behind is cleared away"
    assert before.records in seen
