"""An OSV query API on loopback: answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, str], tuple[int, bytes]]
"""Package name and version to status and body."""


def vulnerable(name: str = "PYSEC-1", package: str = "thing", **more: Any) -> bytes:
    """The answer about a package with one problem."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]
    record = {
        "id": name,
        "summary": "It breaks",
        "aliases": ["CVE-2026-1"],
        "affected": [{"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges}],
        **more,
    }
    return json.dumps({"vulns": [record]}).encode()


@contextmanager
def osv_service(answer: Answer) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Serve; yields the address and the list of (name, version) it was asked about."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((query["package"]["name"], query["version"]))
            status, body = answer(*asked[-1])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
