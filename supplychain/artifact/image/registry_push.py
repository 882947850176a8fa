"""Writes to one registry (OCI distribution-spec 1.1, "Push"): blobs by their digest, manifests by digest or tag.

Everything pushed is named by its content, so pushing twice is pushing once. Mirrors are never written to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode, urljoin

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.exchange import Response, without_query
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.errors import ToolFailed

_PIECE = 8 * 1024 * 1024
"""Larger blobs are sent in pieces of this size: each within the time limit of one request."""
_MAX_ANSWER = 64 * 1024
_DONE = frozenset({200, 201, 202, 204})


class Changed(Exception):  # noqa: N818 - an answer, not a failure
    """What was to be replaced is not what it was (status 412)."""


class PushClient(RegistryClient):
    """Requests that change the repository of one reference (arguments as `RegistryClient`)."""

    _actions = "pull,push"

    def put_blob(self, data: bytes) -> Digest:
        """Push a blob, unless it is there.

        Raises:
            ToolFailed: The registry refuses or fails.
        """
        digest = Digest.of_bytes(data)
        if not self._has(digest):
            try:
                self._put_blob(data, digest)
            except ToolFailed as error:
                # The answer to the last step may have been lost, and the upload be over when it was sent again.
                if error.code != "REGISTRY_READ_ONLY" or not self._has(digest):
                    raise
        return digest

    def _has(self, digest: Digest) -> bool:
        with self.request(f"blobs/{digest}", method="HEAD", blob=True) as known:
            return known.status == 200

    def _put_blob(self, data: bytes, digest: Digest) -> None:
        place = self._upload("POST", urljoin(self._base, "blobs/uploads/"), b"", {})
        if len(data) > _PIECE:
            for start in range(0, len(data), _PIECE):
                piece = data[start : start + _PIECE]
                spans = {"Content-Range": f"{start}-{start + len(piece) - 1}"}
                place = self._upload("PATCH", place, piece, spans)
            data = b""
        url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': str(digest)})}"
        with self._send("PUT", url, data, {"Content-Type": "application/octet-stream"}):
            return

    def put_manifest(
        self, name: str, data: bytes, media_type: str, *, condition: Mapping[str, str] | None = None
    ) -> Mapping[str, str]:
        """Push a manifest or an index under a tag or under its digest.

        Args:
            name: The tag, or the digest of `data`.
            data: The manifest.
            media_type: What it is.
            condition: `If-Match` or `If-None-Match` (RFC 9110, 13.1), for registries that heed it.

        Returns:
            The headers of the answer; `oci-subject` is among them when the registry lists the manifest as a referrer.

        Raises:
            Changed: The condition does not hold.
            ToolFailed: The registry refuses or fails.
        """
        url = urljoin(self._base, f"manifests/{name}")
        with self._send("PUT", url, data, {"Content-Type": media_type, **(condition or {})}) as response:
            return response.headers

    def _upload(self, method: str, url: str, data: bytes, more: Mapping[str, str]) -> str:
        """One step of an upload; where the next one goes."""
        with self._send(method, url, data, {"Content-Type": "application/octet-stream", **more}) as response:
            location = response.headers.get("location", "")
            if not location:
                raise self._failed("REGISTRY_FAILED", "the registry does not say where to upload to", url)
            return self._redirected(url, location, blob=True)

    def _send(self, method: str, url: str, data: bytes, more: Mapping[str, str]) -> Response:
        headers = {"Accept": "*/*", "User-Agent": "supplychain", "Content-Length": str(len(data)), **more}
        for asked in range(2):
            response = self._patiently(url, method, self._with_authorization(url, headers), body=data)
            if response.status != 401 or asked or not self._is_ours(url):
                return self._accepted(response)
            with response:
                self._authorize(response.headers.get("www-authenticate", ""), url)
        raise AssertionError("unreachable")

    def _accepted(self, response: Response) -> Response:
        if response.status in _DONE:
            return response
        if response.status == 412:
            with response:
                raise Changed
        if response.status in (404, 405):
            with response:
                answer = _printable(response)
            message = f"the registry takes nothing here: status {response.status}"
            hint = "check the repository, and that it may be written to"
            raise ToolFailed(
                message, code="REGISTRY_READ_ONLY", where=without_query(response.url), found=answer, hint=hint
            )
        return self._checked(response)


def _printable(response: Response) -> str:
    return re.sub(r"\s+", " ", response.read(_MAX_ANSWER)[:300].decode("utf-8", "replace")).strip()
