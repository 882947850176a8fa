"""Servers and networks that misbehave: the database stays as it was, and the next attempt goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.update import download
from supplychain.advisory.update.http import ATTEMPTS, Clock
from supplychain.advisory.update.osv import update
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from tests.simulator.osv_server import OsvServer, body_of, cut, dripping, status

AT = datetime(2026, 2, 1, tzinfo=UTC)
ZIP = "/PyPI/all.zip"


def test_broken_connection_is_continued(tmp_path: Path, run: Any, server: OsvServer, when: Any, before: Any) -> None:
    server.script[ZIP] = [cut(0.5), cut(0.9)]
    assert run().state.records == before.records + 1
    asked = server.asked(ZIP)
    size = len(server.files[ZIP])
    assert asked[1]["range"] == f"bytes={size // 2}-"
    assert asked[1]["if-range"].startswith('"')
    assert when.slept == [1.0, 2.0]


def test_a_part_left_by_a_killed_update_is_continued(run: Any, server: OsvServer, before: Any, refused: Any) -> None:
    server.script[ZIP] = [cut(0.7)] * ATTEMPTS
    refused(run, ToolFailed, "NETWORK_FAILED")
    assert run().state.records == before.records + 1
    assert "range" in server.asked(ZIP)[-1]


def test_a_part_of_another_edition_is_not_continued(
    run: Any, server: OsvServer, before: Any, record: Any, records: Any, refused: Any
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
def test_busy_server_is_asked_again(run: Any, server: OsvServer, when: Any, before: Any, code: int) -> None:
    server.script[ZIP] = [status(code), status(code)]
    assert run().state.records == before.records + 1
    assert when.slept == [1.0, 2.0]


@pytest.mark.parametrize("text", ["7", format_datetime(AT + timedelta(seconds=7), usegmt=True)])
def test_retry_after_is_kept(run: Any, server: OsvServer, when: Any, before: Any, text: str) -> None:
    server.script[ZIP] = [status(429, Retry_After=text)]
    run()
    assert when.slept == [7.0]


@pytest.mark.parametrize("text", ["soon", "-1", "1e9", ""])
def test_senseless_retry_after_is_not(run: Any, server: OsvServer, when: Any, before: Any, text: str) -> None:
    server.script[ZIP] = [status(429, Retry_After=text)]
    run()
    assert when.slept == [1.0]


def test_a_wait_past_the_time_limit_is_not_begun(
    tmp_path: Path, run: Any, server: OsvServer, when: Any, before: Any, state: Any, refused: Any
) -> None:
    server.script[ZIP] = [status(429, Retry_After="86400")]
    error = refused(run, ToolFailed, "TIME_LIMIT")
    assert "86400" in error.found
    assert not when.slept
    assert state(tmp_path) == before


def test_attempts_are_bounded(
    tmp_path: Path, run: Any, server: OsvServer, when: Any, before: Any, state: Any, refused: Any
) -> None:
    server.script[ZIP] = [status(500)] * 50
    error = refused(run, ToolFailed, "NETWORK_FAILED")
    assert len(server.asked(ZIP)) == ATTEMPTS
    assert when.slept == [1.0, 2.0, 4.0, 8.0]
    assert "try again" in error.hint
    assert state(tmp_path) == before


def test_slow_body_meets_the_time_limit(
    tmp_path: Path, server: OsvServer, before: Any, state: Any, refused: Any
) -> None:
    import time

    server.script[ZIP] = [dripping(50, 0.05)]
    clock = Clock(now=AT, monotonic=time.monotonic, sleep=time.sleep, deadline=time.monotonic() + 0.4)
    refused(lambda: update(tmp_path, (), base=server.url, clock=clock), ToolFailed, "TIME_LIMIT")
    assert state(tmp_path) == before


def test_nobody_there(tmp_path: Path, run: Any, when: Any, before: Any, state: Any, refused: Any) -> None:
    refused(lambda: run("PyPI", base="http://127.0.0.1:9"), ToolFailed, "NETWORK_FAILED")
    assert state(tmp_path) == before


@pytest.mark.parametrize("to", ["http://127.0.0.2/all.zip", "https://evil.example/x", "//evil.example/x", "ftp://x/"])
def test_redirect_elsewhere_is_refused(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, to: str, state: Any, refused: Any
) -> None:
    server.script[ZIP] = [status(302, Location=to)]
    refused(run, ToolFailed, "REDIRECT_REFUSED")
    assert state(tmp_path) == before


def test_redirect_within_the_host_is_followed(run: Any, server: OsvServer, before: Any) -> None:
    server.files["/moved.zip"] = server.files[ZIP]
    server.script[ZIP] = [status(307, Location="/moved.zip")]
    assert run().state.records == before.records + 1


def test_redirects_in_a_circle_end(run: Any, server: OsvServer, before: Any, refused: Any) -> None:
    server.script[ZIP] = [status(302, Location=ZIP)] * 50
    refused(run, ToolFailed, "REDIRECT_REFUSED")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410])
def test_refusal_is_not_asked_again(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, code: int, state: Any, refused: Any
) -> None:
    server.script[ZIP] = [status(code)]
    refused(run, ToolFailed, "SERVER_REFUSED")
    assert len(server.asked(ZIP)) == 1
    assert state(tmp_path) == before


def test_corrupt_zip_is_not_imported_and_not_kept(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, state: Any, refused: Any
) -> None:
    good = server.files[ZIP]
    server.files[ZIP] = good[:100] + b"\0" * 200 + good[300:]
    refused(run, MalformedInput, "BAD_ZIP")
    assert state(tmp_path) == before
    server.files[ZIP] = good
    assert run().state.records == before.records + 1


def test_html_of_a_portal_is_no_database(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, state: Any, refused: Any
) -> None:
    server.script[ZIP] = [body_of(b"<html>please log in</html>")]
    refused(run, MalformedInput, "BAD_ZIP")
    assert state(tmp_path) == before


def test_shorter_than_said_is_no_whole_file(run: Any, server: OsvServer, when: Any, before: Any) -> None:
    server.script[ZIP] = [body_of(b"x" * 10, length=1000)]
    assert run().state.records == before.records + 1
    assert when.slept == [1.0]


def test_larger_than_accepted(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, monkeypatch: pytest.MonkeyPatch, state: Any, refused: Any
) -> None:
    monkeypatch.setattr(download, "MAX_DOWNLOAD", 1000)
    refused(run, ToolFailed, "TOO_LARGE")
    assert state(tmp_path) == before


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
def test_addresses_that_will_not_do(run: Any, base: str, code: str, refused: Any) -> None:
    refused(lambda: run("PyPI", base=base), UsageError, code)


def test_proxy_of_the_environment_is_used(
    run: Any, server: OsvServer, monkeypatch: pytest.MonkeyPatch, refused: Any
) -> None:
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
