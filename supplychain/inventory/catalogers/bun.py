"""bun.lock (https://bun.com/docs/pm/lockfile): JSON in which a comma may follow the last member.

`packages` maps the place of a package (`a`, or `a/b` for the `b` that only `a` sees) to a list: `name@version`, for
packages of a registry its address ("" is the usual one), a table of what it needs, and its integrity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_list, as_table, malformed
from supplychain.inventory.catalogers.lock import Listing, Locked, inside, integrity
from supplychain.inventory.catalogers.node import is_elsewhere

_TRAILING_COMMA = re.compile(rb'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
_PART = re.compile(r"@[^/]+/[^/]+|[^/]+")
_NEEDS = ("dependencies", "optionalDependencies", "peerDependencies")
_ASKED = (*_NEEDS, "devDependencies")


def read_bun(source: Source) -> Catalogued:
    """List bun.lock; the project and the members of its workspace are not components."""
    plain = _TRAILING_COMMA.sub(lambda match: match.group(1) or b"", source.data)
    document = parse_json_object(plain, where=source.where)
    if "lockfileVersion" not in document or "workspaces" not in document:
        raise malformed(source.where, "no bun lock file", expected="lockfileVersion and workspaces")
    listing = Listing(source=source)
    packages = as_table(document.get("packages"), f"{source.where}: packages")
    direct = set()
    for path, value in as_table(document["workspaces"], f"{source.where}: workspaces").items():
        member = as_table(value, f"{source.where}: workspaces.{path}")
        name = str(member.get("name") or "")
        listing.is_project("npm", name, path or ".")
        direct |= set(_needs(name, member, packages, _ASKED))
    for place, value in packages.items():
        _add(listing, place, as_list(value, f"{source.where}: packages.{place}"), packages, direct)
    return listing.catalogued()


def _add(listing: Listing, place: str, entry: list[Any], packages: Mapping[str, Any], direct: set[str]) -> None:
    stated = entry[0] if entry else None
    if not isinstance(stated, str) or "@" not in stated[1:]:
        listing.gap(place, "unreadable", "the entry names no package and version")
        return
    bare, _, version = stated[1:].partition("@")
    name = stated[0] + bare
    if version.startswith(("workspace:", "root:")) or (version.startswith("file:") and _is_sibling(listing, version)):
        return
    elsewhere = version if is_elsewhere(version) or "://" in version or "/" in version else ""
    details = next((item for item in entry[1:3] if isinstance(item, dict)), {})
    listing.entries.append(
        Locked(
            kind="npm",
            name=name,
            version=None if elsewhere else version or None,
            key=place,
            hashes=integrity(entry[3]) if len(entry) > 3 else (),
            needs=tuple(_needs(place, details, packages, _NEEDS)),
            elsewhere=elsewhere,
            direct=place in direct,
        )
    )


def _is_sibling(listing: Listing, version: str) -> bool:
    """Tell whether a path leads to another project of this tree, whose own files are read."""
    path = version.removeprefix("file:")
    folder = inside(listing.source, path)
    if folder is None or listing.source.read(folder / "package.json") is None:
        return False
    return listing.is_project("npm", "", path)


def _needs(place: str, table: Mapping[str, Any], packages: Mapping[str, Any], kinds: tuple[str, ...]) -> Iterator[str]:
    """The entries that a package sees under the names it asks for: its own first, then those of each place above."""
    for kind in kinds:
        for name in as_table(table.get(kind), kind):
            parts = _PART.findall(place)
            while parts and "/".join([*parts, name]) not in packages:
                parts.pop()
            found = "/".join([*parts, name])
            if found in packages:
                yield found
