"""A small server of OSV exports on loopback, which misbehaves on demand.

Serves bytes by path with strong ETags, ranges and conditions. `script` holds, for a path, what the next requests for it
get instead of the honest answer, one after the other.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


class OsvServer:
    """Runs in a thread of its own; a context manager."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.script: dict[str, list[Answer]] = defaultdict(list)
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and headers (names in lower case) of every request."""
        self.weak = False
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"owner": self}))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> OsvServer:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def publish(self, ecosystem: str, records: Iterable[dict[str, Any]], *, with_list: bool = False) -> None:
        """Offer records as OSV does: the zip, the list of ecosystems, and with `with_list` the list and the records."""
        records = list(records)
        self.files[f"/{ecosystem}/all.zip"] = zip_of(records)
        names = sorted({path.split("/")[1] for path in self.files if path.endswith("/all.zip")})
        self.files["/ecosystems.txt"] = "\n".join(names).encode()
        if with_list:
            lines = sorted(((r["modified"], r["id"]) for r in records), reverse=True)
            self.files[f"/{ecosystem}/modified_id.csv"] = "".join(f"{at},{name}\n" for at, name in lines).encode()
            for record in records:
                self.files[f"/{ecosystem}/{record['id']}.json"] = json.dumps(record).encode()

    def asked(self, path: str) -> list[dict[str, str]]:
        """Headers of the requests for a path."""
        return [headers for asked, headers in self.requests if asked == path]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    owner: OsvServer

    def do_GET(self) -> None:
        """Answer by the script, else honestly."""
        self.owner.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        waiting = self.owner.script[self.path]
        try:
            (waiting.pop(0) if waiting else Handler.honest)(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_CONNECT(self) -> None:
        """Somebody takes us for a proxy: note it, and refuse."""
        self.owner.requests.append((f"CONNECT {self.path}", {}))
        self.close_connection = True
        self.reply(403, b"")

    def honest(self) -> None:
        """As a good server does."""
        body = self.owner.files.get(self.path)
        if body is None:
            self.reply(404, b"no such file")
            return
        etag = self.etag(body)
        if self.headers.get("If-None-Match") == etag:
            self.reply(304, b"", ETag=etag)
            return
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range", etag) == etag:
            begin = int(wanted.removeprefix("bytes=").partition("-")[0])
            if begin >= len(body):
                self.reply(416, b"", **{"Content-Range": f"bytes */{len(body)}"})
                return
            part = f"bytes {begin}-{len(body) - 1}/{len(body)}"
            self.reply(206, body[begin:], ETag=etag, **{"Content-Range": part})
            return
        self.reply(200, body, ETag=etag)

    def etag(self, body: bytes) -> str:
        """The ETag of a body."""
        text = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        return f"W/{text}" if self.owner.weak else text

    def reply(self, status: int, body: bytes, *, length: int | None = None, **headers: str) -> None:
        """Send an answer; `length` may lie."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def status(code: int, **headers: str) -> Answer:
    """An answer of a status only; underscores in names of headers stand for hyphens."""
    return lambda handler: handler.reply(
        code, b"", **{name.replace("_", "-"): value for name, value in headers.items()}
    )


def cut(share: float) -> Answer:
    """The honest headers, and only the beginning of the body before the connection ends."""

    def answer(handler: Handler) -> None:
        body = handler.owner.files[handler.path]
        handler.close_connection = True
        handler.reply(200, body[: int(len(body) * share)], length=len(body), ETag=handler.etag(body))

    return answer


def body_of(body: bytes, *, length: int | None = None, **headers: str) -> Answer:
    """Another body."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.reply(200, body, length=length, **headers)

    return answer


def dripping(pieces: int, seconds: float) -> Answer:
    """The honest body, slowly."""

    def answer(handler: Handler) -> None:
        body = handler.owner.files[handler.path]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        size = len(body) // pieces + 1
        for i in range(pieces):
            handler.wfile.write(body[i * size : (i + 1) * size])
            handler.wfile.flush()
            time.sleep(seconds)

    return answer


def zip_of(records: Iterable[dict[str, Any]]) -> bytes:
    """Records as an export."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            archive.writestr(zipfile.ZipInfo(f"{record['id']}.json", (2026, 1, 1, 0, 0, 0)), json.dumps(record))
    return buffer.getvalue()
