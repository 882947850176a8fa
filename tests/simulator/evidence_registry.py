"""A registry on loopback that takes pushes and lists referrers (distribution-spec 1.1), as good or bad as a test wants it.

with EvidenceRegistry(referrers=False) as registry:     # one that knows no referrers API
    store = registry.store()
    registry.hide.add("sha256:…")                       # listed, and not there
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.budget import Budget
from supplychain.artifact.image.credentials import Credentials
from supplychain.artifact.image.exchange import Connections, Limits
from supplychain.artifact.image.reference import parse_reference
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.artifact.image.registry_push import PushClient
from supplychain.store.oci import OciStore
from tests.simulator.images import OCI_INDEX, OCI_MANIFEST, digest
from tests.simulator.registry_server import RegistryServer


class EvidenceRegistry(RegistryServer):
    """One repository, whatever it is called.

    Args:
        referrers: Whether it has the referrers API.
        filters: Whether that API lists only the artifact type asked for.
        conditions: Whether it heeds If-Match and If-None-Match.
    """

    def __init__(self, *, referrers: bool = True, filters: bool = True, conditions: bool = False) -> None:
        super().__init__()
        self.referrers = referrers
        self.filters = filters
        self.conditions = conditions
        self.manifests: set[str] = set()
        """Digests of what was pushed as a manifest."""
        self.hide: set[str] = set()
        """What is listed and not there."""
        self.page = 0
        """Lines or tags on one page; 0: all."""
        self.link = ""
        """The next page, whatever was asked, as the registry says."""
        self.listing: bytes | None = None
        """What the referrers API answers instead of the truth."""
        self.before: Callable[[str, str], None] = lambda method, path: None
        """Called before a request is answered."""
        self.lose_answers = 0
        """So many blobs are taken without a word, and the connection is cut."""
        self._uploads: dict[str, bytes] = {}
        self._numbers = count()
        self._lock = threading.Lock()

    def store(self, *, login: Path | None = None, patience: float = 2.0) -> OciStore:
        """A store here, with short time limits, that waits without waiting."""
        reference = parse_reference(f"{self.host}/app")
        clock = [0.0]

        def sleep(seconds: float) -> None:
            clock[0] += seconds

        common: dict[str, Any] = {
            "connections": Connections(Limits(connect_s=2.0, read_s=1.0)),
            "credentials": Credentials((login,) if login else ()),
            "budget": Budget(patience, refill=0.0, clock=lambda: clock[0], sleep=sleep),
        }
        return OciStore(reference, reader=RegistryClient(reference, **common), writer=PushClient(reference, **common))

    @property
    def place(self) -> str:
        """The store as the command line names it."""
        return f"oci:{self.host}/app"

    # what somebody with a password could do

    def add_blob(self, data: bytes) -> dict[str, Any]:
        """Put a blob; its descriptor."""
        self.blobs[digest(data)] = data
        return {"mediaType": "application/octet-stream", "digest": digest(data), "size": len(data)}

    def add_manifest(self, body: dict[str, Any], *tags: str) -> dict[str, Any]:
        """Put a manifest, under tags or none; its descriptor."""
        data = json.dumps(body).encode()
        self.blobs[digest(data)] = data
        self.manifests.add(digest(data))
        self.tags |= dict.fromkeys(tags, data)
        return {"mediaType": str(body.get("mediaType", OCI_MANIFEST)), "digest": digest(data), "size": len(data)}

    def add_referrer(self, subject: Digest, envelope: bytes, media_type: str, **more: Any) -> dict[str, Any]:
        """Put evidence as other tools do: one layer, and the fallback tag where there is no API."""
        layer = {**self.add_blob(envelope), "mediaType": media_type}
        body = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": media_type,
            "config": {**self.add_blob(b"{}"), "mediaType": "application/vnd.oci.empty.v1+json"},
            "layers": [layer],
            "subject": {"mediaType": OCI_MANIFEST, "digest": str(subject), "size": 1},
            **more,
        }
        line = {**self.add_manifest(body), "artifactType": body["artifactType"]}
        if not self.referrers:
            tag = f"{subject.algorithm}-{subject.hex}"
            index = json.loads(self.tags.get(tag, b'{"schemaVersion": 2, "manifests": []}'))
            index["manifests"].append(line)
            self.tags[tag] = json.dumps({"mediaType": OCI_INDEX, **index}).encode()
        return line

    def add_cosign(self, subject: Digest, ending: str, layers: list[tuple[bytes, str, dict[str, str]]]) -> None:
        """Put an image of cosign's older layouts: content, media type and annotations of each layer."""
        body = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.add_blob(b"{}"),
            "layers": [
                {**self.add_blob(data), "mediaType": kind, "annotations": notes} for data, kind, notes in layers
            ],
        }
        self.add_manifest(body, f"{subject.algorithm}-{subject.hex}{ending}")

    # answers

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        if path != "/token":
            length = int(request.headers.get("Content-Length") or 0)
            request.sent = request.rfile.read(length) if length else b""  # type: ignore[attr-defined]
            self.before(request.command, path)
        super().answer(request)

    def _serve(self, request: BaseHTTPRequestHandler, parts: list[str]) -> None:
        query = parse_qs(urlsplit(request.path).query)
        match request.command, parts[3:]:
            case "GET", ["referrers", subject]:
                self._list_referrers(request, subject, query)
            case "GET", ["tags", "list"]:
                self._list_tags(request, query)
            case "POST", ["blobs", "uploads", ""]:
                self._take_part(request, str(next(self._numbers)), b"")
            case "PATCH", ["blobs", "uploads", name]:
                self._take_part(request, name, request.sent)  # type: ignore[attr-defined]
            case "PUT", ["blobs", "uploads", name]:
                self._take_blob(request, name, query["digest"][0])
            case "PUT", ["manifests", name]:
                with self._lock:
                    self._take_manifest(request, name)
            case _, [_, name] if name in self.hide:
                self._send(request, 404, b"{}")
            case _, ["manifests", name] if ":" in name and name not in self.manifests:
                self._send(request, 404, b"{}")
            case _:
                super()._serve(request, parts)

    def _send(
        self, request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        more = dict(headers or {})
        if self.conditions and "Docker-Content-Digest" in more:
            more["ETag"] = f'"{more["Docker-Content-Digest"]}"'
        super()._send(request, status, body, more)

    def _list_referrers(self, request: BaseHTTPRequestHandler, subject: str, query: dict[str, list[str]]) -> None:
        if not self.referrers:
            self._send(request, 404, b"404 page not found")
            return
        lines = []
        for name in sorted(self.manifests):
            body = json.loads(self.blobs[name])
            if (body.get("subject") or {}).get("digest") == subject:
                kind = body.get("artifactType") or body.get("config", {}).get("mediaType")
                lines.append(
                    {"mediaType": OCI_MANIFEST, "digest": name, "size": len(self.blobs[name]), "artifactType": kind}
                )
        headers = {}
        if self.filters and "artifactType" in query:
            lines = [line for line in lines if line["artifactType"] == query["artifactType"][0]]
            headers["OCI-Filters-Applied"] = "artifactType"
        start = int(query.get("start", ["0"])[0])
        if self.page and start + self.page < len(lines):
            kind = query["artifactType"][0].replace("+", "%2B")
            headers["Link"] = (
                f'<{request.path.partition("?")[0]}?artifactType={kind}&start={start + self.page}>; rel="next"'
            )
        if self.link:
            headers["Link"] = f'<{self.link.format(start=start + 1)}>; rel="next"'
        lines = lines[start : start + self.page] if self.page else lines
        body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": lines}).encode()
        self._send(request, 200, self.listing if self.listing is not None else body, headers)

    def _list_tags(self, request: BaseHTTPRequestHandler, query: dict[str, list[str]]) -> None:
        tags = sorted(tag for tag in self.tags if tag > query.get("last", [""])[0])
        headers = {}
        if self.page and len(tags) > self.page:
            tags = tags[: self.page]
            headers["Link"] = f'<{request.path.partition("?")[0]}?last={tags[-1]}>; rel="next"'
        self._send(request, 200, json.dumps({"name": "app", "tags": tags}).encode(), headers)

    def _take_part(self, request: BaseHTTPRequestHandler, name: str, data: bytes) -> None:
        self._uploads[name] = self._uploads.get(name, b"") + data
        self._send(request, 202, b"", {"Location": f"/v2/app/blobs/uploads/{name}?state=1"})

    def _take_blob(self, request: BaseHTTPRequestHandler, name: str, told: str) -> None:
        if name not in self._uploads:
            self._send(request, 404, b"BLOB_UPLOAD_UNKNOWN")
            return
        data = self._uploads.pop(name) + request.sent  # type: ignore[attr-defined]
        fine = digest(data) == told
        if fine:
            self.blobs[told] = data
        if self.lose_answers > 0:
            self.lose_answers -= 1
            request.close_connection = True
            return
        self._send(request, 201 if fine else 400, b"" if fine else b"DIGEST_INVALID")

    def _take_manifest(self, request: BaseHTTPRequestHandler, name: str) -> None:
        data: bytes = request.sent  # type: ignore[attr-defined]
        body = json.loads(data)
        known = [*body.get("layers", []), *body.get("manifests", []), *filter(None, [body.get("config")])]
        if any(one["digest"] not in self.blobs for one in known):
            self._send(request, 400, b"MANIFEST_BLOB_UNKNOWN")
            return
        there = self.tags.get(name)
        wanted, unwanted = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        lost = wanted is not None and (there is None or wanted != f'"{digest(there)}"')
        if self.conditions and (lost or (unwanted == "*" and there is not None)):
            self._send(request, 412, b"")
            return
        self.blobs[digest(data)] = data
        self.manifests.add(digest(data))
        if ":" not in name:
            self.tags[name] = data
        subject = (body.get("subject") or {}).get("digest")
        self._send(request, 201, b"", {"OCI-Subject": subject} if subject and self.referrers else {})
