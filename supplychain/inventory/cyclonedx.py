"""Writes CycloneDX JSON 1.5, 1.6 and 1.7; the same inventory at the same time gives the same bytes.

https://cyclonedx.org/docs/1.6/json/. What could not be listed is said twice: `compositions` says "incomplete", and each
gap is a property of the metadata, so that a reader of the document knows as much as the one who made it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from supplychain import __version__
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, format_time, pretty_json
from supplychain.errors import UsageError
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx_reader import (
    DIRECT,
    DISTRIBUTION,
    EXCLUDED,
    GAP,
    ORIGIN,
    SOURCE,
    parse_cyclonedx,
    split_purl,
)
from supplychain.inventory.cyclonedx_schema import check_schema, spdx_ids, validate_cyclonedx
from supplychain.inventory.license import is_expression
from supplychain.inventory.sbom import Sbom

__all__ = ["WRITTEN_SPECS", "parse_cyclonedx", "to_cyclonedx", "validate_cyclonedx"]

WRITTEN_SPECS = ("1.5", "1.6", "1.7")
"""The versions that are written."""
_ROOT = "root"


def to_cyclonedx(sbom: Sbom, *, at: datetime, spec: str = "1.6") -> bytes:
    """Write an SBOM as a CycloneDX JSON document that satisfies the published schema.

    Args:
        sbom: What to write.
        at: The time of the document.
        spec: One of `WRITTEN_SPECS`.

    Raises:
        UsageError: `spec` is not one of those.
        MalformedInput: The result does not satisfy the schema (a value of the SBOM is out of its bounds).
    """
    if spec not in WRITTEN_SPECS:
        raise UsageError(
            "this version of CycloneDX is not written",
            code="UNKNOWN_SPEC",
            where="--spec",
            expected=", ".join(WRITTEN_SPECS),
            found=spec,
        )
    listed = {component.purl for component in sbom.components}
    image = sbom.kind == "container"
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "version": 1,
        "metadata": _metadata(sbom, at),
        "components": [*_systems(sbom), *(_component(component, whole_name=image) for component in sbom.components)],
        "dependencies": _dependencies(sbom, listed),
        "compositions": [{"aggregate": "incomplete" if sbom.gaps else "complete", "assemblies": [_ROOT]}],
    }
    digest = Digest.of_bytes(canonical_json(document))
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:supplychain:{digest}')}"
    check_schema(document, spec=spec, where=f"the SBOM of {sbom.name}")
    return pretty_json(document)


def _metadata(sbom: Sbom, at: datetime) -> dict[str, Any]:
    properties = [
        *((GAP, canonical_json(_gap(gap.what, gap.reason, gap.detail)).decode()) for gap in sbom.gaps),
        *((SOURCE, source) for source in sbom.sources),
        *((EXCLUDED, path) for path in sbom.excluded),
        *sbom.properties,
    ]
    tool = {"type": "application", "name": "supplychain", "version": __version__}
    metadata: dict[str, Any] = {
        "timestamp": format_time(at),
        "tools": {"components": [tool]},
        "component": _described(sbom),
    }
    return _with_properties(metadata, properties)


def _gap(what: str, reason: str, detail: str) -> dict[str, str]:
    return {"what": what, "reason": reason, **({"detail": detail} if detail else {})}


def _described(sbom: Sbom) -> dict[str, Any]:
    described: dict[str, Any] = {"type": sbom.kind, "bom-ref": _ROOT, "name": sbom.name or "unnamed"}
    if sbom.version:
        described["version"] = sbom.version
    match sbom.subjects:
        case ():
            pass
        case (only,):
            described["hashes"] = _hashes([only.digest])
        case several:
            described["components"] = [_subject(artifact) for artifact in several]
    return described


def _systems(sbom: Sbom) -> list[dict[str, Any]]:
    """The distribution an image is made from, as the component that other tools look for."""
    stated = [value for name, value in sbom.properties if name == DISTRIBUTION]
    systems = []
    for label in stated:
        name, _, version = label.rpartition("-")
        named = {"name": name, "version": version} if name else {"name": label}
        systems.append({"type": "operating-system", "bom-ref": f"os:{label}", **named})
    return systems


def _subject(artifact: Artifact) -> dict[str, Any]:
    name = artifact.name or str(artifact.digest)
    return {"type": "file", "bom-ref": f"{_ROOT}/{artifact}", "name": name, "hashes": _hashes([artifact.digest])}


def _component(component: Component, *, whole_name: bool = False) -> dict[str, Any]:
    """A component; with `whole_name` as tools for images write it: `@scope/name`, `github.com/owner/name`, no group."""
    name, _ = split_purl(component.purl)
    group, _, short = name.rpartition(":" if component.purl.startswith("pkg:maven/") else "/")
    if whole_name and not component.purl.startswith("pkg:maven/"):
        group, short = "", component.name
    written: dict[str, Any] = {
        "type": "library",
        "bom-ref": component.purl,
        "name": short or component.name,
        "purl": component.purl,
    }
    if group:
        written["group"] = group
    if component.version:
        written["version"] = component.version
    if component.licenses:
        written["licenses"] = _licenses(component.licenses)
    if component.hashes:
        written["hashes"] = _hashes(component.hashes)
    properties = list(component.properties)
    if component.direct is not None:
        properties.append((DIRECT, "true" if component.direct else "false"))
    if component.origin:
        properties.append((ORIGIN, component.origin))
    return _with_properties(written, properties)


def _with_properties(item: dict[str, Any], properties: Iterable[tuple[str, str]]) -> dict[str, Any]:
    written = [{"name": name, "value": value} for name, value in dict.fromkeys(properties)]
    return {**item, "properties": written} if written else item


def _hashes(digests: Iterable[Digest]) -> list[dict[str, str]]:
    return [{"alg": d.algorithm.upper().replace("SHA", "SHA-"), "content": d.hex} for d in sorted(digests)]


def _licenses(texts: Sequence[str]) -> list[dict[str, Any]]:
    """One expression alone, or a list of identifiers and names: the schema allows no mixture."""
    known = spdx_ids()
    if len(texts) == 1 and texts[0] not in known and is_expression(texts[0], known):
        return [{"expression": texts[0]}]
    return [{"license": {"id": text} if text in known else {"name": text}} for text in texts]


def _dependencies(sbom: Sbom, listed: set[str]) -> list[Mapping[str, Any]]:
    """Edges between listed components. What has no entry has unknown dependencies, which is not the same as none."""
    direct = [component.purl for component in sbom.components if component.direct]
    edges: list[Mapping[str, Any]] = [{"ref": _ROOT, "dependsOn": direct}] if direct else []
    for component in sbom.components:
        needs = sorted(set(component.depends_on) & listed)
        if needs:
            edges.append({"ref": component.purl, "dependsOn": needs})
    return edges
