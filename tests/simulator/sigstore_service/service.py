"""All services of an instance behind one loopback address."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from supplychain.signing import witnessed
from supplychain.verification.sigstore.der import DerError
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from tests.conformance.forge import Instance
from tests.simulator.sigstore_service.authority import Authority, Refused
from tests.simulator.sigstore_service.issuer import Issuer
from tests.simulator.sigstore_service.rekor import Rekor
from tests.simulator.sigstore_service.stamper import Stamper

Fault = Callable[["Handler"], None]
"""What a request gets instead of the honest answer."""


class SigstoreService:
    """Runs in a thread of its own; a context manager.

    `faults` holds, for a path, what the next requests for it get, one after the other; the last one stays when `stay`
    names the path. `requests` remembers method and path of every request.
    """

    def __init__(self) -> None:
        witnessed._AWAY.clear()  # a port may have been another service's
        self.instance = Instance()
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.stay: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"owner": self}))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self.issuer = Issuer(self.url)
        self.authority = Authority(self.instance, self.issuer)
        self.stamper = Stamper(self.instance)
        self.rekor = {1: Rekor(self.instance, version=1), 2: Rekor(self.instance, version=2)}

    def __enter__(self) -> SigstoreService:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def tsa_url(self) -> str:
        return f"{self.url}/tsa"

    @property
    def root(self) -> TrustedRoot:
        """The trusted root, as a verifier reads it."""
        return TrustedRoot.parse(self.root_json(), where="the simulator")

    def root_json(self) -> bytes:
        return json.dumps(self.instance.trusted_root()).encode()

    def write_root(self, folder: Path) -> Path:
        path = folder / "trusted_root.json"
        path.write_bytes(self.root_json())
        return path

    def write_config(self, folder: Path, *, log: int = 2, tsa: bool = True) -> Path:
        """A client trust configuration for this instance."""

        def service(url: str, version: int = 1) -> dict[str, Any]:
            valid = {"start": "2020-01-01T00:00:00Z"}
            return {"url": url, "majorApiVersion": version, "validFor": valid, "operator": "example"}

        body = {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.instance.trusted_root(),
            "signingConfig": {
                "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                "caUrls": [service(self.url)],
                "oidcUrls": [service(self.url)],
                "rekorTlogUrls": [service(self.url, log)],
                "rekorTlogConfig": {"selector": "ANY"},
                "tsaUrls": [service(self.tsa_url)] if tsa else [],
                "tsaConfig": {"selector": "ANY"},
            },
        }
        path = folder / f"trust_config_{log}_{tsa}.json"
        path.write_text(json.dumps(body), encoding="utf-8")
        return path

    def write_token(self, folder: Path, **options: Any) -> Path:
        path = folder / "token.jwt"
        path.write_text(self.issuer.token(**options) + "\n", encoding="ascii")
        return path

    def github(self) -> dict[str, str]:
        """The environment of a job that may ask for tokens."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.issuer.request_token,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/github-token?api-version=2",
        }

    def down(self, path: str, fault: Fault | None = None) -> None:
        """From now on every request for a path gets this; nothing by default."""
        self.faults[path] = [fault or drop]
        self.stay.add(path)

    def up(self, path: str) -> None:
        self.faults.pop(path, None)
        self.stay.discard(path)

    def count(self, path: str) -> int:
        return sum(asked == path for _, asked in self.requests)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    owner: SigstoreService
    body = b""
    """Of the request that is being answered."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        path = urlsplit(self.path).path
        self.body = body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.owner.requests.append((method, path))
        waiting = self.owner.faults[path]
        if waiting:
            (waiting[0] if path in self.owner.stay else waiting.pop(0))(self)
            return
        try:
            self._honest(method, path, body)
        except Refused as error:
            self.say(error.status, {"code": 3, "message": str(error), "details": []})

    def _honest(self, method: str, path: str, body: bytes) -> None:
        owner = self.owner
        if (method, path) == ("GET", "/.well-known/openid-configuration"):
            self.say(200, owner.issuer.discovery())
        elif (method, path) == ("GET", "/github-token"):
            self._github()
        elif (method, path) == ("GET", "/auth"):
            place = owner.issuer.authorize(parse_qs(urlsplit(self.path).query))
            self.reply(302, b"", "text/plain", Location=place)
        elif (method, path) == ("POST", "/token"):
            self.say(200, owner.issuer.exchange(parse_qs(body.decode())))
        elif (method, path) == ("POST", "/api/v2/signingCert"):
            self.say(201, owner.authority.signing_cert(self.headers.get("Authorization", ""), body))
        elif (method, path) == ("POST", "/tsa"):
            self._stamp(body)
        elif (method, path) == ("POST", "/api/v1/log/entries"):
            new, index = owner.rekor[1].create(json.loads(body))
            place = f"/api/v1/log/entries/{owner.rekor[1].uuid(index)}"
            if new:
                self.say(201, owner.rekor[1].entry_1(index), Location=place)
            else:
                self.say(409, {"code": 409, "message": "an equivalent entry already exists"}, Location=place)
        elif method == "GET" and path.startswith("/api/v1/log/entries/"):
            found = owner.rekor[1].index_of(path.rpartition("/")[2])
            self.say(404, {"message": "none"}) if found is None else self.say(200, owner.rekor[1].entry_1(found))
        elif (method, path) == ("POST", "/api/v2/log/entries"):
            _, index = owner.rekor[2].create(json.loads(body))
            self.say(201, owner.rekor[2].entry_2(index))
        else:
            self.say(404, {"message": "no such endpoint"})

    def _github(self) -> None:
        if self.headers.get("Authorization", "").lower() != f"bearer {self.owner.issuer.request_token}".lower():
            raise Refused(401, "not your job")
        audience = parse_qs(urlsplit(self.path).query)["audience"][0]
        self.say(200, {"count": 1, "value": self.owner.issuer.token(audience=audience)})

    def _stamp(self, body: bytes) -> None:
        if self.headers.get("Content-Type") != "application/timestamp-query":
            raise Refused(415, "not a timestamp query")
        try:
            answer = self.owner.stamper.answer(body)
        except DerError as error:
            raise Refused(400, f"error generating timestamp response: {error}") from error
        self.reply(201, answer, "application/timestamp-reply")

    def say(self, status: int, body: object, **headers: str) -> None:
        """Answer in JSON."""
        self.reply(status, json.dumps(body).encode(), "application/json", **headers)

    def reply(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def drop(handler: Handler) -> None:
    """No answer at all: the connection ends."""
    handler.close_connection = True


def refuse(status: int, message: str = "no", **headers: str) -> Fault:
    """An answer of a status; underscores in names of headers stand for hyphens."""
    return lambda handler: handler.say(status, {"code": status, "message": message}, **headers)
