"""Scans of the images of a target: each image read once, its findings marked with where they come from.

Several platforms of an index become one collection whose results and findings name their platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.image.selection import several
from supplychain.errors import NothingToCheck, UsageError
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import ImageTarget
from supplychain.pipeline.collect import Collected, Request, scan_one
from supplychain.pipeline.image import read_images
from supplychain.scan.image_origin import ScannedImage, with_origins
from supplychain.scan.interface import ScanResult


def run_image_scans(request: Request) -> Collected:
    """Scan every image that the target means.

    Raises:
        NothingToCheck: None of the scans of any image had anything to look at.
        SupplychainError: As `read_images`.
    """
    target = request.target
    assert isinstance(target, ImageTarget)  # noqa: S101 - `run_scans` saw to it
    many = several(target.platform)
    if many and request.second_opinion:
        raise UsageError(
            "a second opinion is about one platform", where="--platform", expected="one", found=str(target.platform)
        )
    collected: list[Collected] = []
    nothing: NothingToCheck | None = None
    for read in read_images(target):
        platform = str(read.image.platform or "unknown") if many else ""
        try:
            one = scan_one(replace(request, image=read))
        except NothingToCheck as error:
            nothing = error
            continue
        results, scanned = with_origins(one.results, read.image, read.base, platform=platform)
        collected.append(replace(one, results=results, images=(scanned,)))
    if not collected:
        raise nothing or NothingToCheck("the target holds no image", where=target.text)
    return collected[0] if len(collected) == 1 else _united(collected, target)


def _united(collected: Sequence[Collected], target: ImageTarget) -> Collected:
    results: list[ScanResult] = [result for one in collected for result in one.results]
    images: list[ScannedImage] = [image for one in collected for image in one.images]
    kinds = list(dict.fromkeys(result.kind for result in results))
    sboms = [one.sbom for one in collected if one.sbom]
    # What suppliers say (VEX) may be about the index or about the image of one platform.
    subjects: dict[Artifact, None] = {subject: None for sbom in sboms for subject in sbom.subjects}
    for image in images:
        if image.image.index_digest:
            subjects[Artifact(name=image.image.reference, digest=image.image.index_digest)] = None
    sbom = None
    if sboms:
        parts = (component for one in sboms for component in one.components)
        gaps = tuple(dict.fromkeys(gap for one in sboms for gap in one.gaps))
        sbom = Sbom.of(target.text, parts, kind="container", subjects=tuple(subjects), gaps=gaps)
    return Collected(
        results=tuple(sorted(results, key=lambda result: kinds.index(result.kind))), sbom=sbom, images=tuple(images)
    )
