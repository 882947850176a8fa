"""Servers that answer at odds with what they were asked: nothing of it is taken for the file."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import MalformedInput, ToolFailed
from tests.simulator.osv_server import Answer, Handler, OsvServer, body_of, cut, status

ZIP = "/PyPI/all.zip"


def part(begin: int, end: int, size: int, *, etag: str = "", body: bytes | None = None) -> Answer:
    """An answer 206, whatever was asked."""

    def answer(handler: Handler) -> None:
        whole = handler.owner.files[handler.path]
        sent = whole[begin:] if body is None else body
        headers = {"Content-Range": f"bytes {begin}-{end}/{size}", "ETag": etag or handler.etag(whole)}
        handler.reply(206, sent, **headers)

    return answer


def chunked(share: float) -> Answer:
    """The beginning of the body, which ends as if it were whole: no length is told."""

    def answer(handler: Handler) -> None:
        body = handler.owner.files[handler.path]
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("ETag", handler.etag(body))
        handler.end_headers()
        handler.wfile.write(body[: int(len(body) * share)])

    return answer


def test_whole_by_its_headers_and_cut_short(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, state: Any, refused: Any
) -> None:
    body = server.files[ZIP]
    server.script[ZIP] = [body_of(body[: len(body) // 2]), chunked(0.5)]
    for _ in range(2):
        refused(run, MalformedInput, "BAD_ZIP")
        assert state(tmp_path) == before
    assert run().state.records == before.records + 1, "what was damaged is not continued"


def test_another_edition_while_a_part_is_continued(run: Any, server: OsvServer, before: Any) -> None:
    size = len(server.files[ZIP])
    half = size // 2
    other = part(half, size - 1, size, etag='"another"', body=b"x" * (size - half))
    server.script[ZIP] = [cut(0.5), other]
    assert run().state.records == before.records + 1
    assert "range" not in server.asked(ZIP)[-1]


@pytest.mark.parametrize("shift", [-10, 10, None])
def test_another_part_than_was_asked_for(run: Any, server: OsvServer, before: Any, shift: int | None) -> None:
    size = len(server.files[ZIP])
    begin = 0 if shift is None else size // 2 + shift
    server.script[ZIP] = [cut(0.5), part(begin, size - 1, size)]
    assert run().state.records == before.records + 1


def test_a_part_that_nobody_asked_for(run: Any, server: OsvServer, before: Any) -> None:
    size = len(server.files[ZIP])
    server.script[ZIP] = [part(0, size // 2, size)]
    assert run().state.records == before.records + 1


def test_a_part_of_a_file_of_another_size(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, state: Any, refused: Any
) -> None:
    size = len(server.files[ZIP])
    server.script[ZIP] = [cut(0.5), part(size // 2, size - 1, size - 100)]
    refused(run, ToolFailed, "TOO_LARGE")
    assert state(tmp_path) == before
    assert run().state.records == before.records + 1


def test_not_changed_though_nothing_is_here(run: Any, server: OsvServer, record: Any, refused: Any) -> None:
    server.publish("PyPI", [record()])
    server.script[ZIP] = [status(304)]
    error = refused(lambda: run("PyPI"), ToolFailed, "SERVER_REFUSED")
    assert "304" in error.found
    assert run("PyPI").state.records == 1


@pytest.mark.parametrize("path", [ZIP, "/PyPI/modified_id.csv"])
def test_packed_against_our_wish(
    tmp_path: Path, run: Any, server: OsvServer, before: Any, state: Any, refused: Any, path: str
) -> None:
    body = gzip.compress(server.files.get(path, b"2026-01-20T00:00:00Z,X-new\n"))
    server.script[path] = [body_of(body, **{"Content-Encoding": "gzip"})]
    error = refused(run, ToolFailed, "SERVER_REFUSED")
    assert "gzip" in error.found
    assert state(tmp_path) == before
    assert run().state.records == before.records + 1


@pytest.mark.parametrize("modified", ["Fri, 01 Jan 2100 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"])
def test_a_clock_that_is_wrong(run: Any, server: OsvServer, record: Any, modified: str) -> None:
    """What a server calls the time of its file goes back to it as given; it is never compared here."""
    server.publish("PyPI", [record()])
    first = server.files[ZIP]
    server.script[ZIP] = [body_of(first, **{"Last-Modified": modified})]
    assert run("PyPI").state.records == 1
    server.publish("PyPI", [record(), record("X-2", package="other", modified="2026-01-20T00:00:00Z")])
    server.script[ZIP] = [body_of(server.files[ZIP], **{"Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"})]
    assert run("PyPI").state.records == 2
    assert server.asked(ZIP)[-1]["if-modified-since"] == modified
