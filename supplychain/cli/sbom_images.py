"""SBOMs of container images: one document, or for several platforms a folder with one document each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from supplychain.artifact.image.selection import several
from supplychain.artifact.image.tree import Image
from supplychain.cli.common import say
from supplychain.cli.image_notes import tell_image
from supplychain.cli.sbom import say_gaps, write_document
from supplychain.errors import NothingToCheck, UsageError
from supplychain.inventory.image.collect_image import collect_image, inventories_of
from supplychain.inventory.image.reading import open_images
from supplychain.inventory.image.wanted import wanted
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import ImageTarget

_ENDINGS = {"cyclonedx": ".cdx.json", "spdx": ".spdx.json"}


def write_images(target: ImageTarget, written: Callable[[Sbom], bytes], output: Path | None, format_: str) -> None:
    """List the images of a target, write what they are made of, and tell which they are.

    Args:
        target: What to list.
        written: From an SBOM to its document.
        output: A file; for several platforms a folder, which is made.
        format_: `cyclonedx` or `spdx`, for the names in the folder.

    Raises:
        UsageError: Several platforms, and no folder for them.
        NothingToCheck: None of the images holds a package.
    """
    many = several(target.platform)
    if many and (output is None or (output.exists() and not output.is_dir())):
        found = str(output) if output else "standard output"
        hint = "each platform becomes a file there, for example linux-arm64.cdx.json"
        raise UsageError("several SBOMs need a folder", where="-o", expected="-o FOLDER", found=found, hint=hint)
    if many and output:
        _write_folder(target, written, output, _ENDINGS[format_])
        return
    for one, sbom in inventories_of(target):
        write_document(written(sbom), output)
        tell_image(one.image, one.base, asked=target.platform is not None)
        say_gaps(sbom)


def _write_folder(target: ImageTarget, written: Callable[[Sbom], bytes], folder: Path, ending: str) -> None:
    names: set[str] = set()
    nothing: NothingToCheck | None = None
    with open_images(target) as images:
        for index, one in enumerate(images):
            tell_image(one.image, one.base, asked=True, first=index == 0)
            try:
                sbom = collect_image(one.image, one.read(wanted), base=one.base)
            except NothingToCheck as error:
                nothing = error
                say(f"warning: {one.image.platform or 'unknown'}: {error.message}; no document is written for it")
                continue
            path = folder / (_free(one.image, names) + ending)
            write_document(written(sbom), path)
            say(f"{one.image.platform or 'unknown'}: {path}")
            say_gaps(sbom)
    if nothing and not names:
        raise nothing


def _free(image: Image, names: set[str]) -> str:
    """A file name of a platform, which comes from the image: letters, digits, `.`, `_` and `-` alone."""
    text = str(image.platform or "unknown")[:60]
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in text).lstrip(".-") or "unknown"
    if name in names and image.digest:
        name = f"{name}-{image.digest.hex[:12]}"
    names.add(name)
    return name
