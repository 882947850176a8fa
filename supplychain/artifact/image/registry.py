"""Images in a registry (OCI distribution-spec 1.1): a tag is resolved once, everything after that goes by digest.

What was pulled is kept by digest (`kept`), so pulling again fetches nothing but the answer to "which digest is it
now?", and nothing at all when the reference has a digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_DOCUMENT, Descriptor, read_verified
from supplychain.artifact.image.endpoints import Endpoint, Endpoints
from supplychain.artifact.image.kept import KeptBlobs
from supplychain.artifact.image.manifest import INDEX_TYPES, MANIFEST_TYPES, parse_document
from supplychain.artifact.image.reference import Reference
from supplychain.artifact.image.selection import MAX_BYTES, Kind, select_images
from supplychain.artifact.image.source import LayeredSource
from supplychain.artifact.image.tree import Image, ImageTree, Layer, Wanted
from supplychain.errors import MalformedInput, ToolFailed, UsageError, VerificationFailed

_ACCEPT = ", ".join(sorted(INDEX_TYPES | MANIFEST_TYPES))
_AT_ONCE = 3
"""Layers that are fetched at the same time."""


class RegistrySource(LayeredSource):
    """The image of one reference.

    Args:
        reference: Which image.
        endpoints: Where to ask.
        home: The user's folder; blobs are kept in `home/blobs`. None: in a temporary folder.
        offline: Never reach out.
    """

    def __init__(
        self, reference: Reference, endpoints: Endpoints, *, home: Path | None = None, offline: bool = False
    ) -> None:
        self._reference = reference
        self._endpoints = endpoints
        self._kept = KeptBlobs(home)
        self._offline = offline
        self._coming: dict[Digest, Future[None]] = {}
        self._digest = reference.digest
        self._resolved_by = ""

    def images(self, platform: str | None = None) -> tuple[Image, ...]:
        """As `ImageSource.images`."""
        digest = self._digest = self._digest or self._resolve()
        data = self._fetch(Descriptor(digest=digest, size=-1), "manifest")
        document = parse_document(data, where=f"{self._reference} {digest}")
        name = str(self._reference)
        images = select_images(document, digest, reference=name, platform=platform, fetch=self._fetch)
        return tuple(replace(image, from_registry=True, resolved_by=self._resolved_by) for image in images)

    def read(self, image: Image, wanted: Wanted) -> ImageTree:
        """Fetch what is not kept, several layers at once, and stream. Raises as `ImageSource.read`."""
        blobs = {layer.digest: Descriptor(digest=layer.digest, size=layer.size) for layer in image.layers}
        absent = [blob for blob in blobs.values() if not self._kept.has(blob)]
        try:
            return self._fetch_and_read(image, wanted, absent)
        except (VerificationFailed, MalformedInput) as error:
            # Somebody may have changed a kept blob, or pruned it; then it is fetched again. A wrong blob in the
            # registry stays wrong.
            gone = error.code == "BLOB_MISSING"
            if self._offline or not (self._kept.drop_wrong(b for b in blobs.values() if b not in absent) or gone):
                raise
            return self._fetch_and_read(image, wanted, [b for b in blobs.values() if not self._kept.has(b)])

    def close(self) -> None:
        """Close connections; remove what was kept only for now."""
        self._endpoints.close()
        self._kept.close()

    def _fetch_and_read(self, image: Image, wanted: Wanted, absent: list[Descriptor]) -> ImageTree:
        pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pull")
        try:
            self._coming = {blob.digest: pool.submit(self._pull, blob) for blob in absent}
            return super().read(image, wanted)
        finally:
            pool.shutdown(cancel_futures=True)

    def _chunks(self, image: Image, layer: Layer) -> Iterable[bytes]:  # noqa: ARG002 - blobs have one name for all
        coming = self._coming.get(layer.digest)
        if coming is not None:
            coming.result()
        return self._kept.chunks(Descriptor(digest=layer.digest, size=layer.size))

    def _pull(self, blob: Descriptor) -> None:
        self._check_online(f"blob {blob.digest}")

        def ask(place: Endpoint) -> bool | None:
            while True:
                try:
                    return self._pull_once(place, blob)
                except ToolFailed as error:
                    # A transfer of minutes may break off once without the registry being down.
                    if error.code != "REGISTRY_BROKE_OFF" or not place.client.may_try_again():
                        raise

        if self._endpoints.first(ask, by="digest") is None:
            raise self._lacks(f"blob {blob.digest}")

    def _pull_once(self, place: Endpoint, blob: Descriptor) -> bool | None:
        with place.client.request(f"blobs/{blob.digest}", blob=True) as response:
            if response.status != 200:
                return None
            self._kept.store(blob, response.chunks(), where="blob")
        return True

    def _fetch(self, blob: Descriptor, kind: Kind) -> bytes:
        most = MAX_BYTES[kind]
        known = self._kept.read(blob, most)
        if known is not None:
            return known
        self._check_online(f"{kind} {blob.digest}")
        folder, accept = ("manifests", _ACCEPT) if kind == "manifest" else ("blobs", "*/*")

        def ask(place: Endpoint) -> bytes | None:
            path = f"{folder}/{blob.digest}"
            with place.client.request(path, accept=accept, blob=kind == "config") as response:
                if response.status != 200:
                    return None
                return read_verified(response.chunks(), blob, where=kind, max_bytes=most)

        found = self._endpoints.first(ask, by="digest")
        if found is None:
            raise self._lacks(f"{kind} {blob.digest}")
        self._kept.store(blob, (found[0],), where=kind)
        return found[0]

    def _resolve(self) -> Digest:
        """The digest a tag stands for, asked once."""
        self._check_online(f"tag {self._reference.tag}")
        found = self._endpoints.first(self._resolve_at, by="tag")
        if found is None:
            raise UsageError(
                "there is no such image in the registry",
                code="IMAGE_MISSING",
                where=str(self._reference),
                hint="check the name and the tag",
            )
        digest, place = found
        self._resolved_by = place.name if place.mirror else ""
        return digest

    def _resolve_at(self, place: Endpoint) -> Digest | None:
        path = f"manifests/{self._reference.tag}"
        with place.client.request(path, method="HEAD", accept=_ACCEPT) as response:
            told = response.headers.get("docker-content-digest", "")
            if response.status == 200 and told:
                return Digest.parse(told, where=str(self._reference))
        with place.client.request(path, accept=_ACCEPT) as response:
            if response.status != 200:
                return None
            data = response.read(MAX_DOCUMENT)
            told = response.headers.get("docker-content-digest", "")
        digest = Digest.parse(told, where=str(self._reference)) if told else Digest.of_bytes(data)
        self._kept.store(Descriptor(digest=digest, size=len(data)), (data,), where="manifest")
        return digest

    def _check_online(self, what: str) -> None:
        if self._offline:
            hint = "pull it once with a network, or name the image by its digest"
            raise ToolFailed(
                f"the network is not to be used, and the {what} is not kept here",
                code="OFFLINE",
                where=str(self._reference),
                hint=hint,
            )

    def _lacks(self, what: str) -> ToolFailed:
        hint = "push the image again, whole"
        return ToolFailed(
            f"the registry does not have the {what}", code="BLOB_MISSING", where=str(self._reference), hint=hint
        )
