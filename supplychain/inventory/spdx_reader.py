"""Reads SPDX JSON: versions 2.2 and 2.3 here, 3.0 through `spdx3_reader`.

A package is a component when it has a purl among its external references; purls stay exactly as written. A package
without one is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.encoding import parse_json_object
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx_reader import is_purl, split_purl
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.inventory.spdx_fields import malformed, tables, text

ANNOTATION = "supplychain: "
"""Begins the annotations that carry what SPDX has no field for; a JSON object follows."""

_NO_LICENSE = frozenset({"", "NOASSERTION", "NONE"})
_NO_PACKAGE = frozenset({"OPERATING-SYSTEM", "OPERATING_SYSTEM", "FILE"})
_RELATION = ("spdxElementId", "relationshipType", "relatedSpdxElement")
_FORWARD = frozenset({"DEPENDS_ON"})
_BACKWARD = frozenset(
    {"DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF", "DEV_DEPENDENCY_OF", "OPTIONAL_DEPENDENCY_OF"}
    | {"PROVIDED_DEPENDENCY_OF", "TEST_DEPENDENCY_OF"}
)


def parse_spdx(data: bytes, *, where: str) -> Sbom:
    """Parse an SPDX JSON document.

    Args:
        data: The document.
        where: Its name, for messages.

    Raises:
        MalformedInput: Not SPDX 2.2, 2.3 or 3.0 JSON, or its parts have the wrong shape.
    """
    document = parse_json_object(data, where=where)
    if "@graph" in document or "@context" in document:
        from supplychain.inventory.spdx3_reader import read_spdx3

        return read_spdx3(document, where=where)
    version = document.get("spdxVersion")
    if version not in ("SPDX-2.2", "SPDX-2.3"):
        raise malformed(where, "not an SPDX document of an accepted version", "SPDX-2.2, SPDX-2.3 or 3.0", version)
    for key in ("SPDXID", "name", "creationInfo", "dataLicense"):
        if not document.get(key):
            raise malformed(where, "a required field is missing", key, None)
    return _read(document, where)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Graph:
    """What the relationships say."""

    described: frozenset[str]
    needs: Mapping[str, tuple[str, ...]]
    elsewhere: tuple[str, ...]
    """References into other documents."""
    open_ended: bool
    """Some dependency is stated to be unknown."""


def _read(document: Mapping[str, Any], where: str) -> Sbom:
    packages = tables(document.get("packages"), f"{where}: packages")
    for index, package in enumerate(packages):
        text(package.get("name"), f"{where}: packages[{index}].name")
        text(package.get("SPDXID"), f"{where}: packages[{index}].SPDXID")
    graph = _graph(document, where)
    main = _main(packages, graph.described)
    purls = {package["SPDXID"]: _purls(package, where) for package in packages}
    named = {
        info.get("licenseId"): info.get("name") or info.get("licenseId")
        for info in tables(document.get("hasExtractedLicensingInfos"), f"{where}: hasExtractedLicensingInfos")
    }
    facts = list(_facts(document, where))
    gaps = [Gap(what=f["gap"], reason=f.get("reason", ""), detail=f.get("detail", "")) for f in facts if "gap" in f]
    components: list[Component] = []
    explained = {gap.what for gap in gaps}
    if graph.open_ended and not gaps:
        gaps.append(Gap(what=where, reason="unreadable", detail="the document says of itself that it is incomplete"))
    gaps += [Gap(what=ref, reason="unreadable", detail="stands in another document") for ref in graph.elsewhere]
    for package in packages:
        if package is main:
            continue
        for component, gap in _listed(package, purls, graph, named, main):
            components += [component] if component else []
            gaps += [gap] if gap and gap.what not in explained else []
    return Sbom.of(
        str((main or document)["name"]),
        components,
        version=(main or {}).get("versionInfo") or None,
        subjects=tuple(Artifact(name=main["name"], digest=d) for d in checksums(main, where)) if main else (),
        gaps=tuple(dict.fromkeys(gaps)),
        sources=tuple(fact["source"] for fact in facts if "source" in fact),
        excluded=tuple(fact["excluded"] for fact in facts if "excluded" in fact),
    )


def _main(packages: list[dict[str, Any]], described: frozenset[str]) -> dict[str, Any] | None:
    """The one package the document is about, when it lists others as well; a lone package is what it is made of."""
    main = [package for package in packages if package["SPDXID"] in described]
    return main[0] if len(main) == 1 and len(packages) > 1 else None


def _listed(
    package: Mapping[str, Any],
    purls: Mapping[str, tuple[str, ...]],
    graph: _Graph,
    named: Mapping[Any, Any],
    main: Mapping[str, Any] | None,
) -> Iterator[tuple[Component | None, Gap | None]]:
    stated = package.get("versionInfo") or None
    own = purls[package["SPDXID"]]
    if not own:
        if package.get("primaryPackagePurpose") not in _NO_PACKAGE:
            what = package["name"] + (f"@{stated}" if stated else "")
            yield None, Gap(what=what, reason="unknown_ecosystem", detail="the document gives no purl for it")
        return
    direct = graph.needs.get(main["SPDXID"]) if main else None
    needs = [purl for ref in graph.needs.get(package["SPDXID"], ()) for purl in purls.get(ref, ())[:1]]
    for purl in own:
        name, version = split_purl(purl)
        component = Component(
            name=name,
            version=version or (str(stated) if stated else None),
            purl=purl,
            licenses=_licenses(package, named),
            hashes=tuple(sorted(checksums(package, package["SPDXID"]))),
            depends_on=tuple(dict.fromkeys(needs)),
            direct=package["SPDXID"] in direct if direct else None,
        )
        gap = None if component.version else Gap(what=purl, reason="no_version", detail="the document gives no version")
        yield component, gap


def _purls(package: Mapping[str, Any], where: str) -> tuple[str, ...]:
    refs = tables(package.get("externalRefs"), f"{where}: externalRefs of {package['name']}")
    found = (
        str(ref.get("referenceLocator", "")).strip()
        for ref in refs
        if str(ref.get("referenceType", "")).rsplit("/", 1)[-1].lower() == "purl"
    )
    return tuple(dict.fromkeys(purl for purl in found if is_purl(purl)))


def _licenses(package: Mapping[str, Any], named: Mapping[Any, Any]) -> tuple[str, ...]:
    for key in ("licenseConcluded", "licenseDeclared"):
        value = package.get(key)
        if isinstance(value, str) and value not in _NO_LICENSE:
            return (str(named.get(value, value)),)
    return ()


def _graph(document: Mapping[str, Any], where: str) -> _Graph:
    described = {ref for ref in document.get("documentDescribes") or () if isinstance(ref, str)}
    needs: dict[str, list[str]] = {}
    elsewhere: list[str] = []
    open_ended = False
    for relation in tables(document.get("relationships"), f"{where}: relationships"):
        source, kind, to = (str(relation.get(key, "")) for key in _RELATION)
        if kind == "DESCRIBES" and source == document["SPDXID"]:
            described.add(to)
        elif kind == "DESCRIBED_BY":
            described.add(source)
        elif kind in _FORWARD | {"CONTAINS"} and to.startswith("DocumentRef-"):
            elsewhere.append(to)
        elif kind in _FORWARD and to == "NOASSERTION":
            open_ended = True
        elif kind in _FORWARD:
            needs.setdefault(source, []).append(to)
        elif kind in _BACKWARD:
            needs.setdefault(to, []).append(source)
    edges = {source: tuple(targets) for source, targets in needs.items()}
    return _Graph(
        described=frozenset(described), needs=edges, elsewhere=tuple(dict.fromkeys(elsewhere)), open_ended=open_ended
    )


def _facts(document: Mapping[str, Any], where: str) -> Iterator[dict[str, str]]:
    for annotation in tables(document.get("annotations"), f"{where}: annotations"):
        comment = str(annotation.get("comment", ""))
        if comment.startswith(ANNOTATION):
            fact = parse_json_object(comment.removeprefix(ANNOTATION).encode(), where=f"{where}: annotations")
            yield {key: str(value) for key, value in fact.items()}


def checksums(package: Mapping[str, Any], where: str) -> Iterable[Digest]:
    """The digests of a package that can be trusted. Raises MalformedInput for a list of the wrong shape."""
    for entry in tables(package.get("checksums"), f"{where}: checksums"):
        algorithm = str(entry.get("algorithm", "")).lower()
        value = str(entry.get("checksumValue", "")).lower()
        if algorithm in LENGTHS and len(value) == LENGTHS[algorithm]:
            yield Digest.parse(f"{algorithm}:{value}", where=where)
