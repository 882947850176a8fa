"""An image that is read once for everything that asks about it: inventory, configuration, secrets."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.artifact.image.opening import open_image
from supplychain.artifact.image.tree import Image, ImageTree
from supplychain.inventory.image.collect_image import collect_image
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import ImageTarget, only_image
from supplychain.scan.image_wanted import image_wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadImage:
    """An image and the files of it that a scan wants."""

    image: Image
    tree: ImageTree

    @property
    def sbom(self) -> Sbom:
        """What it is made of (see `collect_image` for errors)."""
        return collect_image(self.image, self.tree)


def read_image(target: ImageTarget) -> ReadImage:
    """Read every layer once.

    Raises:
        UsageError: The target names no image, or several.
        MalformedInput: It is no image.
        VerificationFailed: A blob does not match its digest.
        ToolFailed: A registry does not answer.
    """
    with open_image(target.text, home=target.home) as source:
        image = only_image(source.images(target.platform))
        return ReadImage(image=image, tree=source.read(image, image_wanted))
