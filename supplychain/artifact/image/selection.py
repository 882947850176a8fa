"""From an index to the images in it that are meant: nested indexes followed, attachments left out, platform chosen."""

from __future__ import annotations

import platform as machine
from collections.abc import Callable, Iterator, Sequence
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
"""The wish for every platform there is."""
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
        check_platform([image.platform], platform, reference=reference)
        return (image,)
    left_out: list[str] = []
    leaves = _leaves(document, digest, fetch, left_out, path=(), where=reference)
    # An image that an index lists twice is one image.
    found = list({leaf.entry.descriptor.digest: leaf for leaf in leaves}.values())
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
        # What the configuration says counts; an index that calls it otherwise is told as such by its `platforms`.
        known = image.platform or chosen.entry.platform
        images.append(replace(image, platforms=offered, platform=known, left_out=tuple(dict.fromkeys(left_out))))
    return tuple(images)


def check_platform(known: Sequence[Platform | None], platform: str | None, *, reference: str) -> None:
    """Where there is nothing to choose, hold what there is against the wish. Raises UsageError."""
    told = [one for one in known if one is not None]
    for wish in _wishes(platform) if platform and told else ():
        if not any(_matches(one, Platform.parse(wish)) for one in told):
            raise _no_platform(reference, wish, [str(one) for one in told])


def _load(manifest: Manifest, digest: Digest, reference: str, index: Digest | None, fetch: Fetch) -> Image:
    config = fetch(manifest.config, "config")
    return make_image(reference, manifest, config, digest=digest, index_digest=index)


def _leaves(
    index: Index, digest: Digest | None, fetch: Fetch, left_out: list[str], *, path: tuple[Digest, ...], where: str
) -> Iterator[_Found]:
    path = (*path, digest) if digest else path
    others = len(index.entries) > 1
    for entry in index.entries:
        blob = entry.descriptor
        if blob.digest in path or len(path) > _MAX_DEPTH:
            raise MalformedInput("the index goes in circles", code="INDEX_CYCLE", where=f"{where}, {blob.digest}")
        if not entry.is_image:
            left_out.append(_described(entry))
            continue
        if entry.platform is not None and "index" not in blob.media_type and "list" not in blob.media_type:
            yield _Found(entry=entry, index=digest)
            continue
        # Without a platform only the document itself tells what it is.
        try:
            document = parse_document(fetch(blob, "manifest"), where=f"{blob.digest}")
        except MalformedInput as error:
            if error.code == "NOT_AN_IMAGE" and others:
                left_out.append(f"{blob.digest} (no container image: {error.found or entry.descriptor.media_type})")
                continue  # a chart or signature that lies beside the image
            raise
        if isinstance(document, Index):
            yield from _leaves(document, blob.digest, fetch, left_out, path=path, where=where)
        else:
            known = _load(document, blob.digest, where, digest, fetch).platform
            yield _Found(entry=replace(entry, platform=known), index=digest)


def _described(entry: IndexEntry) -> str:
    """What lies in an index beside images. BuildKit's attestations have the platform unknown/unknown."""
    kind = entry.annotations.get("vnd.docker.reference.type") or entry.artifact_type
    about = entry.annotations.get("vnd.docker.reference.digest", "")
    what = kind or (f"platform {entry.platform}" if entry.platform else entry.descriptor.media_type)
    return f"{entry.descriptor.digest} ({what}{f' of {about}' if about else ''})"[:300]


def host_platform() -> str:
    """The platform of images that this machine runs: `linux/amd64`, `linux/arm64` and so on."""
    host = machine.machine().lower()
    return f"linux/{_ARCHITECTURES.get(host, host)}"


def several(platform: str | None) -> bool:
    """Whether a wish is for more than one platform: `all`, or a list with commas."""
    return platform is not None and (platform == ALL or "," in platform)


def _wishes(platform: str) -> list[str]:
    return [] if platform == ALL else list(dict.fromkeys(part.strip() for part in platform.split(",") if part.strip()))


def _choose(found: list[_Found], platform: str | None, reference: str) -> list[_Found]:
    if platform == ALL or (platform is None and len(found) == 1):
        return found
    chosen: dict[Digest, _Found] = {}
    for wish in _wishes(platform or host_platform()):
        wanted = Platform.parse(wish)
        fits = [f for f in found if f.entry.platform and _matches(f.entry.platform, wanted)]
        if not fits:
            raise _no_platform(reference, wish, sorted({str(f.entry.platform) for f in found}))
        # Without a wish for a variant, the plainest one.
        best = min(fits, key=lambda f: f.entry.platform.variant if f.entry.platform else "")
        chosen[best.entry.descriptor.digest] = best
    if not chosen:
        raise _no_platform(reference, str(platform), sorted({str(f.entry.platform) for f in found}))
    return list(chosen.values())


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
        hint="choose with --platform OS/ARCHITECTURE (several with commas between them), or --platform all",
    )
