"""Writes SPDX 2.3 JSON, and names the reader of SPDX documents.

https://spdx.github.io/spdx-spec/v2.3/. What could not be listed becomes an annotation of the document each, and a
dependency on NOASSERTION, which is how SPDX says "there may be more".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from supplychain import __version__
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, format_time, pretty_json
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx_schema import spdx_ids
from supplychain.inventory.license import is_expression
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.spdx_reader import ANNOTATION, parse_spdx

__all__ = ["parse_spdx", "to_spdx"]

_DOCUMENT = "SPDXRef-DOCUMENT"
_ROOT = "SPDXRef-Root"
_TOOL = f"Tool: supplychain-{__version__}"


def to_spdx(sbom: Sbom, *, at: datetime) -> bytes:
    """Write an SBOM as an SPDX 2.3 JSON document; the same inventory at the same time gives the same bytes.

    Args:
        sbom: What to write.
        at: The time of the document.
    """
    names: dict[str, str] = {}
    document: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": sbom.name or "unnamed",
        "creationInfo": {"created": format_time(at), "creators": [_TOOL]},
        "documentDescribes": [_ROOT],
        "packages": [_described(sbom), *(_package(component, names) for component in sbom.components)],
        "relationships": _relationships(sbom),
    }
    if names:
        document["hasExtractedLicensingInfos"] = [
            {"licenseId": ref, "name": name, "extractedText": name} for ref, name in sorted(names.items())
        ]
    if sbom.gaps or sbom.sources or sbom.excluded:
        document["annotations"] = _annotations(sbom, format_time(at))
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:supplychain:{Digest.of_bytes(canonical_json(document))}")
    slug = re.sub(r"[^A-Za-z0-9.-]+", "-", document["name"])
    document["documentNamespace"] = f"https://spdx.org/spdxdocs/{slug}-{unique}"
    return pretty_json(document)


def _described(sbom: Sbom) -> dict[str, Any]:
    described: dict[str, Any] = {
        "SPDXID": _ROOT,
        "name": sbom.name or "unnamed",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "APPLICATION",
    }
    if sbom.version:
        described["versionInfo"] = sbom.version
    if sbom.subjects:
        described["checksums"] = _checksums(artifact.digest for artifact in sbom.subjects)
    return described


def _package(component: Component, names: dict[str, str]) -> dict[str, Any]:
    purl = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": component.purl}
    package: dict[str, Any] = {
        "SPDXID": _spdx_id(component.purl),
        "name": component.name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": _license(component.licenses, names),
        "copyrightText": "NOASSERTION",
        "externalRefs": [purl],
    }
    if component.version:
        package["versionInfo"] = component.version
    if component.hashes:
        package["checksums"] = _checksums(component.hashes)
    if component.origin:
        package["sourceInfo"] = f"found in {component.origin}"
    return package


def _spdx_id(purl: str) -> str:
    """A reference of the letters SPDX allows; the digest keeps two purls apart that differ in others."""
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", purl.removeprefix("pkg:"))[:80].strip("-")
    return f"SPDXRef-Package-{slug}-{Digest.of_bytes(purl.encode()).hex[:12]}"


def _checksums(digests: Iterable[Digest]) -> list[dict[str, str]]:
    return [{"algorithm": d.algorithm.upper(), "checksumValue": d.hex} for d in sorted(set(digests))]


def _license(texts: tuple[str, ...], names: dict[str, str]) -> str:
    known = spdx_ids()
    parts = []
    for text in texts:
        if text in known or is_expression(text, known):
            parts.append(f"({text})" if " " in text and len(texts) > 1 else text)
        else:
            reference = f"LicenseRef-{Digest.of_bytes(text.encode()).hex[:12]}"
            names[reference] = text
            parts.append(reference)
    return " AND ".join(parts) or "NOASSERTION"


def _relationships(sbom: Sbom) -> list[dict[str, str]]:
    listed = {component.purl: _spdx_id(component.purl) for component in sbom.components}
    relations = [(_DOCUMENT, "DESCRIBES", _ROOT)]
    for component in sbom.components:
        reference = listed[component.purl]
        relations.append((_ROOT, "DEPENDS_ON" if component.direct else "CONTAINS", reference))
        relations += [(reference, "DEPENDS_ON", listed[p]) for p in sorted(set(component.depends_on)) if p in listed]
    if sbom.gaps:
        relations.append((_ROOT, "DEPENDS_ON", "NOASSERTION"))
    return [
        {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": to} for source, kind, to in relations
    ]


def _annotations(sbom: Sbom, created: str) -> list[dict[str, str]]:
    facts: list[dict[str, str]] = [
        *({"gap": gap.what, "reason": gap.reason, "detail": gap.detail} for gap in sbom.gaps),
        *({"source": source} for source in sbom.sources),
        *({"excluded": path} for path in sbom.excluded),
    ]
    return [
        {
            "annotationDate": created,
            "annotationType": "OTHER",
            "annotator": _TOOL,
            "comment": ANNOTATION + canonical_json(fact).decode(),
        }
        for fact in facts
    ]
