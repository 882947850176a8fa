"""OCI image layouts, as a folder or as a tar archive of one (OCI image-spec 1.1, "Image Layout")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.archive import FileSet
from supplychain.artifact.image.blob import MAX_DOCUMENT, Descriptor, read_verified
from supplychain.artifact.image.manifest import Index, IndexEntry, parse_document
from supplychain.artifact.image.selection import ALL, MAX_BYTES, Kind, select_images
from supplychain.artifact.image.source import LayeredSource
from supplychain.artifact.image.tree import Image, Layer
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, UsageError

INDEX = "index.json"
_MARKER = "oci-layout"
_NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")


class LayoutSource(LayeredSource):
    """Images of one layout.

    Args:
        files: The layout.
        name: Which image: a tag or name as the annotations of the index have it, or a digest; None: the only one.
    """

    def __init__(self, files: FileSet, *, name: str | None = None) -> None:
        self._files = files
        self._name = name

    def images(self, platform: str | None = None) -> tuple[Image, ...]:
        """As `ImageSource.images`."""
        self._check_marker()
        where = self._files.at(INDEX)
        index = parse_document(self._files.read(INDEX, MAX_DOCUMENT), where=where)
        if not isinstance(index, Index):
            raise MalformedInput("not an image index", code="MANIFEST", where=where)
        if not index.entries:
            raise MalformedInput("the index lists no image", code="INDEX_EMPTY", where=where)
        chosen = self._choose(index, platform)
        reference = self._files.where + (f":{self._name}" if self._name else "")
        whole = Index(entries=chosen, annotations=index.annotations)
        images = select_images(whole, None, reference=reference, platform=platform, fetch=self._fetch)
        return tuple(replace(image, reference=reference) for image in images)

    def close(self) -> None:
        """Close the archive."""
        self._files.close()

    def _choose(self, index: Index, platform: str | None) -> tuple[IndexEntry, ...]:
        if self._name is None:
            names = {name for entry in index.entries for name in _names(entry)[:1]}
            if len(names) > 1 and platform != ALL:
                raise self._no_image("the layout holds several images", "IMAGE_AMBIGUOUS", index)
            return index.entries
        digest = self._name.removeprefix("@")
        chosen = tuple(e for e in index.entries if digest == str(e.descriptor.digest) or _is_named(e, self._name))
        if not chosen:
            raise self._no_image("there is no such image in the layout", "TAG_MISSING", index)
        return chosen

    def _no_image(self, message: str, code: str, index: Index) -> UsageError:
        known = sorted({name for entry in index.entries for name in _names(entry)})
        return UsageError(
            message,
            code=code,
            where=self._files.where,
            expected=self._name or "a name",
            found=", ".join(known[:20]) or "images without a name",
            hint="write the name after the path: oci:LAYOUT:TAG, or oci:LAYOUT@sha256:…",
        )

    def _check_marker(self) -> None:
        if self._files.size(INDEX) is None:
            raise UsageError(
                "not an OCI image layout: it has no index.json",
                code="NOT_A_LAYOUT",
                where=self._files.where,
                hint="for the output of `docker save` write docker-archive:FILE, for an unpacked image rootfs:FOLDER",
            )
        # Some tools leave the marker out; the digests protect the content all the same.
        if self._files.size(_MARKER) is None:
            return
        where = self._files.at(_MARKER)
        version = parse_json_object(self._files.read(_MARKER, MAX_DOCUMENT), where=where).get("imageLayoutVersion")
        if version != "1.0.0":
            message = "an image layout of an unknown version"
            raise MalformedInput(message, code="LAYOUT_VERSION", where=where, expected="1.0.0", found=str(version)[:40])

    def _fetch(self, blob: Descriptor, kind: Kind) -> bytes:
        chunks = self._files.chunks(blob_name(blob.digest))
        return read_verified(chunks, blob, where=kind, max_bytes=MAX_BYTES[kind])

    def _chunks(self, image: Image, layer: Layer) -> Iterable[bytes]:  # noqa: ARG002 - blobs have one name for all
        return self._files.chunks(blob_name(layer.digest))


def blob_name(digest: Digest) -> str:
    """Where a layout keeps a blob."""
    return f"blobs/{digest.algorithm}/{digest.hex}"


def _names(entry: IndexEntry) -> tuple[str, ...]:
    return tuple(entry.annotations[key] for key in _NAMES if entry.annotations.get(key))


def _is_named(entry: IndexEntry, wish: str) -> bool:
    """A tag stands for a full name that ends in it."""
    return any(name == wish or name.endswith((f":{wish}", f"/{wish}")) for name in _names(entry))
