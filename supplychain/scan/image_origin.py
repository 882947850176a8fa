"""Says of each finding of an image which part brought it: the base image or the application, and which layer.

The scanners name the layer where they know it; here it becomes the layer's digest and command, and its origin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from supplychain.artifact.image.tree import Image
from supplychain.inventory.image.base_image import Base, Origin
from supplychain.inventory.image.collect_image import LAYER_INDEX
from supplychain.scan.finding import Brought, Finding
from supplychain.scan.interface import ScanResult

_MAX_COMMAND = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedImage:
    """One image that was scanned, as reports tell it."""

    image: Image
    base: Base
    origins: Mapping[str, int]
    """Findings from `base`, `application` and `unknown`."""

    def to_json(self) -> dict[str, Any]:
        """`{"reference", "digest", "platform", "platforms", "left_out", "base", "findings", …}`."""
        image = self.image
        more = {"index": str(image.index_digest or ""), "resolved_by": image.resolved_by}
        return {
            "reference": image.reference,
            "digest": str(image.digest) if image.digest else None,
            "platform": str(image.platform) if image.platform else None,
            "platforms": list(image.platforms),
            "left_out": list(image.left_out),
            "base": self.base.to_json(),
            "findings": dict(self.origins),
            **{key: text for key, text in more.items() if text},
        }


def with_origins(
    results: Sequence[ScanResult], image: Image, base: Base, *, platform: str = ""
) -> tuple[tuple[ScanResult, ...], ScannedImage]:
    """Results whose findings say where they come from, and how many come from where.

    Args:
        results: Of the scans of one image.
        image: That image.
        base: What is known of its base.
        platform: Said with every finding and result, where several platforms are scanned.
    """
    marked = []
    for result in results:
        findings = tuple(_marked(finding, image, base, platform) for finding in result.findings)
        marked.append(replace(result, findings=findings, platform=platform))
    return tuple(marked), ScannedImage(image=image, base=base, origins=count_origins(marked))


def count_origins(results: Iterable[ScanResult]) -> dict[str, int]:
    """Findings from `base`, `application` and `unknown`."""
    counts = Counter(f.image.origin if f.image else "" for result in results for f in result.findings)
    return {origin.value: counts[origin.value] for origin in Origin}


def _marked(finding: Finding, image: Image, base: Base, platform: str) -> Finding:
    index = finding.image.index if finding.image else _index_of(finding)
    if index is None or not 0 <= index < len(image.layers):
        return replace(finding, image=Brought(origin=base.origin(None).value, platform=platform))
    layer = image.layers[index]
    brought = Brought(
        index=index,
        origin=base.origin(index).value,
        layer=str(layer.digest),
        command=layer.created_by[:_MAX_COMMAND],
        platform=platform,
    )
    return replace(finding, image=brought)


def _index_of(finding: Finding) -> int | None:
    """The layer that brought the component of a finding."""
    stated = dict(finding.component.properties).get(LAYER_INDEX, "") if finding.component else ""
    return int(stated) if stated.isascii() and stated.isdigit() else None
