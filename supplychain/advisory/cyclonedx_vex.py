"""Reads the `vulnerabilities` of a CycloneDX document (1.4 and later) as VEX: those that carry an `analysis`.

https://cyclonedx.org/capabilities/vex/. A reference is the name of a component of the same document, a BOM-Link
(`urn:cdx:…#name`), or a purl. What a document lists below a described thing, it says about that thing and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from supplychain.advisory.openvex import named_product
from supplychain.advisory.vex import EXPIRES, Product, Scope, VexDocument, VexStatement, VexStatus, problem_names
from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput
from supplychain.inventory.cyclonedx_schema import validate_cyclonedx

_STATES: Mapping[str, VexStatus] = {
    "resolved": VexStatus.FIXED,
    "resolved_with_pedigree": VexStatus.FIXED,
    "exploitable": VexStatus.AFFECTED,
    "in_triage": VexStatus.UNDER_INVESTIGATION,
    "false_positive": VexStatus.NOT_AFFECTED,
    "not_affected": VexStatus.NOT_AFFECTED,
}


@dataclass(frozen=True, slots=True)
class _Names:
    """What the references of a document stand for."""

    products: Mapping[str, Product]
    described: Product | None
    described_ref: str


def read_cyclonedx_vex(data: bytes, *, where: str) -> VexDocument:
    """Read a CycloneDX document as VEX.

    Raises:
        MalformedInput: Not valid CycloneDX, a time that is none, or no vulnerability that is analysed: no VEX.
    """
    body = validate_cyclonedx(data, where=where, repeats=True)
    names = _names(body)
    metadata = body.get("metadata") or {}
    general = _time(metadata.get("timestamp"), where), _expires(metadata, where)
    statements: list[VexStatement] = []
    silent = 0
    for number, item in enumerate(body.get("vulnerabilities") or [], start=1):
        if "state" in (item.get("analysis") or {}):
            statements += _statements(item, names, where, number, general)
        else:
            silent += 1
    if not statements:
        raise MalformedInput(
            "the document analyses no vulnerability, so it is no VEX",
            code="EMPTY_VEX",
            where=where,
            expected="vulnerabilities with analysis.state",
            found=f"{silent} without analysis",
        )
    author = next((str(a.get("name", "")) for a in metadata.get("authors") or []), "")
    notes = (f"{silent} vulnerabilities carry no analysis and say nothing",) if silent else ()
    return VexDocument(where=where, format="CycloneDX", author=author, statements=tuple(statements), notes=notes)


def _statements(
    item: Mapping[str, Any],
    names: _Names,
    where: str,
    number: int,
    general: tuple[datetime | None, datetime | None],
) -> Iterator[VexStatement]:
    """One statement for each status that the versions of the entry have."""
    analysis, place = item["analysis"], f"{where}: vulnerability {number}"
    state = _STATES[analysis["state"]]
    justification, detail = analysis.get("justification", ""), (analysis.get("detail") or "").strip()
    scopes: dict[VexStatus, list[Scope]] = {}
    for affected in item.get("affects") or []:
        for status, scope in _affected(affected, names, state):
            scopes.setdefault(status, []).append(scope)
    stated = (analysis.get("lastUpdated"), analysis.get("firstIssued"), item.get("updated"), item.get("published"))
    references = [entry.get("id", "") for entry in item.get("references") or []]
    for status, found in (scopes or {state: []}).items():
        unjustified = status is VexStatus.NOT_AFFECTED and not justification and not detail
        yield VexStatement(
            document=where,
            number=number,
            ids=problem_names(item.get("id") or "(no id)", *references),
            status=status,
            scopes=tuple(found),
            time=next((_time(text, place) for text in stated if text), None) or general[0],
            expires=_expires(item, place) or general[1],
            justification=justification,
            impact=detail,
            problem="names no product" if not found else "not affected, without a reason" if unjustified else "",
        )


def _affected(affected: Mapping[str, Any], names: _Names, state: VexStatus) -> Iterator[tuple[VexStatus, Scope]]:
    """The scopes of one `affects` entry; its versions narrow the product and may have a status of their own."""
    product, inside = _resolve(affected["ref"], names)
    for entry in affected.get("versions") or [{}]:
        status = {"unaffected": VexStatus.NOT_AFFECTED, "unknown": VexStatus.UNDER_INVESTIGATION}.get(
            entry.get("status", "affected"), state
        )
        narrowed = _narrowed(product, entry)
        if inside and names.described is not None:
            yield status, Scope(product=names.described, part=narrowed)
        else:
            yield status, Scope(product=narrowed)


def _narrowed(product: Product, entry: Mapping[str, Any]) -> Product:
    version, span = entry.get("version"), entry.get("range")
    if span is not None:
        if span.startswith("vers:") and span.endswith("/*"):
            return replace(product, every_version=True)
        return replace(product, problem=f"is limited by the range {span}, and ranges are not evaluated here")
    if version is None or not product.purl:
        return product
    head, separator, rest = product.purl.partition("?")
    path, at, stated = head.rpartition("@")
    if at and "/" not in stated and stated and unquote(stated) != version:
        return replace(product, problem=f"is {product.purl}, and limited to the version {version}, which is another")
    bare = path if at and "/" not in stated else head
    purl = f"{bare}@{version}{separator}{rest}"
    return replace(product, text=purl, purl=purl)


def _resolve(ref: str, names: _Names) -> tuple[Product, bool]:
    """What a reference stands for, and whether it is a part of the thing the document describes."""
    if ref == names.described_ref and names.described is not None:
        return names.described, False
    if ref in names.products:
        return names.products[ref], True
    name = unquote(ref.partition("#")[2]) if ref.lower().startswith("urn:cdx:") else ref
    if name in names.products:
        return names.products[name], True
    if name.lower().startswith("pkg:"):
        return named_product(name, name), False
    return Product(text=ref, problem="is a reference to nothing in this document, and no package URL"), False


def _names(body: Mapping[str, Any]) -> _Names:
    main = (body.get("metadata") or {}).get("component") or {}
    waiting = [*(body.get("components") or []), *(main.get("components") or [])]
    products: dict[str, Product] = {}
    while waiting:
        item = waiting.pop()
        waiting += item.get("components") or []
        if item.get("bom-ref"):
            products[item["bom-ref"]] = _product(item)
    described = _product(main) if main.get("name") else None
    return _Names(products=products, described=described, described_ref=main.get("bom-ref", ""))


def _product(item: Mapping[str, Any]) -> Product:
    hashes = []
    for entry in item.get("hashes") or []:
        algorithm = entry["alg"].replace("-", "").lower()
        if LENGTHS.get(algorithm) == len(entry["content"]):
            hashes.append(Digest.parse(f"{algorithm}:{entry['content'].lower()}"))
    purl = item.get("purl") or ""
    named = item["name"] + (f"@{item['version']}" if item.get("version") else "")
    return named_product(purl or named, purl, tuple(sorted(hashes)))


def _expires(item: Mapping[str, Any], where: str) -> datetime | None:
    found = [entry.get("value") for entry in item.get("properties") or [] if entry.get("name") == EXPIRES]
    return min((parse_time(text, where=f"{where}: {EXPIRES}") for text in found), default=None)


def _time(text: object, where: str) -> datetime | None:
    return parse_time(text, where=where) if text else None
