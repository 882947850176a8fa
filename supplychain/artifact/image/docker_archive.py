"""What `docker save` writes: a tar archive with `manifest.json` (Docker image specification 1.2).

Docker 25 and later write an OCI layout into the same archive; then that is read, because it names the manifest by its
digest. Older ones name only the configuration and, in it, the uncompressed layers: those are verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.archive import FileSet
from supplychain.artifact.image.blob import MAX_CONFIG, MAX_DOCUMENT, Descriptor
from supplychain.artifact.image.layout import INDEX, LayoutSource
from supplychain.artifact.image.manifest import history, parse_diff_ids, platform_of
from supplychain.artifact.image.selection import ALL, check_platform
from supplychain.artifact.image.source import LayeredSource
from supplychain.artifact.image.tree import Image, ImageSource, Layer
from supplychain.encoding import parse_json, parse_json_object
from supplychain.errors import MalformedInput, UsageError, VerificationFailed

MANIFEST = "manifest.json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
_HEX = re.compile(r"(?:sha256:)?([0-9a-f]{64})(?:\.json)?")


def docker_archive(files: FileSet, *, name: str | None = None) -> ImageSource:
    """The source for an archive of either age.

    Args:
        files: The archive.
        name: Which image, as `name:tag`; None: the only one.
    """
    return LayoutSource(files, name=name) if _has_layout(files) else DockerArchiveSource(files, name=name)


class DockerArchiveSource(LayeredSource):
    """Images of an archive without an OCI layout."""

    def __init__(self, files: FileSet, *, name: str | None = None) -> None:
        self._files = files
        self._name = name
        self._layer_files: dict[Digest, str] = {}

    def images(self, platform: str | None = None) -> tuple[Image, ...]:
        """As `ImageSource.images`; an archive holds one platform for each image."""
        if self._files.size(MANIFEST) is None:
            old = " (one of before Docker 1.10 is not read)" if self._files.size("repositories") is not None else ""
            raise UsageError(
                f"not an archive of `docker save`: it has no {MANIFEST}{old}",
                code="NOT_A_DOCKER_ARCHIVE",
                where=self._files.where,
                hint="for an OCI layout write oci:FILE",
            )
        where = self._files.at(MANIFEST)
        document = parse_json(self._files.read(MANIFEST, MAX_DOCUMENT), where=where)
        if not isinstance(document, list) or not document or not all(isinstance(e, dict) for e in document):
            raise MalformedInput("the archive lists no image", code="INDEX_EMPTY", where=where)
        images = tuple(self._image(entry, where) for entry in self._choose(document, platform, where))
        check_platform([image.platform for image in images], platform, reference=where)
        return images

    def close(self) -> None:
        """Close the archive."""
        self._files.close()

    def _choose(self, entries: list[dict[str, Any]], platform: str | None, where: str) -> list[dict[str, Any]]:
        if self._name is None and (len(entries) == 1 or platform == ALL):
            return entries
        chosen = [entry for entry in entries if self._name and self._name in _tags(entry, where)]
        if chosen:
            return chosen[:1]
        raise UsageError(
            "there is no such image in the archive" if self._name else "the archive holds several images",
            code="TAG_MISSING" if self._name else "IMAGE_AMBIGUOUS",
            where=where,
            expected=self._name or "a name",
            found=", ".join(tag for entry in entries for tag in _tags(entry, where))[:400] or "images without a name",
            hint="write the name after the path: docker-archive:FILE:NAME:TAG",
        )

    def _image(self, entry: dict[str, Any], where: str) -> Image:
        name, names = entry.get("Config"), entry.get("Layers")
        if not isinstance(name, str) or not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise MalformedInput("a line names no configuration or layers", code="MANIFEST", where=where)
        data = self._files.read(name, MAX_CONFIG)
        digest = Digest.of_bytes(data)
        told = _HEX.fullmatch(PurePosixPath(name).name)
        at = self._files.at(name)
        if told and told[1] != digest.hex:
            message = "the configuration does not match the digest it is named by"
            raise VerificationFailed(
                message, code="BLOB_DIGEST", where=at, expected=f"sha256:{told[1]}", found=str(digest)
            )
        config = parse_json_object(data, where=at, max_bytes=MAX_CONFIG)
        diff_ids = parse_diff_ids(config, where=at)
        if len(diff_ids) != len(names):
            message = "the configuration is for another number of layers"
            raise MalformedInput(message, code="MANIFEST", where=at, expected=str(len(names)), found=str(len(diff_ids)))
        self._layer_files.update(zip(diff_ids, names, strict=True))
        tags = _tags(entry, where)
        return Image(
            reference=tags[0] if tags else self._files.where,
            digest=digest,
            platform=platform_of(config),
            layers=tuple(
                Layer(
                    digest=diff_id,
                    size=self._files.size(file) or 0,
                    media_type=_LAYER,
                    diff_id=diff_id,
                    created_by=command,
                    created=created,
                )
                for diff_id, file, (command, created) in zip(diff_ids, names, history(config, len(names)), strict=True)
            ),
            config=config,
            config_digest=digest,
        )

    def _descriptor(self, layer: Layer) -> Descriptor | None:  # noqa: ARG002 - the base class names it
        return None  # whether a layer is compressed here, nobody says; its `diff_id` is verified

    def _chunks(self, image: Image, layer: Layer) -> Iterable[bytes]:  # noqa: ARG002 - the base class names it
        return self._files.chunks(self._layer_files[layer.digest])


def _has_layout(files: FileSet) -> bool:
    if files.size(INDEX) is None or files.size("oci-layout") is None:
        return False
    # Docker 25.0 wrote an index that lists nothing beside a manifest.json that lists the image.
    index = parse_json_object(files.read(INDEX, MAX_DOCUMENT), where=files.at(INDEX))
    return bool(index.get("manifests")) or files.size(MANIFEST) is None


def _tags(entry: dict[str, Any], where: str) -> list[str]:
    found = entry.get("RepoTags") or []
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        raise MalformedInput("RepoTags is no list of names", code="MANIFEST", where=where)
    return found
