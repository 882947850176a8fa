"""Indexes, manifests and configurations of images (OCI image-spec 1.1; Docker image manifest version 2, schema 2).

A document that could be read as an index and as a manifest is refused (CVE-2021-41190): two readers of one digest must
see one image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_CONFIG, MAX_DOCUMENT, Descriptor
from supplychain.artifact.image.tree import Image, Layer, Platform
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput

INDEX_TYPES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
MANIFEST_TYPES = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
_CONFIG_TYPES = frozenset(
    {"", "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
_MAX_LAYERS = 1000
_MAX_ENTRIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One line of an index."""

    descriptor: Descriptor
    platform: Platform | None
    annotations: Mapping[str, str]
    artifact_type: str = ""

    @property
    def is_image(self) -> bool:
        """Not an attestation, signature or other attachment that travels in the index."""
        attached = "vnd.docker.reference.type" in self.annotations or self.artifact_type
        known = self.platform is None or self.platform.os != "unknown"
        kind = self.descriptor.media_type
        return known and not attached and (not kind or kind in MANIFEST_TYPES or kind in INDEX_TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A list of images or further lists."""

    entries: tuple[IndexEntry, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One image: a configuration and its layers."""

    media_type: str
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str]


def parse_document(data: bytes, *, where: str) -> Index | Manifest:
    """Parse an index or a manifest, told apart by what is in it.

    Raises:
        MalformedInput: Neither, both, broken, or a manifest of something that is no container image.
    """
    document = parse_json_object(data, where=where, max_bytes=MAX_DOCUMENT)
    if document.get("schemaVersion") == 1 and "fsLayers" in document:
        hint = "push the image again with a current tool"
        raise _broken("a Docker manifest of schema 1, which is not read", where, hint=hint)
    listing, single = "manifests" in document, "layers" in document or "config" in document
    if listing and single:
        raise _broken("a document that is an index and a manifest at once", where, code="AMBIGUOUS_MANIFEST")
    kind = _text(document, "mediaType", where)
    if not (listing or single) or (listing and kind in MANIFEST_TYPES) or (single and kind in INDEX_TYPES):
        raise _broken("neither an image index nor an image manifest", where, found=_keys(document))
    return _index(document, where) if listing else _manifest(document, kind, where)


def make_image(
    reference: str, manifest: Manifest, config: bytes, *, digest: Digest, index_digest: Digest | None = None
) -> Image:
    """Put a manifest and its configuration together.

    Raises:
        MalformedInput: The configuration is broken, or is one for another number of layers.
    """
    where = f"configuration {manifest.config.digest}"
    document = parse_json_object(config, where=where, max_bytes=MAX_CONFIG)
    diff_ids = parse_diff_ids(document, where=where)
    if len(diff_ids) != len(manifest.layers):
        raise _broken(
            "the configuration is for another number of layers than the manifest",
            where,
            expected=f"{len(manifest.layers)} diff_ids",
            found=str(len(diff_ids)),
        )
    commands = history(document, len(diff_ids))
    return Image(
        reference=reference,
        digest=digest,
        platform=platform_of(document),
        layers=tuple(
            Layer(
                digest=blob.digest,
                size=blob.size,
                media_type=blob.media_type,
                diff_id=diff_id,
                created_by=command,
                created=created,
            )
            for blob, diff_id, (command, created) in zip(manifest.layers, diff_ids, commands, strict=True)
        ),
        config=document,
        config_digest=manifest.config.digest,
        index_digest=index_digest,
        media_type=manifest.media_type,
        annotations=manifest.annotations,
    )


def parse_diff_ids(config: dict[str, Any], *, where: str) -> tuple[Digest, ...]:
    """The digests of the uncompressed layers in a configuration. Raises MalformedInput."""
    rootfs = config.get("rootfs")
    found = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    # Go writes an empty list as null.
    found = [] if isinstance(rootfs, dict) and found is None else found
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise _broken("not the configuration of a container image", where, expected="rootfs.diff_ids")
    return tuple(Digest.parse(entry, where=where) for entry in found)


def history(config: dict[str, Any], layers: int) -> tuple[tuple[str, str], ...]:
    """For each layer the command that made it and when; empty where the history does not fit the layers."""
    entries = config.get("history")
    entries = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    real = [entry for entry in entries if entry.get("empty_layer") is not True]
    if len(real) != layers:
        return (("", ""),) * layers
    return tuple((str(entry.get("created_by") or ""), str(entry.get("created") or "")) for entry in real)


def platform_of(document: object) -> Platform | None:
    """The platform in a configuration or in a line of an index, None without one."""
    if not isinstance(document, dict):
        return None
    parts = [document.get(name) for name in ("os", "architecture", "variant")]
    os, architecture, variant = (part if isinstance(part, str) else "" for part in parts)
    return Platform(os=os, architecture=architecture, variant=variant) if os or architecture else None


def _index(document: dict[str, Any], where: str) -> Index:
    listed = document["manifests"]
    listed = [] if listed is None else listed  # as Go writes an empty list
    if not isinstance(listed, list) or len(listed) > _MAX_ENTRIES:
        raise _broken("the index lists no manifests", where, expected=f"a list of at most {_MAX_ENTRIES:,}")
    entries = []
    for value in listed:
        descriptor = _descriptor(value, where)
        entry = IndexEntry(
            descriptor=descriptor,
            platform=platform_of(value.get("platform")),
            annotations=_annotations(value, where),
            artifact_type=_text(value, "artifactType", where),
        )
        entries.append(entry)
    return Index(entries=tuple(entries), annotations=_annotations(document, where))


def _manifest(document: dict[str, Any], kind: str, where: str) -> Manifest:
    config = _descriptor(document.get("config"), where)
    listed = document.get("layers")
    if config.media_type not in _CONFIG_TYPES:
        raise _broken("not a container image", where, code="NOT_AN_IMAGE", found=f"a {config.media_type}")
    if not isinstance(listed, list) or len(listed) > _MAX_LAYERS:
        raise _broken("the manifest lists no layers", where, expected=f"a list of at most {_MAX_LAYERS:,}")
    layers = tuple(_descriptor(value, where) for value in listed)
    for layer in layers:
        if layer.media_type and (".tar" not in layer.media_type or "encrypted" in layer.media_type):
            message = "a layer is of a kind that cannot be read"
            raise _broken(message, f"{where}, layer {layer.digest}", code="LAYER_KIND", found=layer.media_type)
    return Manifest(media_type=kind, config=config, layers=layers, annotations=_annotations(document, where))


def _descriptor(value: object, where: str) -> Descriptor:
    if not isinstance(value, dict) or not isinstance(value.get("digest"), str):
        raise _broken("a descriptor without a digest", where)
    size = value.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise _broken("a descriptor without a size", where, found=repr(size)[:40])
    digest = Digest.parse(value["digest"], where=where)
    return Descriptor(digest=digest, size=size, media_type=_text(value, "mediaType", where))


def _annotations(value: dict[str, Any], where: str) -> Mapping[str, str]:
    found = value.get("annotations")
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise _broken("annotations that are no text", where)
    return found


def _text(value: dict[str, Any], key: str, where: str) -> str:
    found = value.get(key)
    if found is not None and not isinstance(found, str):
        raise _broken(f"{key} is no text", where)
    return found or ""


def _keys(document: dict[str, Any]) -> str:
    return "an object with " + (", ".join(sorted(document)[:6]) or "nothing in it")


def _broken(
    message: str, where: str, *, code: str = "MANIFEST", expected: str = "", found: str = "", hint: str = ""
) -> MalformedInput:
    return MalformedInput(message, code=code, where=where, expected=expected, found=found, hint=hint)
