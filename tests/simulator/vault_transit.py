"""Vault's transit engine on loopback: keys with versions, and signatures by them (Ed25519), for those with a token.

Speaks `GET /v1/transit/keys/NAME` and `POST /v1/transit/sign/NAME` as Vault's API documentation has them.
"""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN = "hvs.a-token-of-the-simulator"


class VaultTransit:
    """Runs in a thread of its own; a context manager."""

    def __init__(self, name: str = "release") -> None:
        self.name = name
        self.versions = {1: Ed25519PrivateKey.generate(), 2: Ed25519PrivateKey.generate()}
        self.sealed = False
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"owner": self}))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> VaultTransit:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        if path == f"/v1/transit/keys/{self.name}":
            keys = {
                str(number): {"public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
                for number, key in self.versions.items()
            }
            return 200, {"data": {"type": "ed25519", "keys": keys, "latest_version": max(self.versions)}}
        if path == f"/v1/transit/sign/{self.name}" and method in ("POST", "PUT"):
            number = int(body.get("key_version") or max(self.versions))
            if number not in self.versions:
                return 400, {"errors": ["cannot sign with this version of the key"]}
            signature = self.versions[number].sign(base64.b64decode(body["input"]))
            return 200, {"data": {"signature": f"vault:v{number}:{base64.b64encode(signature).decode()}"}}
        return 404, {"errors": []}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: VaultTransit

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def _serve(self, method: str) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        token = self.headers.get("X-Vault-Token", "")
        status, said = self.owner.answer(method, self.path, token, json.loads(raw or b"{}"))
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
