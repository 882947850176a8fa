"""Reads CycloneDX JSON made by any tool, versions 1.2 to 1.7.

Nested components are flattened; purls are kept exactly as written, so that a finding names what the document names. A
component that cannot be looked up is a gap, not a component left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx_schema import validate_cyclonedx
from supplychain.inventory.purl import parse_purl
from supplychain.inventory.sbom import Gap, Sbom

GAP = "supplychain:gap"
SOURCE = "supplychain:source"
EXCLUDED = "supplychain:excluded"
ORIGIN = "supplychain:origin"
DIRECT = "supplychain:direct"
DISTRIBUTION = "supplychain:distribution"
"""Names of the properties that carry what CycloneDX has no field for."""

_NO_PACKAGE = frozenset({"file", "data", "operating-system", "cryptographic-asset", "machine-learning-model"})
"""Component types that are no packages: without a purl they are descriptions, not gaps."""


def parse_cyclonedx(data: bytes, *, where: str) -> Sbom:
    """Parse and validate a CycloneDX JSON document.

    Args:
        data: The document.
        where: Its name, for messages.

    Raises:
        MalformedInput: Not valid CycloneDX 1.2 to 1.7.
    """
    return read_document(validate_cyclonedx(data, where=where, repeats=True), where=where)


def read_document(document: Mapping[str, Any], *, where: str) -> Sbom:
    """Read a document that was validated already."""
    metadata = document.get("metadata") or {}
    main = metadata.get("component") or {}
    listed = list(_flatten([*document.get("components", []), *main.get("components", [])]))
    refs = {item["bom-ref"]: item["purl"] for item in listed if item.get("bom-ref") and is_purl(item.get("purl"))}
    needs = _edges(document.get("dependencies", []), refs, main.get("bom-ref"))
    properties = _properties(metadata)
    components: list[Component] = []
    gaps = list(_stated_gaps(properties, document, where))
    explained = {gap.what for gap in gaps}
    # Our own documents state for each component whether it is direct; others leave it to the graph.
    stated = any(name == DIRECT for item in listed for name, _ in _properties(item))
    for item in listed:
        component, gap = _component(item, needs, None if stated else main.get("bom-ref"))
        components += [component] if component else []
        gaps += [gap] if gap and gap.what not in explained else []
    return Sbom.of(
        main.get("name") or where,
        components,
        version=main.get("version") or None,
        subjects=_subjects(main),
        gaps=tuple(dict.fromkeys(gaps)),
        sources=tuple(value for name, value in properties if name == SOURCE),
        excluded=tuple(value for name, value in properties if name == EXCLUDED),
        kind="container" if main.get("type") == "container" else "application",
        properties=tuple(pair for pair in properties if pair[0] not in (GAP, SOURCE, EXCLUDED)),
    )


def _flatten(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    waiting = list(items)[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += item.get("components", [])[::-1]


def _edges(entries: Iterable[dict[str, Any]], refs: Mapping[str, str], main: str | None) -> dict[str, tuple[str, ...]]:
    """What each purl (or the reference of the described thing) depends on; unknown references are left out."""
    needs: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        source = entry["ref"] if entry["ref"] == main else refs.get(entry["ref"])
        if source is not None:
            needs[source] = tuple(dict.fromkeys(refs[ref] for ref in entry.get("dependsOn", []) if ref in refs))
    return needs


def _component(
    item: Mapping[str, Any], needs: Mapping[str, tuple[str, ...]], main: str | None
) -> tuple[Component | None, Gap | None]:
    purl, stated = item.get("purl"), item.get("version") or None
    if not isinstance(purl, str) or not is_purl(purl):
        if purl is None and item.get("type") in _NO_PACKAGE:
            return None, None
        what = "/".join(filter(None, (item.get("group"), item["name"]))) + (f"@{stated}" if stated else "")
        detail = "the document gives no purl for it" if purl is None else f"not a purl: {purl}"
        return None, Gap(what=what, reason="unknown_ecosystem", detail=detail[:200])
    name, version = split_purl(purl)
    properties = _properties(item)
    known = dict(properties)
    direct = purl in needs[main] if main and main in needs else None
    component = Component(
        # The namespace of a distribution package is the distribution, and no part of its name.
        name=name.rpartition("/")[2] if purl[:8].lower() in ("pkg:deb/", "pkg:apk/", "pkg:rpm/") else name,
        version=version or stated,
        purl=purl,
        licenses=tuple(dict.fromkeys(_licenses(item))),
        hashes=_hashes(item.get("hashes", [])),
        depends_on=needs.get(purl, ()),
        direct={"true": True, "false": False}.get(known.get(DIRECT, ""), direct),
        origin=known.get(ORIGIN, ""),
        properties=tuple(pair for pair in properties if pair[0] not in (DIRECT, ORIGIN)),
    )
    gap = None if component.version else Gap(what=purl, reason="no_version", detail="the document gives no version")
    return component, gap


def is_purl(text: object) -> bool:
    """Tell whether a text is a package URL that its type allows."""
    if not isinstance(text, str):
        return False
    try:
        parse_purl(text)
    except MalformedInput:
        return False
    return True


def split_purl(purl: str) -> tuple[str, str | None]:
    """Name as the ecosystem writes it (`@scope/name`, `group:artifact`) and version of a purl, decoded.

    Raises:
        MalformedInput: `BAD_PURL`.
    """
    parts = parse_purl(purl)
    separator = ":" if parts.type == "maven" else "/"
    return f"{parts.namespace}{separator}{parts.name}" if parts.namespace else parts.name, parts.version


def _licenses(item: Mapping[str, Any]) -> Iterator[str]:
    for choice in item.get("licenses", []):
        named = choice.get("license") or {}
        text = choice.get("expression") or named.get("id") or named.get("name")
        if text:
            yield text


def _hashes(entries: Iterable[Mapping[str, str]]) -> tuple[Digest, ...]:
    found = set()
    for entry in entries:
        algorithm = entry["alg"].replace("-", "").lower()
        if algorithm in LENGTHS:
            try:
                found.add(Digest.parse(f"{algorithm}:{entry['content'].lower()}"))
            except MalformedInput:
                # The schema checks digits, not that their number fits the algorithm; such a hash matches nothing.
                continue
    return tuple(sorted(found))


def _properties(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((p.get("name", ""), p.get("value", "")) for p in item.get("properties", []))


def _subjects(main: Mapping[str, Any]) -> tuple[Artifact, ...]:
    described = [main, *(item for item in main.get("components", []) if item.get("type") == "file")]
    named = ((item["name"], _hashes(item.get("hashes", []))) for item in described if "name" in item)
    return tuple(Artifact(name=name, digest=digests[0]) for name, digests in named if digests)


def _stated_gaps(properties: Iterable[tuple[str, str]], document: Mapping[str, Any], where: str) -> Iterator[Gap]:
    """Gaps this package wrote, else the word of another tool that its list is incomplete."""
    own = [value for name, value in properties if name == GAP]
    for value in own:
        gap = parse_json_object(value.encode(), where=f"{where}: property {GAP}")
        yield Gap(what=str(gap.get("what")), reason=str(gap.get("reason")), detail=str(gap.get("detail", "")))
    aggregates = {str(c.get("aggregate", "")) for c in document.get("compositions", [])}
    if not own and any(word.startswith("incomplete") for word in aggregates):
        yield Gap(what=where, reason="unreadable", detail="the document says of itself that it is incomplete")
