"""Reads SPDX 3.0 JSON-LD in its canonical form (https://spdx.github.io/spdx-spec/v3.0.1/serializations/).

Software packages become components by their purl (`software_packageUrl`, or an external identifier of type
`packageUrl`); `dependsOn` and the link relationships become edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx_reader import is_purl, split_purl
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.inventory.spdx_fields import malformed, tables, text

_NEEDS = frozenset({"dependsOn", "hasStaticLink", "hasDynamicLink", "hasProvidedDependency", "hasOptionalDependency"})
_LICENSED = ("hasConcludedLicense", "hasDeclaredLicense")
_NO_PACKAGE = frozenset({"operatingSystem", "file"})

Element = Mapping[str, Any]


def read_spdx3(document: Mapping[str, Any], *, where: str) -> Sbom:
    """Read a parsed SPDX 3.0 document.

    Raises:
        MalformedInput: It is no SPDX 3.0 document, or its parts have the wrong shape.
    """
    context = str(document.get("@context", ""))[:1000]
    graph = tables(document.get("@graph"), f"{where}: @graph")
    if "spdx.org/rdf/3.0" not in context or not graph:
        raise malformed(where, "not an SPDX document of an accepted version", "SPDX 3.0 JSON-LD with a @graph", context)
    packages: dict[str, Element] = {}
    for index, element in enumerate(graph):
        kind = text(element.get("type"), f"{where}: @graph[{index}].type")
        if kind == "software_Package":
            packages[text(element.get("spdxId"), f"{where}: @graph[{index}].spdxId")] = element
            text(element.get("name"), f"{where}: @graph[{index}].name")
    main = _main(graph, packages)
    needs, licenses = _relations(graph)
    purls = {spdx_id: purl for spdx_id, package in packages.items() if (purl := _purl(package, where))}
    components = []
    gaps: list[Gap] = []
    for spdx_id, package in packages.items():
        if spdx_id == main:
            continue
        component = _component(package, purls.get(spdx_id), where)
        if component is None:
            gaps += _without_purl(package)
            continue
        edges = tuple(purls[ref] for ref in needs.get(spdx_id, ()) if ref in purls)
        direct = spdx_id in needs[main] if main and main in needs else None
        components.append(replace(component, licenses=licenses.get(spdx_id, ()), depends_on=edges, direct=direct))
    gaps += [
        Gap(what=c.purl, reason="no_version", detail="the document gives no version")
        for c in components
        if not c.version
    ]
    described = packages[main] if main else {}
    return Sbom.of(
        str(described.get("name") or where),
        components,
        version=str(described.get("software_packageVersion") or "") or None,
        subjects=tuple(Artifact(name=described["name"], digest=d) for d in _hashes(described, where)),
        gaps=tuple(dict.fromkeys(gaps)),
    )


def _component(package: Element, purl: str | None, where: str) -> Component | None:
    if purl is None:
        return None
    name, version = split_purl(purl)
    stated = str(package.get("software_packageVersion") or "") or None
    hashes = tuple(sorted(set(_hashes(package, where))))
    return Component(name=name, version=version or stated, purl=purl, hashes=hashes)


def _without_purl(package: Element) -> Iterator[Gap]:
    if package.get("software_primaryPurpose") not in _NO_PACKAGE:
        stated = package.get("software_packageVersion")
        what = package["name"] + (f"@{stated}" if stated else "")
        yield Gap(what=what, reason="unknown_ecosystem", detail="the document gives no purl for it")


def _main(graph: list[dict[str, Any]], packages: Mapping[str, Element]) -> str | None:
    """The one package the document is about, when it lists others as well."""
    roots = {
        str(ref)
        for element in graph
        if element["type"] in ("SpdxDocument", "software_Sbom")
        for ref in element.get("rootElement") or ()
    }
    main = [ref for ref in packages if ref in roots]
    return main[0] if len(main) == 1 and len(packages) > 1 else None


def _relations(graph: list[dict[str, Any]]) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Edges, and licence expressions, by the identifier of the package."""
    expressions = {
        str(element.get("spdxId")): str(element.get("simplelicensing_licenseExpression", ""))
        for element in graph
        if element["type"] == "simplelicensing_LicenseExpression"
    }
    needs: dict[str, tuple[str, ...]] = {}
    licenses: dict[str, tuple[str, ...]] = {}
    for element in graph:
        kind, source = element.get("relationshipType"), str(element.get("from"))
        targets = element.get("to") or ()
        targets = [targets] if isinstance(targets, str) else targets
        to = tuple(ref for ref in targets if isinstance(ref, str)) if isinstance(targets, list) else ()
        if kind in _NEEDS:
            needs[source] = tuple(dict.fromkeys((*needs.get(source, ()), *to)))
        elif kind in _LICENSED:
            stated = (expressions.get(ref, "") for ref in to)
            found = tuple(text for text in stated if text not in ("", "NOASSERTION", "NONE"))
            if found:
                licenses[source] = tuple(dict.fromkeys((*licenses.get(source, ()), *found)))
    return needs, licenses


def _purl(package: Element, where: str) -> str | None:
    stated = package.get("software_packageUrl")
    if is_purl(stated):
        return str(stated)
    for identifier in tables(package.get("externalIdentifier"), f"{where}: externalIdentifier of {package['name']}"):
        kind, value = str(identifier.get("externalIdentifierType", "")), identifier.get("identifier")
        if kind.lower() == "packageurl" and is_purl(value):
            return str(value)
    return None


def _hashes(package: Element, where: str) -> Iterator[Digest]:
    for entry in tables(package.get("verifiedUsing"), f"{where}: verifiedUsing"):
        algorithm, value = str(entry.get("algorithm", "")).lower(), str(entry.get("hashValue", "")).lower()
        if entry.get("type") == "Hash" and len(value) == LENGTHS.get(algorithm):
            yield Digest.parse(f"{algorithm}:{value}", where=where)
