"""`db update` against a real server on loopback: what is fetched, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path
from supplychain.advisory.update import delta
from supplychain.advisory.update.http import USER_AGENT
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from tests.simulator.osv_server import OsvServer, status

AT = datetime(2026, 2, 1, tzinfo=UTC)
ZIP = "/PyPI/all.zip"
LIST = "/PyPI/modified_id.csv"


def test_first_fetch_then_only_what_changed(tmp_path: Path, run: Any, server: OsvServer, records: Any) -> None:
    server.publish("PyPI", records)
    (first,) = run("PyPI").ecosystems
    assert (first.how, first.source.added) == ("zip", 300)
    assert server.asked(ZIP)[0]["user-agent"] == USER_AGENT
    (again,) = run().ecosystems
    assert (again.how, again.source) == ("unchanged", None)
    assert server.asked(ZIP)[1]["if-none-match"].startswith('"')
    assert not list((tmp_path / "downloads").glob("*.zip"))


def test_several_ecosystems_in_one_step(tmp_path: Path, run: Any, server: OsvServer, record: Any) -> None:
    server.publish("PyPI", [record()])
    server.publish("crates.io", [record("R-1", "crates.io")])
    server.publish("npm", [record("N-1", "npm")])
    server.script["/npm/all.zip"] = [status(404)]
    with pytest.raises(ToolFailed):
        run("PyPI", "crates.io", "npm")
    assert not database_path(tmp_path).exists()
    assert run("PyPI", "crates.io", "npm").state.records == 3
    assert server.asked(ZIP)[-1]["if-none-match"], "what was fetched the first time is not fetched again"


def test_changed_zip_is_merged(tmp_path: Path, run: Any, before: Any) -> None:
    report = run()
    assert report.state.records == before.records + 1
    assert report.ecosystems[0].source.unchanged == before.records


def test_rolled_back_mirror_is_refused(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, record: Any, state: Any, refused: Any
) -> None:
    run()
    now = state(tmp_path)
    server.publish("PyPI", [record("X-1", modified="2025-01-01T00:00:00Z")])
    refused(run, UsageError, "DATABASE_OLDER")
    assert state(tmp_path) == now


def test_a_database_without_osv_records_names_no_ecosystem(
    tmp_path: Path, run: Any, server: OsvServer, record: Any, feed: Any, refused: Any
) -> None:
    (tmp_path / "kev.csv").write_text("cveID,dateAdded\nCVE-2023-0001,2025-01-01\n")
    import_sources(tmp_path, [tmp_path / "kev.csv"], snapshot=None, at=AT)
    refused(run, UsageError, "UNKNOWN_ECOSYSTEM")


def test_which_ecosystems(run: Any, server: OsvServer, record: Any, refused: Any) -> None:
    server.publish("PyPI", [record()])
    error = refused(run, UsageError, "UNKNOWN_ECOSYSTEM")
    assert error.expected == "PyPI"
    for name in ("Nope", "../PyPI", ""):
        refused(lambda name=name: run(name), UsageError, "UNKNOWN_ECOSYSTEM")


def test_from_the_command_line(tmp_path: Path, server: OsvServer, record: Any) -> None:
    from tests.simulator.runner import assert_told, run_cli

    env = {"SUPPLYCHAIN_HOME": str(tmp_path), "SUPPLYCHAIN_OSV_URL": server.url}
    server.publish("PyPI", [record()])
    done = run_cli(["db", "update", "--ecosystem", "PyPI", "--format", "json"], env=env, cwd=tmp_path)
    assert_told(done, 0)
    assert done.json["ecosystems"][0]["source"]["added"] == 1
    again = run_cli(["db", "update"], env=env, cwd=tmp_path)
    assert_told(again, 0)
    assert "PyPI  unchanged" in again.stdout
    server.script[ZIP] = [status(404)]
    assert_told(run_cli(["db", "update"], env=env, cwd=tmp_path), 4, "SERVER_REFUSED")


def test_two_updates_at_once(tmp_path: Path, run: Any, server: OsvServer, record: Any, refused: Any) -> None:
    from filelock import FileLock

    server.publish("PyPI", [record()])
    (tmp_path / "downloads").mkdir()
    with FileLock(tmp_path / "downloads" / "update.lock"):
        refused(lambda: run("PyPI"), ToolFailed, "UPDATE_RUNNING")


class TestSingleRecords:
    """The list `modified_id.csv`."""

    @pytest.fixture
    def listed(self, tmp_path: Path, run: Any, server: OsvServer, records: Any) -> list[dict[str, Any]]:
        server.publish("PyPI", records, with_list=True)
        run("PyPI")
        server.requests.clear()
        return list(records)

    def test_nothing_changed_needs_no_zip(self, run: Any, server: OsvServer, listed: Any) -> None:
        assert run().ecosystems[0].how == "unchanged"
        assert not server.asked(ZIP)

    def test_only_changed_records_are_fetched(
        self, tmp_path: Path, run: Any, server: OsvServer, listed: Any, record: Any
    ) -> None:
        changed = record("X-7", package="p7", modified="2026-01-20T00:00:00Z", summary="changed")
        server.publish("PyPI", [*(r for r in listed if r["id"] != "X-7"), changed], with_list=True)
        (part,) = run().ecosystems
        assert (part.how, part.source.updated) == ("records", 1)
        assert not server.asked(ZIP)
        with AdvisoryDatabase.open(database_path(tmp_path)) as database:
            assert [a.summary for a in database.advisories_for("PyPI", "p7")] == ["changed"]
            assert database.built("PyPI") == datetime(2026, 1, 20, tzinfo=UTC)
            assert len(database.sources()) == 1

    def test_many_changes_need_the_zip(
        self, run: Any, server: OsvServer, listed: Any, record: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delta, "MAX_CHANGED", 3)
        newer = [record(f"X-{i}", package=f"p{i}", modified="2026-01-20T00:00:00Z") for i in range(4)]
        server.publish("PyPI", [*newer, *listed[4:]], with_list=True)
        (part,) = run().ecosystems
        assert (part.how, part.source.updated) == ("zip", 4)

    def test_record_that_is_missing_leaves_it_to_the_zip(
        self, run: Any, server: OsvServer, listed: Any, record: Any
    ) -> None:
        server.publish("PyPI", [*listed, record("X-new", modified="2026-01-20T00:00:00Z")], with_list=True)
        del server.files["/PyPI/X-new.json"]
        assert run().ecosystems[0].how == "zip"

    @pytest.mark.parametrize("body", [b"<html>", b"2026-01-01T00:00:00Z,../x\n", b"yesterday,X-1\n"])
    def test_list_that_is_none(
        self, tmp_path: Path, run: Any, server: OsvServer, listed: Any, body: bytes, state: Any
    ) -> None:
        server.files[LIST] = body
        now = state(tmp_path)
        with pytest.raises(MalformedInput):
            run()
        assert state(tmp_path) == now


def test_update_after_a_hand_made_import(tmp_path: Path, run: Any, server: OsvServer, record: Any, feed: Any) -> None:
    """A feed that gains an id prefix takes the place of the one before: its age no longer counts."""
    import_sources(tmp_path, [feed(tmp_path / "all.zip", [record()])], snapshot=None, at=AT)
    server.publish("PyPI", [record(), record("GHSA-1", modified="2026-01-20T00:00:00Z")])
    run()
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        assert [facts.label for facts in database.sources()] == ["PyPI: GHSA, X"]
        assert database.built("PyPI") == datetime(2026, 1, 20, tzinfo=UTC)
