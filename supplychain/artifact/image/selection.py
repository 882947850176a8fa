"""From an index to the images in it that are meant: nested indexes followed, attachments left out, platform chosen."""

from __future__ import annotations

import platform as machine
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_CONFIG, MAX_DOCUMENT, Descriptor
from supplychain.artifact.image.manifest import Index, IndexEntry, Manifest, make_image, parse_document
from supplychain.artifact.image.tree import Image, Platform
from supplychain.errors import MalformedInput, UsageError

Kind = Literal["manifest", "config"]
Fetch = Callable[[Descriptor, Kind], bytes]
"""Reads a document of this kind whole and verifies it."""
MAX_BYTES: dict[Kind, int] = {"manifest": MAX_DOCUMENT, "config": MAX_CONFIG}
"""Largest accepted document of each kind in bytes."""
ALL = "all"
_MAX_DEPTH = 4
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """An image somewhere below an index."""

    entry: IndexEntry
    index: Digest | None


def select_images(
    document: Index | Manifest, digest: Digest | None, *, reference: str, platform: str | None, fetch: Fetch
) -> tuple[Image, ...]:
    """The images a document stands for.

    Args:
        document: An index, or the manifest of one image.
        digest: Of the document; None for the top of a layout, which has none.
        reference: What people call it.
        platform: As `ImageSource.images`.
        fetch: Gets further documents.

    Raises:
        UsageError: No image for the platform, or no way to choose.
        MalformedInput: Something is broken, goes in circles, or holds no image.
    """
    if isinstance(document, Manifest):
        assert digest is not None  # noqa: S101 - the top of a layout is an index
        image = _load(document, digest, reference, None, fetch)
        known = image.platform
        if platform not in (None, ALL) and known is not None and not _matches(known, Platform.parse(str(platform))):
            raise _no_platform(reference, str(platform), [str(known)])
        return (image,)
    # An image that an index lists twice is one image.
    found = list(
        {f.entry.descriptor.digest: f for f in _leaves(document, digest, fetch, path=(), where=reference)}.values()
    )
    if not found:
        kinds = sorted({entry.artifact_type or entry.descriptor.media_type for entry in document.entries})
        message = "the index lists no container image"
        raise MalformedInput(message, code="INDEX_EMPTY", where=reference, found=", ".join(kinds)[:300])
    offered = tuple(sorted({str(f.entry.platform) for f in found if f.entry.platform}))
    images = []
    for chosen in _choose(found, platform, reference):
        blob = chosen.entry.descriptor
        manifest = parse_document(fetch(blob, "manifest"), where=f"manifest {blob.digest}")
        if not isinstance(manifest, Manifest):
            raise MalformedInput("an index where a manifest must be", code="MANIFEST", where=f"{blob.digest}")
        image = _load(manifest, blob.digest, reference, chosen.index, fetch)
        images.append(replace(image, platforms=offered, platform=image.platform or chosen.entry.platform))
    return tuple(images)


def _load(manifest: Manifest, digest: Digest, reference: str, index: Digest | None, fetch: Fetch) -> Image:
    config = fetch(manifest.config, "config")
    return make_image(reference, manifest, config, digest=digest, index_digest=index)


def _leaves(
    index: Index, digest: Digest | None, fetch: Fetch, *, path: tuple[Digest, ...], where: str
) -> Iterator[_Found]:
    path = (*path, digest) if digest else path
    others = len(index.entries) > 1
    for entry in index.entries:
        blob = entry.descriptor
        if blob.digest in path or len(path) > _MAX_DEPTH:
            raise MalformedInput("the index goes in circles", code="INDEX_CYCLE", where=f"{where}, {blob.digest}")
        if not entry.is_image:
            continue
        if entry.platform is not None and "index" not in blob.media_type and "list" not in blob.media_type:
            yield _Found(entry=entry, index=digest)
            continue
        # Without a platform only the document itself tells what it is.
        try:
            document = parse_document(fetch(blob, "manifest"), where=f"{blob.digest}")
        except MalformedInput as error:
            if error.code == "NOT_AN_IMAGE" and others:
                continue  # a chart or signature that lies beside the image
            raise
        if isinstance(document, Index):
            yield from _leaves(document, blob.digest, fetch, path=path, where=where)
        else:
            known = _load(document, blob.digest, where, digest, fetch).platform
            yield _Found(entry=replace(entry, platform=known), index=digest)


def _choose(found: list[_Found], platform: str | None, reference: str) -> list[_Found]:
    if platform == ALL or (platform is None and len(found) == 1):
        return found
    host = machine.machine().lower()
    wishes = [platform] if platform else ["linux/amd64", f"linux/{_ARCHITECTURES.get(host, host)}"]
    for wish in wishes:
        wanted = Platform.parse(wish)
        fits = [f for f in found if f.entry.platform and _matches(f.entry.platform, wanted)]
        if fits:
            # Without a wish for a variant, the plainest one.
            return [min(fits, key=lambda f: f.entry.platform.variant if f.entry.platform else "")]
    raise _no_platform(reference, " or ".join(wishes), sorted({str(f.entry.platform) for f in found}))


def _matches(known: Platform, wanted: Platform) -> bool:
    same = (known.os, known.architecture) == (wanted.os, wanted.architecture)
    return same and (not wanted.variant or known.variant == wanted.variant)


def _no_platform(reference: str, wish: str, offered: list[str]) -> UsageError:
    return UsageError(
        "there is no image for this platform",
        code="PLATFORM_MISSING",
        where=reference,
        expected=wish,
        found=", ".join(offered[:20]),
        hint="choose with --platform OS/ARCHITECTURE, or --platform all",
    )
