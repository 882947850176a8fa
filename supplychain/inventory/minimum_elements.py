"""What an SBOM document says of each minimum element: how many components, or whether the whole, lack it.

NTIA, "The Minimum Elements For a Software Bill of Materials" (2021): supplier, name, version, other unique identifier,
dependency relationship, author, timestamp. CISA, draft of 2025: also hash, licence, tool name and generation context. A
value that says nothing (NOASSERTION, an empty text) is none. Which elements are asked for is policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

OF_COMPONENTS = ("supplier", "name", "version", "unique_id", "dependency", "hash", "license")
"""Elements each component has to have."""
OF_DOCUMENT = ("author", "timestamp", "tool", "generation_context")
"""Elements the document has to have."""
_NOTHING = frozenset({"", "noassertion", "none", "unknown"})
_MAX_PARTS = 2_000_000


def missing_elements(body: Mapping[str, Any], *, cyclonedx: bool) -> dict[str, int]:
    """Count what is missing.

    Args:
        body: A CycloneDX or SPDX 2.x document.
        cyclonedx: Which of both.

    Returns:
        Element to the number of components that lack it; for elements of the document 0 or 1.
    """
    return _cyclonedx(body) if cyclonedx else _spdx(body)


def _cyclonedx(body: Mapping[str, Any]) -> dict[str, int]:
    metadata = _object(body.get("metadata"))
    parts = list(_components(body.get("components")))
    links = _objects(body.get("dependencies"))
    known = {_text(entry.get("ref")) for entry in links} | {
        _text(to) for x in links for to in _list(x.get("dependsOn"))
    }
    rows = [
        {
            "supplier": _named(part.get("supplier"))
            or _named(part.get("manufacturer"))
            or _says(part.get("publisher")),
            "name": _says(part.get("name")),
            "version": _says(part.get("version")),
            "unique_id": any(_says(part.get(key)) for key in ("purl", "cpe")) or bool(part.get("swid")),
            "dependency": bool(part.get("bom-ref")) and _text(part.get("bom-ref")) in known,
            "hash": any(_says(entry.get("content")) for entry in _objects(part.get("hashes"))),
            "license": any(map(_is_license, _objects(part.get("licenses")))),
        }
        for part in parts
    ]
    authors = [*_objects(metadata.get("authors")), metadata.get("supplier"), metadata.get("manufacturer")]
    tools = metadata.get("tools")
    named = (
        tools if isinstance(tools, list) else [part for group in _object(tools).values() for part in _objects(group)]
    )
    return _counted(
        rows,
        author=any(map(_named, [*authors, metadata.get("manufacture")])),
        timestamp=_says(metadata.get("timestamp")),
        tool=any(map(_named, named)),
        generation_context=any(
            _says(_object(x).get("phase")) or _named(x) for x in _objects(metadata.get("lifecycles"))
        ),
    )


def _spdx(body: Mapping[str, Any]) -> dict[str, int]:
    about = _object(body.get("creationInfo"))
    links = _objects(body.get("relationships"))
    related = {_text(link.get(end)) for link in links for end in ("spdxElementId", "relatedSpdxElement")}
    rows = [
        {
            "supplier": _says(part.get("supplier")) or _says(part.get("originator")),
            "name": _says(part.get("name")),
            "version": _says(part.get("versionInfo")),
            "unique_id": any(_says(ref.get("referenceLocator")) for ref in _objects(part.get("externalRefs"))),
            "dependency": _text(part.get("SPDXID")) in related,
            "hash": any(_says(entry.get("checksumValue")) for entry in _objects(part.get("checksums"))),
            "license": any(_says(part.get(key)) for key in ("licenseConcluded", "licenseDeclared")),
        }
        for part in _objects(body.get("packages"))
    ]
    creators = [_text(creator) for creator in _list(about.get("creators"))]
    return _counted(
        rows,
        author=any(c.startswith(("Person:", "Organization:")) and _says(c.partition(":")[2]) for c in creators),
        timestamp=_says(about.get("created")),
        tool=any(c.startswith("Tool:") and _says(c.partition(":")[2]) for c in creators),
        generation_context=_says(about.get("comment")) or _says(body.get("comment")),
    )


def _counted(rows: Iterable[Mapping[str, bool]], **document: bool) -> dict[str, int]:
    listed = list(rows)
    return {element: sum(not row[element] for row in listed) for element in OF_COMPONENTS} | {
        element: int(not document[element]) for element in OF_DOCUMENT
    }


def _components(value: object) -> Iterable[Mapping[str, Any]]:
    """Components with those inside them; nesting is limited by the JSON reader."""
    waiting = _objects(value)
    for count, part in enumerate(waiting):
        if count > _MAX_PARTS:
            return
        waiting += _objects(part.get("components"))
        yield part


def _is_license(entry: Mapping[str, Any]) -> bool:
    choice = _object(entry.get("license"))
    return _says(entry.get("expression")) or _says(choice.get("id")) or _says(choice.get("name"))


def _named(value: object) -> bool:
    return _says(_object(value).get("name"))


def _says(value: object) -> bool:
    return _text(value).strip().lower() not in _NOTHING


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
