"""A registry on loopback, small and as hostile as a test wants it.

with RegistryServer() as server:
    server.put("app", "v1", layout)            # what a Layout holds
    server.behave(Behaviour(busy=99))          # 429 for the next 99 requests
    source = server.source("app:v1")
    assert server.requests == [...]            # "GET /v2/app/blobs/sha256:…"
"""

from __future__ import annotations

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from supplychain.artifact.image.budget import Budget
from supplychain.artifact.image.credentials import Credentials
from supplychain.artifact.image.endpoints import Endpoint, Endpoints
from supplychain.artifact.image.exchange import Connections, Limits
from supplychain.artifact.image.reference import parse_reference
from supplychain.artifact.image.registry import RegistrySource
from supplychain.artifact.image.registry_client import RegistryClient
from tests.simulator.images import OCI_INDEX, OCI_MANIFEST, Layout, digest

TOKEN = "token-of-the-day"


@dataclass
class Behaviour:
    """What goes wrong."""

    auth: str = ""
    """`basic` or `bearer`: who asks must be `alice` with the password `wonder`."""
    busy: int = 0
    """So many requests are answered with 429."""
    retry_after: str | None = "0"
    hang: str = ""
    """Requests for paths with this text in them get no answer."""
    drip: str = ""
    """… get one byte every 50 ms."""
    cut: int = 0
    """So many blobs break off in the middle."""
    redirect: str = ""
    """Blobs are elsewhere: this address, followed by the digest."""
    redirect_manifests: bool = False
    swap: dict[str, bytes] = field(default_factory=dict)
    """Tag to the manifest it stands for from the second request on."""
    lie: dict[str, bytes] = field(default_factory=dict)
    """Digest to what is sent instead."""
    realm: str = ""
    no_head: bool = False
    broken: bool = False
    """Every request is answered with 500."""


class RegistryServer:
    """Serves `/v2/` for as long as it is entered."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.tags: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}
        self.behaviour = Behaviour()
        self.requests: list[str] = []
        self.seen: list[dict[str, str]] = []
        """Headers of each request."""
        self.slept: list[float] = []
        self._stop = threading.Event()
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes

            def do_GET(self) -> None:
                registry.answer(self)

            do_HEAD = do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815

            def log_message(self, *words: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up on a hostile server is right

        self._server = Server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()

    def put(self, tag: str, layout: Layout) -> str:
        """Serve what a layout holds; the tag stands for its first image. The digest of that."""
        for path in (layout.path / "blobs/sha256").iterdir():
            self.blobs[f"sha256:{path.name}"] = path.read_bytes()
        name = str(layout.entries[0]["digest"])
        self.tags[tag] = self.blobs[name]
        return name

    def behave(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    def source(
        self,
        rest: str,
        *,
        home: Path | None = None,
        login: Path | None = None,
        patience: float = 5.0,
        offline: bool = False,
        mirrors: tuple[Endpoint, ...] = (),
    ) -> RegistrySource:
        """A source with short time limits, that waits without waiting."""
        reference = parse_reference(f"{self.host}/{rest}")
        origin = self.endpoint(rest, login=login, patience=patience)
        return RegistrySource(reference, Endpoints(places=(*mirrors, origin)), home=home, offline=offline)

    def endpoint(
        self, rest: str, *, login: Path | None = None, patience: float = 5.0, mirror: bool = False
    ) -> Endpoint:
        """This registry as one place to ask."""
        reference = parse_reference(f"{self.host}/{rest}")
        clock = [0.0]

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            clock[0] += seconds

        client = RegistryClient(
            reference,
            connections=Connections(Limits(connect_s=2.0, read_s=0.3)),
            credentials=Credentials((login,) if login else ()),
            budget=Budget(patience, refill=0.0, clock=lambda: clock[0], sleep=sleep),
        )
        return Endpoint(client=client, name=f"{self.host}/{reference.repository}", mirror=mirror)

    def login(self, folder: Path, secret: str = "wonder") -> Path:
        """A configuration file of Docker with alice's password."""
        auth = base64.b64encode(f"alice:{secret}".encode()).decode()
        path = folder / "config.json"
        path.write_text(json.dumps({"auths": {self.host: {"auth": auth}}}))
        return path

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, does = urlsplit(request.path), self.behaviour
        self.requests.append(f"{request.command} {path.path}")
        self.seen.append({name.lower(): value for name, value in request.headers.items()})
        if does.hang and does.hang in path.path:
            self._stop.wait(5)
            return
        if path.path == "/token":
            self._give_token(request, parse_qs(path.query))
        elif does.busy > 0:
            does.busy -= 1
            headers = {"Retry-After": does.retry_after} if does.retry_after is not None else {}
            self._send(request, 429, b"TOOMANYREQUESTS", headers)
        elif does.broken:
            self._send(request, 500, b"out of order")
        elif not self._knows(request):
            realm = does.realm or f"http://{self.host}/token"
            ask = 'Basic realm="here"' if does.auth == "basic" else f'Bearer realm="{realm}",service="here"'
            self._send(request, 401, b"who are you?", {"WWW-Authenticate": ask})
        else:
            self._serve(request, path.path.split("/"))

    def _serve(self, request: BaseHTTPRequestHandler, parts: list[str]) -> None:
        kind, name = parts[-2], parts[-1]
        does = self.behaviour
        if (kind == "blobs" and does.redirect) or (kind == "manifests" and does.redirect_manifests):
            self._send(request, 307, b"", {"Location": does.redirect + name + "?signature=secret"})
            return
        if request.command == "HEAD" and does.no_head:
            self._send(request, 405, b"")
            return
        data = self.tags.get(name) if kind == "manifests" else None
        if data is not None and name in does.swap:
            self.tags[name] = does.swap[name]
        data = data if data is not None else self.blobs.get(name)
        if data is None:
            self._send(request, 404, b"{}")
            return
        real = digest(data)
        data = does.lie.get(name, data)
        media = OCI_INDEX if b'"manifests"' in data else OCI_MANIFEST
        headers = {"Docker-Content-Digest": real, "Content-Type": media} if kind == "manifests" else {}
        self._send(request, 200, data, headers)

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        request.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            request.send_header(key, value)
        request.end_headers()
        if request.command == "HEAD":
            return
        if status == 200 and "/blobs/" in request.path and self.behaviour.cut > 0:
            self.behaviour.cut -= 1
            request.wfile.write(body[: len(body) // 2])
            request.close_connection = True
        elif self.behaviour.drip and self.behaviour.drip in request.path:
            for at in range(len(body)):
                if self._stop.wait(0.05):
                    return
                request.wfile.write(body[at : at + 1])
        else:
            request.wfile.write(body)

    def _knows(self, request: BaseHTTPRequestHandler) -> bool:
        given = request.headers.get("Authorization", "")
        if self.behaviour.auth == "basic":
            return given == "Basic " + base64.b64encode(b"alice:wonder").decode()
        return self.behaviour.auth != "bearer" or given == f"Bearer {TOKEN}"

    def _give_token(self, request: BaseHTTPRequestHandler, asked: dict[str, list[str]]) -> None:
        length = int(request.headers.get("Content-Length") or 0)
        form = parse_qs(request.rfile.read(length).decode()) if length else {}
        known = request.headers.get("Authorization") == "Basic " + base64.b64encode(b"alice:wonder").decode()
        known = known or form.get("refresh_token") == ["wonder"]
        scope = {**asked, **form}.get("scope")
        fine = known and scope in (["repository:app:pull"], ["repository:app:pull,push"])
        body = json.dumps({"token": TOKEN}).encode() if fine else b"{}"
        self._send(request, 200 if fine else 401, body)


def wait_until(condition: Any, seconds: float = 5.0) -> None:
    """Wait for another thread."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
