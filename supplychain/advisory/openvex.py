"""Reads OpenVEX (https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md), version 0.2.0 and its 0.0.x forerunner.

Strict about what decides (status, products, times, the reason for "not affected"); a field it does not know is named in
the notes of the document, because a misspelt field must not vanish.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from supplychain.advisory.vex import (
    EXPIRES,
    Product,
    Scope,
    VexDocument,
    VexStatement,
    VexStatus,
    bad_vex,
    problem_names,
)
from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput

_DOCUMENT = frozenset(
    {"@context", "@id", "author", "role", "timestamp", "last_updated", "version", "tooling", "statements", "format"}
)
_STATEMENT = frozenset(
    {"@id", "version", "vulnerability", "vuln_description", "timestamp", "last_updated", "products", "subcomponents"}
    | {"status", "supplier", "status_notes", "justification", "impact_statement", "impact_statement_timestamp"}
    | {"action_statement", "action_statement_timestamp"}
)
_JUSTIFICATIONS = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)


def read_openvex(body: Mapping[str, Any], *, where: str) -> VexDocument:
    """Read a parsed OpenVEX document.

    Raises:
        MalformedInput: A field that decides is missing or wrong; the message names the statement.
    """
    given = body.get("statements")
    if not isinstance(given, list) or not given:
        raise bad_vex(where, "no statements", expected="a list of at least one statement", found=given)
    inherited = _latest(body, where), _time(body, EXPIRES, where)
    statements = tuple(
        _statement(_mapping(item, f"{where}: statement {number}"), where, number, inherited)
        for number, item in enumerate(given, start=1)
    )
    unknown = {f"the field {name!r}" for name in set(body) - _DOCUMENT - {EXPIRES}}
    unknown |= {f"the field {name!r} of a statement" for item in given for name in set(item) - _STATEMENT - {EXPIRES}}
    return VexDocument(
        where=where,
        format="OpenVEX",
        author=_text(body, "author", where),
        statements=statements,
        notes=tuple(f"{what} is not part of OpenVEX and was not read" for what in sorted(unknown)),
    )


def _statement(
    item: Mapping[str, Any], document: str, number: int, inherited: tuple[datetime | None, datetime | None]
) -> VexStatement:
    where = f"{document}: statement {number}"
    status = _status(item, where)
    justification, impact = _text(item, "justification", where), _text(item, "impact_statement", where)
    if justification and justification not in _JUSTIFICATIONS:
        expected = ", ".join(sorted(_JUSTIFICATIONS))
        raise bad_vex(where, "not a justification", expected=expected, found=justification)
    if status is VexStatus.NOT_AFFECTED and not justification and not impact:
        raise bad_vex(
            where, "not_affected without a reason", expected="a justification or an impact_statement (OpenVEX 0.2.0)"
        )
    products = item.get("products", [])
    if not isinstance(products, list):
        raise bad_vex(where, "products is no list", expected="a list of products", found=products)
    general = _products(item.get("subcomponents", []), where)
    time, expires = inherited
    return VexStatement(
        document=document,
        number=number,
        ids=_names(item.get("vulnerability"), where),
        status=status,
        scopes=tuple(scope for product in products for scope in _scopes(product, general, where)),
        time=_latest(item, where) or time,
        expires=_time(item, EXPIRES, where) or expires,
        justification=justification,
        impact=impact,
        problem="" if products else "names no product",
    )


def _status(item: Mapping[str, Any], where: str) -> VexStatus:
    text = item.get("status")
    if text not in set(VexStatus):
        raise bad_vex(where, "not a status", expected=", ".join(sorted(VexStatus)), found=text)
    return VexStatus(text)


def _names(value: object, where: str) -> tuple[str, ...]:
    body = {"name": value} if isinstance(value, str) else value
    if not isinstance(body, dict) or not isinstance(body.get("name"), str) or not body["name"]:
        raise bad_vex(where, "the vulnerability has no name", expected='{"name": "CVE-…"}', found=value)
    aliases = body.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise bad_vex(where, "aliases is no list of text", expected='["GHSA-…"]', found=aliases)
    return problem_names(body["name"], *aliases)


def _scopes(value: object, general: Iterable[Product], where: str) -> Iterator[Scope]:
    product = _product(value, where)
    own = _products(value.get("subcomponents", []), where) if isinstance(value, dict) else ()
    parts = (*own, *general)
    if not parts:
        yield Scope(product=product)
    for part in parts:
        yield Scope(product=product, part=part)


def _products(value: object, where: str) -> tuple[Product, ...]:
    if not isinstance(value, list):
        raise bad_vex(where, "subcomponents is no list", expected="a list of components", found=value)
    return tuple(_product(item, where) for item in value)


def _product(value: object, where: str) -> Product:
    body = {"@id": value} if isinstance(value, str) else value
    if not isinstance(body, dict):
        raise bad_vex(where, "a product is no object", expected='{"@id": "pkg:…"}', found=value)
    name = _text(body, "@id", where)
    identifiers = _mapping(body.get("identifiers", {}), f"{where}: identifiers")
    purl = _text(identifiers, "purl", where) or (name if name.lower().startswith("pkg:") else "")
    text = purl or name or next((str(other) for other in identifiers.values()), "")
    if not text:
        raise bad_vex(where, "a product has no name", expected="@id or identifiers", found=value)
    hashes = tuple(_hashes(_mapping(body.get("hashes", {}), f"{where}: hashes"), where))
    return named_product(text, purl, hashes)


def named_product(text: str, purl: str, hashes: tuple[Digest, ...] = ()) -> Product:
    """A product by purl and hashes; `@*` for a version says in so many words that every version is meant."""
    head, star, tail = purl.partition("@*")
    every = bool(star) and tail[:1] in ("", "?", "#")
    return Product(text=text, purl=head + tail if every else purl, hashes=hashes, every_version=every)


def _hashes(given: Mapping[str, Any], where: str) -> Iterator[Digest]:
    for name, value in sorted(given.items()):
        algorithm = name.lower().replace("-", "")
        if algorithm in LENGTHS:
            yield Digest.parse(f"{algorithm}:{str(value).lower()}", where=f"{where}: hashes")


def _latest(item: Mapping[str, Any], where: str) -> datetime | None:
    return _time(item, "last_updated", where) or _time(item, "timestamp", where)


def _time(item: Mapping[str, Any], field: str, where: str) -> datetime | None:
    return parse_time(item[field], where=f"{where}: {field}") if field in item else None


def _text(item: Mapping[str, Any], field: str, where: str) -> str:
    value = item.get(field, "")
    if not isinstance(value, str):
        raise bad_vex(where, f"{field} is no text", expected="text", found=value)
    return value.strip()


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MalformedInput("not an object", code="BAD_VEX", where=where, expected="an object", found=repr(value)[:80])
    return value
