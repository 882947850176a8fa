"""The images a target means, each with what is known of its base, opened once for whoever wants to read them.

The base that annotations name is looked up only where that asks nobody new: in the same layout, among the blobs that
were pulled before, or in the registry the image itself comes from. Who built the image chose the name; it shall not
send us anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from supplychain.artifact.image.opening import open_image, split_name
from supplychain.artifact.image.reference import parse_reference
from supplychain.artifact.image.selection import several
from supplychain.artifact.image.tree import Image, ImageSource, ImageTree, Wanted
from supplychain.errors import SupplychainError, UsageError
from supplychain.inventory.image.base_image import Base, base_stated, find_base
from supplychain.inventory.target import ImageTarget

_NOT_THERE = frozenset({"OFFLINE", "TAG_MISSING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenImage:
    """One image of a target, not read yet."""

    image: Image
    base: Base
    _source: ImageSource

    def read(self, wanted: Wanted) -> ImageTree:
        """Stream its layers. Raises as `ImageSource.read`."""
        return self._source.read(self.image, wanted)


@contextmanager
def open_images(target: ImageTarget) -> Iterator[tuple[OpenImage, ...]]:
    """The images of a target: one, unless its `platform` asks for several.

    Raises:
        UsageError: The target, or the base, names no image, or several where one is meant.
        MalformedInput: It is no image.
        VerificationFailed: A document does not match its digest.
        ToolFailed: A registry does not answer.
    """
    with open_image(target.text, home=target.home) as source:
        images = source.images(target.platform)
        if len(images) != 1 and not several(target.platform):
            raise _not_one(images)
        yield tuple(OpenImage(image=image, base=_base(target, image), _source=source) for image in images)


def _not_one(images: Sequence[Image]) -> UsageError:
    platforms = ", ".join(str(image.platform or "unknown") for image in images)
    return UsageError(
        "one SBOM is of one image", where="--platform", expected="one platform", found=platforms or "none"
    )


def _base(target: ImageTarget, image: Image) -> Base:
    if target.base is not None:
        if not image.layers:
            raise UsageError("what has no layers has no base", where="--base", found=target.text)
        return find_base(image, given=_only(target.base, target, image))
    name, digest = base_stated(image)
    if not (name and digest):
        return find_base(image)
    notes: list[str] = []
    for place, offline in _known_places(target, name, digest):
        try:
            return find_base(image, annotated=_only(place, target, image, offline=offline))
        except SupplychainError as error:
            if error.code not in _NOT_THERE:
                notes.append(error.message)
    if notes:
        return find_base(image, note=f"the base that the annotations name cannot be looked at: {notes[0]}")
    return find_base(image, note=f"the base is named but not at hand; give it with --base {name}@{digest}")


def _known_places(target: ImageTarget, name: str, digest: str) -> Iterator[tuple[str, bool]]:
    """Where the base may be asked for, and whether only what is kept may answer."""
    scheme, _, rest = target.text.partition(":")
    own = None if scheme in ("oci", "docker-archive", "rootfs") else parse_reference(target.text)
    if scheme == "oci":
        yield f"oci:{split_name(rest)[0]}@{digest}", True
    try:
        base = parse_reference(name)
    except UsageError:
        return
    yield f"{base.registry}/{base.repository}@{digest}", own is None or own.registry != base.registry


def _only(text: str, target: ImageTarget, image: Image, *, offline: bool = False) -> Image:
    """The base for the platform of the image."""
    with open_image(text, home=target.home, offline=offline) as source:
        platform = image.platform
        wish = f"{platform.os}/{platform.architecture}" if platform and platform.os and platform.architecture else None
        images = source.images(wish)
        if len(images) != 1:
            raise UsageError("several images where the base must be one", where=text, found=str(len(images)))
        return images[0]
