"""package-lock.json and npm-shrinkwrap.json, lock file versions 1 to 3, and package.json.

npm's documentation, "package-lock.json"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.inventory.catalogers.interface import (
    OPTIONAL,
    Catalogued,
    Source,
    as_table,
    as_text,
    malformed,
    optional_text,
)
from supplychain.inventory.catalogers.lock import DEVELOPMENT, Listing, Locked, inside, integrity
from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap

_MODULES = "node_modules/"
_EXACT = re.compile(r"=?v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)")
_CODE_HOSTS = re.compile(
    r"(git|ssh|git\+\w+|github|gitlab|bitbucket|gist):|https?://(codeload\.)?(github|gitlab|bitbucket)\."
)
_NEEDS = ("dependencies", "optionalDependencies", "peerDependencies")


def is_elsewhere(location: str) -> bool:
    """Tell whether npm fetched a package from a repository, a path or an address that is no registry."""
    return bool(_CODE_HOSTS.match(location)) or location.startswith(("file:", "link:", "portal:", "workspace:"))


def read_package_lock(source: Source) -> Catalogued:
    """List package-lock.json; the project and the members of its workspace are not components."""
    document = parse_json_object(source.data, where=source.where)
    if "lockfileVersion" not in document and "dependencies" not in document and "packages" not in document:
        raise malformed(source.where, "no npm lock file", expected="lockfileVersion, packages or dependencies")
    listing = Listing(source=source)
    packages = as_table(document.get("packages"), f"{source.where}: packages")
    if packages:
        _read_packages(listing, packages)
    else:
        _read_nested(listing, as_table(document.get("dependencies"), f"{source.where}: dependencies"))
    return listing.catalogued()


def _read_packages(listing: Listing, packages: Mapping[str, Any]) -> None:
    tables = {key: as_table(value, f"{listing.source.where}: packages.{key}") for key, value in packages.items()}
    direct = {found for key in tables if _MODULES not in key for found in _needs(key, tables, ("devDependencies",))}
    for key, entry in tables.items():
        name = str(entry.get("name") or key.rpartition(_MODULES)[2])
        if entry.get("link") is True and listing.is_project("npm", name, str(entry.get("resolved", ""))):
            continue
        if _MODULES not in key and listing.is_project("npm", name if entry.get("name") else "", key or "."):
            continue
        resolved = optional_text(entry.get("resolved"), f"{listing.source.where}: packages.{key}.resolved") or ""
        listing.entries.append(
            Locked(
                kind="npm",
                name=as_text(name, f"{listing.source.where}: packages.{key}"),
                version=optional_text(entry.get("version"), f"{listing.source.where}: packages.{key}.version"),
                key=key,
                hashes=integrity(entry.get("integrity")),
                needs=tuple(_needs(key, tables)),
                elsewhere=resolved if is_elsewhere(resolved) or entry.get("link") else "" if _MODULES in key else key,
                licenses=(entry["license"],) if isinstance(entry.get("license"), str) else (),
                direct=key in direct,
                properties=(DEVELOPMENT,) if entry.get("dev") is True else (),
            )
        )


def _needs(key: str, tables: Mapping[str, Mapping[str, Any]], more: tuple[str, ...] = ()) -> Iterator[str]:
    """The entries a package finds by the search of Node: its own node_modules, then those of each folder above."""
    entry = tables[key]
    for kind in (*_NEEDS, *more):
        for name in as_table(entry.get(kind), f"packages.{key}.{kind}"):
            folder = key
            while True:
                place = f"{folder}/{_MODULES}{name}" if folder else f"{_MODULES}{name}"
                if place in tables:
                    yield place
                    break
                if not folder:
                    break
                folder = folder.rpartition("/")[0]


def _read_nested(listing: Listing, dependencies: Mapping[str, Any]) -> None:
    """Lock file version 1: a tree of names, walked without recursion."""
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", dependencies)]
    while waiting:
        path, table = waiting.pop()
        for name, value in table.items():
            place = f"{path}/{name}"
            entry: Mapping[str, Any] = as_table(value, f"{listing.source.where}: {place}")
            found[place] = (name, entry)
            if entry.get("dependencies"):
                waiting.append((place, as_table(entry["dependencies"], f"{listing.source.where}: {place}")))
    listing.entries += [_nested(listing, name, place, entry, found) for place, (name, entry) in found.items()]


def _nested(listing: Listing, name: str, place: str, entry: Mapping[str, Any], places: Mapping[str, object]) -> Locked:
    version = optional_text(entry.get("version"), f"{listing.source.where}: {place}.version") or ""
    resolved = str(entry.get("resolved") or "")
    if version.startswith("npm:"):
        name, _, version = version.removeprefix("npm:").rpartition("@")
    location = version if is_elsewhere(version) or "://" in version else resolved if is_elsewhere(resolved) else ""
    requires = entry.get("requires")
    return Locked(
        kind="npm",
        name=as_text(name, f"{listing.source.where}: {place}"),
        version=(None if location == version else version) or None,
        key=place,
        hashes=integrity(entry.get("integrity")),
        needs=tuple(_nearest(place, need, places) for need in requires) if isinstance(requires, dict) else (),
        elsewhere=location,
        properties=(DEVELOPMENT,) if entry.get("dev") is True else (),
    )


def _nearest(place: str, need: str, places: Mapping[str, object]) -> str:
    """The place of a name as seen from a place: below it, then below each place above."""
    folder = place
    while folder and f"{folder}/{need}" not in places:
        folder = folder.rpartition("/")[0]
    return f"{folder}/{need}"


def read_package_json(source: Source) -> Catalogued:
    """List what package.json asks for."""
    document = parse_json_object(source.data, where=source.where)
    components: list[Component] = []
    gaps: list[Gap] = []
    asked = False
    for kind in (*_NEEDS, "devDependencies"):
        table = document.get(kind)
        # Registries hold packages whose lists are arrays or empty texts; npm ignores those, and so does this.
        for name, spec in table.items() if isinstance(table, dict) else ():
            asked = True
            if _is_sibling(source, str(spec)):
                continue
            component, gap = _asked(source, name, str(spec), kind)
            components.append(component)
            gaps += [gap] if gap else []
    if not asked:
        return Catalogued(silent=True)
    detail = "no lock file answers for it: what its dependencies bring in is not known"
    gaps.append(Gap(what=str(source.path), reason="not_pinned", detail=detail))
    own = (Locked(kind="npm", name=str(document["name"]), version=None).purl,) if document.get("name") else ()
    return Catalogued(components=tuple(components), gaps=tuple(gaps), projects=own)


def _is_sibling(source: Source, spec: str) -> bool:
    """Tell whether a dependency is another project of this tree, whose own files are read."""
    protocol, colon, path = spec.partition(":")
    if colon and protocol == "workspace":
        return True
    folder = inside(source, path) if colon and protocol in ("file", "link", "portal") else None
    return folder is not None and source.read(folder / "package.json") is not None


def _asked(source: Source, name: str, spec: str, kind: str) -> tuple[Component, Gap | None]:
    if spec.startswith("npm:"):
        real, _, spec = spec.removeprefix("npm:").rpartition("@")
        name = real or name
    exact = _EXACT.fullmatch(spec.strip())
    purl = Locked(kind="npm", name=name, version=exact.group(1) if exact else None).purl
    optional = {"peerDependencies": "peer", "optionalDependencies": "optional", "devDependencies": "development"}
    component = Component(
        name=name,
        version=exact.group(1) if exact else None,
        purl=purl,
        direct=True,
        # Only what a host must bring itself may be missing from its lock file.
        properties=((OPTIONAL, optional[kind]),) if kind in ("peerDependencies", "optionalDependencies") else (),
    )
    reason = "not_from_registry" if is_elsewhere(spec) or "/" in spec else "not_pinned"
    return component, None if exact else Gap(what=purl, reason=reason, detail=f"{source.path}: {name} {spec}"[:200])
