"""An image that is read once for everything that asks about it: inventory, configuration, secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from supplychain.artifact.image.tree import Image, ImageTree
from supplychain.inventory.image.base_image import Base
from supplychain.inventory.image.collect_image import collect_image
from supplychain.inventory.image.reading import open_images
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import ImageTarget
from supplychain.scan.image_wanted import image_wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadImage:
    """An image and the files of it that a scan wants."""

    image: Image
    tree: ImageTree
    base: Base

    @property
    def sbom(self) -> Sbom:
        """What it is made of (see `collect_image` for errors)."""
        return collect_image(self.image, self.tree, base=self.base)


def read_images(target: ImageTarget) -> Iterator[ReadImage]:
    """Read every layer of each image once; one image is held at a time, if the caller lets go of it.

    Raises:
        UsageError: The target names no image, or several.
        MalformedInput: It is no image.
        VerificationFailed: A blob does not match its digest.
        ToolFailed: A registry does not answer.
    """
    with open_images(target) as images:
        for one in images:
            yield ReadImage(image=one.image, tree=one.read(image_wanted), base=one.base)
