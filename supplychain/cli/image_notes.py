"""What a person is told on standard error about the images that were looked at: which, on what evidence, from where."""

from __future__ import annotations

from collections.abc import Mapping

from supplychain.artifact.image.selection import host_platform
from supplychain.artifact.image.tree import Image
from supplychain.cli.common import say
from supplychain.inventory.image.base_image import Base, Evidence
from supplychain.report.coverage import plain

_SHOWN = 5
_EVIDENCE = {
    Evidence.GIVEN: "the one that was given",
    Evidence.ANNOTATION: "by its annotations",
    Evidence.HISTORY: "by its history",
    Evidence.NONE: "",
}


def tell_image(image: Image, base: Base, *, asked: bool, first: bool = True) -> None:
    """Which image was chosen, if there was a choice; who said so, if it was not the registry; what is beside it.

    Args:
        image: The one that was looked at.
        base: What is known of its base.
        asked: Somebody chose the platform.
        first: Of several images of one target; what they have in common is told once.
    """
    platform = str(image.platform or "an unknown platform")
    if len(image.platforms) > 1:
        why = "" if asked else f", for this machine is {host_platform()}"
        say(plain(f"note: platform {platform} of {', '.join(image.platforms)}{why}: {image.digest}"))
    if base.note:
        say(plain(f"note: {base.note}"))
    if not first:
        return
    if image.resolved_by:
        digest = image.index_digest or image.digest
        say(plain(f"note: the mirror {image.resolved_by} says that {image.reference} is {digest}"))
    for line in image.left_out[:_SHOWN]:
        say(plain(f"note: no image, left out: {line}"))
    if len(image.left_out) > _SHOWN:
        say(f"note: no image, left out: {len(image.left_out) - _SHOWN} more")


def tell_origins(image: Image, base: Base, origins: Mapping[str, int]) -> None:
    """How many findings come from the base and how many from the application."""
    if base.evidence is Evidence.NONE or not any(origins.values()):
        return
    where = f" ({image.platform})" if len(image.platforms) > 1 else ""
    name = f" {base.name}" if base.name else ""
    counts = ", ".join(f"{count} {origin}" for origin, count in origins.items())
    layers = f"{base.layers} of {len(image.layers)} layers, {_EVIDENCE[base.evidence]}"
    say(plain(f"note: findings by origin{where}: {counts}; the base{name}: {layers}"))
