"""`db update` against a real server on loopback, well-behaved and not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path
from supplychain.advisory.update import delta, download
from supplychain.advisory.update.http import ATTEMPTS, USER_AGENT, Clock
from supplychain.advisory.update.osv import UpdateReport, update
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from tests.simulator.osv_server import OsvServer, body_of, cut, dripping, status

AT = datetime(2026, 2, 1, tzinfo=UTC)
ZIP = "/PyPI/all.zip"
LIST = "/PyPI/modified_id.csv"


class Time:
    """Time that passes only while somebody sleeps."""

    def __init__(self, limit: float = 1000.0) -> None:
        self.passed, self.limit, self.slept = 0.0, limit, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def clock(self) -> Clock:
        return Clock(now=AT, monotonic=lambda: self.passed, sleep=self.sleep, deadline=self.passed + self.limit)


@pytest.fixture
def server() -> Iterator[OsvServer]:
    with OsvServer() as running:
        yield running


@pytest.fixture
def when() -> Time:
    return Time()


@pytest.fixture
def run(tmp_path: Path, server: OsvServer, when: Time) -> Any:
    def go(*ecosystems: str, base: str = "") -> UpdateReport:
        return update(tmp_path, ecosystems, base=base or server.url, clock=when.clock())

    return go


@pytest.fixture
def records(record: Any) -> list[dict[str, Any]]:
    return [record(f"X-{i}", package=f"p{i}", details=f"{i} " * 50) for i in range(300)]


def state(home: Path) -> Any:
    with AdvisoryDatabase.open(database_path(home)) as database:
        database.check()
        return database.state()


def refused(run: Any, kind: type[Exception], code: str) -> Any:
    with pytest.raises(kind) as caught:
        run()
    assert caught.value.code == code  # type: ignore[attr-defined]
    return caught.value


@pytest.fixture
def before(tmp_path: Path, run: Any, server: OsvServer, records: Any, record: Any) -> Any:
    """A database of an older edition of the zip, and a newer one on the server."""
    server.publish("PyPI", records)
    run("PyPI")
    server.requests.clear()
    newer = record("X-new", package="new", modified="2026-01-20T00:00:00Z", details="y" * 3000)
    server.publish("PyPI", [*records, newer])
    return state(tmp_path)


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


def test_broken_connection_is_continued(tmp_path: Path, run: Any, server: OsvServer, when: Time, before: Any) -> None:
    server.script[ZIP] = [cut(0.5), cut(0.9)]
    assert run().state.records == before.records + 1
    asked = server.asked(ZIP)
    size = len(server.files[ZIP])
    assert asked[1]["range"] == f"bytes={size // 2}-"
    assert asked[1]["if-range"].startswith('"')
    assert when.slept == [1.0, 2.0]


def test_a_part_left_by_a_killed_update_is_continued(run: Any, server: OsvServer, before: Any) -> None:
    server.script[ZIP] = [cut(0.7)] * ATTEMPTS
    refused(run, ToolFailed, "NETWORK_FAILED")
    assert run().state.records == before.records + 1
    assert "range" in server.asked(ZIP)[-1]


def test_a_part_of_another_edition_is_not_continued(
    run: Any, server: OsvServer, before: Any, record: Any, records: Any
) -> None:
    server.script[ZIP] = [cut(0.7)] * ATTEMPTS
    refused(run, ToolFailed, "NETWORK_FAILED")
    server.publish("PyPI", [*records, record("X-other", modified="2026-01-21T00:00:00Z")])
    assert run().state.records == before.records + 1


def test_weak_etags_do_not_continue(run: Any, server: OsvServer, before: Any) -> None:
    server.weak = True
    server.script[ZIP] = [cut(0.5)]
    assert run().state.records == before.records + 1
    assert all("range" not in headers for headers in server.asked(ZIP))


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 408])
def test_busy_server_is_asked_again(run: Any, server: OsvServer, when: Time, before: Any, code: int) -> None:
    server.script[ZIP] = [status(code), status(code)]
    assert run().state.records == before.records + 1
    assert when.slept == [1.0, 2.0]


@pytest.mark.parametrize("text", ["7", format_datetime(AT + timedelta(seconds=7), usegmt=True)])
def test_retry_after_is_kept(run: Any, server: OsvServer, when: Time, before: Any, text: str) -> None:
    server.script[ZIP] = [status(429, Retry_After=text)]
    run()
    assert when.slept == [7.0]


@pytest.mark.parametrize("text", ["soon", "-1", "1e9", ""])
def test_senseless_retry_after_is_not(run: Any, server: OsvServer, when: Time, before: Any, text: str) -> None:
    server.script[ZIP] = [status(429, Retry_After=text)]
    run()
    assert when.slept == [1.0]


def test_a_wait_past_the_time_limit_is_not_begun(
    tmp_path: Path, run: Any, server: OsvServer, when: Time, before: Any
) -> None:
    server.script[ZIP] = [status(429, Retry_After="86400")]
    error = refused(run, ToolFailed, "TIME_LIMIT")
    assert "86400" in error.found
    assert not when.slept
    assert state(tmp_path) == before


def test_attempts_are_bounded(tmp_path: Path, run: Any, server: OsvServer, when: Time, before: Any) -> None:
    server.script[ZIP] = [status(500)] * 50
    error = refused(run, ToolFailed, "NETWORK_FAILED")
    assert len(server.asked(ZIP)) == ATTEMPTS
    assert when.slept == [1.0, 2.0, 4.0, 8.0]
    assert "try again" in error.hint
    assert state(tmp_path) == before


def test_slow_body_meets_the_time_limit(tmp_path: Path, server: OsvServer, before: Any) -> None:
    import time

    server.script[ZIP] = [dripping(50, 0.05)]
    clock = Clock(now=AT, monotonic=time.monotonic, sleep=time.sleep, deadline=time.monotonic() + 0.4)
    refused(lambda: update(tmp_path, (), base=server.url, clock=clock), ToolFailed, "TIME_LIMIT")
    assert state(tmp_path) == before


def test_nobody_there(tmp_path: Path, run: Any, when: Time, before: Any) -> None:
    refused(lambda: run("PyPI", base="http://127.0.0.1:9"), ToolFailed, "NETWORK_FAILED")
    assert state(tmp_path) == before


@pytest.mark.parametrize("to", ["http://127.0.0.2/all.zip", "https://evil.example/x", "//evil.example/x", "ftp://x/"])
def test_redirect_elsewhere_is_refused(tmp_path: Path, run: Any, server: OsvServer, before: Any, to: str) -> None:
    server.script[ZIP] = [status(302, Location=to)]
    refused(run, ToolFailed, "REDIRECT_REFUSED")
    assert state(tmp_path) == before


def test_redirect_within_the_host_is_followed(run: Any, server: OsvServer, before: Any) -> None:
    server.files["/moved.zip"] = server.files[ZIP]
    server.script[ZIP] = [status(307, Location="/moved.zip")]
    assert run().state.records == before.records + 1


def test_redirects_in_a_circle_end(run: Any, server: OsvServer, before: Any) -> None:
    server.script[ZIP] = [status(302, Location=ZIP)] * 50
    refused(run, ToolFailed, "REDIRECT_REFUSED")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_refusal_is_not_asked_again(tmp_path: Path, run: Any, server: OsvServer, before: Any, code: int) -> None:
    server.script[ZIP] = [status(code)]
    refused(run, ToolFailed, "SERVER_REFUSED")
    assert len(server.asked(ZIP)) == 1
    assert state(tmp_path) == before


def test_corrupt_zip_is_not_imported_and_not_kept(tmp_path: Path, run: Any, server: OsvServer, before: Any) -> None:
    good = server.files[ZIP]
    server.files[ZIP] = good[:100] + b"\0" * 200 + good[300:]
    refused(run, MalformedInput, "BAD_ZIP")
    assert state(tmp_path) == before
    server.files[ZIP] = good
    assert run().state.records == before.records + 1


def test_html_of_a_portal_is_no_database(tmp_path: Path, run: Any, server: OsvServer, before: Any) -> None:
    server.script[ZIP] = [body_of(b"<html>please log in</html>")]
    refused(run, MalformedInput, "BAD_ZIP")
    assert state(tmp_path) == before


def test_shorter_than_said_is_no_whole_file(run: Any, server: OsvServer, when: Time, before: Any) -> None:
    server.script[ZIP] = [body_of(b"x" * 10, length=1000)]
    assert run().state.records == before.records + 1
    assert when.slept == [1.0]


def test_larger_than_accepted(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_DOWNLOAD", 1000)
    refused(run, ToolFailed, "TOO_LARGE")
    assert state(tmp_path) == before


def test_rolled_back_mirror_is_refused(tmp_path: Path, run: Any, server: OsvServer, before: Any, record: Any) -> None:
    run()
    now = state(tmp_path)
    server.publish("PyPI", [record("X-1", modified="2025-01-01T00:00:00Z")])
    refused(run, UsageError, "DATABASE_OLDER")
    assert state(tmp_path) == now


def test_which_ecosystems(run: Any, server: OsvServer, record: Any) -> None:
    server.publish("PyPI", [record()])
    error = refused(run, UsageError, "UNKNOWN_ECOSYSTEM")
    assert error.expected == "PyPI"
    for name in ("Nope", "../PyPI", ""):
        refused(lambda name=name: run(name), UsageError, "UNKNOWN_ECOSYSTEM")


@pytest.mark.parametrize(
    ("base", "code"),
    [
        ("http://osv.example", "INSECURE_ADDRESS"),
        ("http://127.0.0.1.evil.example", "INSECURE_ADDRESS"),
        ("ftp://osv.example", "BAD_ADDRESS"),
        ("https://", "BAD_ADDRESS"),
        ("https://[x", "BAD_ADDRESS"),
        ("https://user:pw@osv.example", "BAD_ADDRESS"),
        ("https://osv.example/?a=b", "BAD_ADDRESS"),
    ],
)
def test_addresses_that_will_not_do(run: Any, base: str, code: str) -> None:
    refused(lambda: run("PyPI", base=base), UsageError, code)


def test_proxy_of_the_environment_is_used(run: Any, server: OsvServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, server.url)
    refused(lambda: run("PyPI", base="https://osv.example"), ToolFailed, "NETWORK_FAILED")
    assert server.asked("CONNECT osv.example:443")


def test_but_not_for_this_machine(run: Any, server: OsvServer, record: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.publish("PyPI", [record()])
    assert run("PyPI").state.records == 1


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


def test_two_updates_at_once(tmp_path: Path, run: Any, server: OsvServer, record: Any) -> None:
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
    def test_list_that_is_none(self, tmp_path: Path, run: Any, server: OsvServer, listed: Any, body: bytes) -> None:
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
