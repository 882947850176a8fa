"""pnpm-lock.yaml, lock file versions 5 to 9 (https://github.com/pnpm/spec/tree/master/lockfile)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from supplychain.encoding import parse_yaml
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_table, malformed
from supplychain.inventory.catalogers.lock import DEVELOPMENT, Listing, Locked, integrity
from supplychain.inventory.catalogers.yarn import MAX_YAML, split_pattern

_SLASHED = re.compile(r"(?:[^/@][^/]*/)?/?((?:@[^/]+/)?[^/@][^/]*)/(\d[^/_(]*)(?:[_(].*)?")
_KINDS = ("dependencies", "devDependencies", "optionalDependencies")


def read_pnpm(source: Source) -> Catalogued:
    """List pnpm-lock.yaml; the projects of the workspace are not components."""
    document = as_table(parse_yaml(source.data, where=source.where, max_bytes=MAX_YAML), source.where)
    if "lockfileVersion" not in document:
        raise malformed(source.where, "no pnpm lock file, or cut short", expected="lockfileVersion")
    listing = Listing(source=source)
    importers = as_table(document.get("importers") or {".": document}, f"{source.where}: importers")
    direct = set()
    for folder, importer in importers.items():
        listing.is_project("npm", "", folder)
        direct |= _asked(as_table(importer, f"{source.where}: importers.{folder}"), source)
    snapshots = as_table(document.get("snapshots"), f"{source.where}: snapshots")
    needs: dict[str, set[str]] = {}
    for key, snapshot in snapshots.items():
        needs.setdefault(_bare(key), set()).update(_needs(as_table(snapshot, f"{source.where}: {key}")))
    for key, value in as_table(document.get("packages"), f"{source.where}: packages").items():
        _entry(listing, key, as_table(value, f"{source.where}: packages.{key}"), direct, needs)
    return listing.catalogued()


def _asked(importer: Mapping[str, Any], source: Source) -> set[str]:
    """Keys of what a project asks for itself."""
    found = set()
    for kind in _KINDS:
        for name, value in as_table(importer.get(kind), f"{source.where}: {kind}").items():
            version = value.get("version") if isinstance(value, dict) else value
            found.add(_key(name, str(version)))
    return found


def _needs(entry: Mapping[str, Any]) -> set[str]:
    tables = (entry.get(kind) for kind in ("dependencies", "optionalDependencies"))
    return {_key(name, str(version)) for table in tables if isinstance(table, dict) for name, version in table.items()}


def _key(name: str, version: str) -> str:
    """`name@version` as entries are filed, from a version that may be an alias (`/other/1.0.0`, `other@1.0.0`)."""
    bare = _bare(version)
    if bare[:1].isdigit():
        return f"{name}@{bare.split('_', 1)[0]}"
    if slashed := _SLASHED.fullmatch(bare):
        return f"{slashed.group(1)}@{slashed.group(2)}"
    if split_pattern(bare)[1] and "://" not in bare:
        return bare
    return f"{name}@{bare}"


def _bare(key: str) -> str:
    """A key without the leading slash and without the peers it was resolved with."""
    return key.split("(", 1)[0].removeprefix("/") if "://" not in key else key.split("(", 1)[0]


def _entry(
    listing: Listing, key: str, entry: Mapping[str, Any], direct: set[str], needs: Mapping[str, set[str]]
) -> None:
    name, version = _name_and_version(key)
    resolution = as_table(entry.get("resolution"), f"{listing.source.where}: {key}.resolution")
    name = str(entry.get("name") or name)
    version = str(entry.get("version") or version)
    location = _location(key, resolution)
    if resolution.get("type") == "directory" and listing.is_project("npm", name, str(resolution.get("directory"))):
        return
    if not name:
        listing.gap(key, "unreadable", "the key names no package")
        return
    filed = f"{name}@{version}"
    listing.entries.append(
        Locked(
            kind="npm",
            name=name,
            version=version or None,
            key=filed,
            hashes=integrity(resolution.get("integrity")),
            needs=tuple(sorted(_needs(entry) | needs.get(_bare(key), set()))),
            elsewhere=location,
            direct=filed in direct or _bare(key) in direct,
            properties=(DEVELOPMENT,) if entry.get("dev") is True else (),
        )
    )


def _location(key: str, resolution: Mapping[str, Any]) -> str:
    if resolution.get("repo"):
        return f"git+{resolution['repo']}@{resolution.get('commit')}".replace("git+git+", "git+")
    tarball = str(resolution.get("tarball") or "")
    if tarball and ("integrity" not in resolution or "://" in key or key.startswith("file:")):
        return tarball
    return str(resolution.get("directory") or "")


def _name_and_version(key: str) -> tuple[str, str]:
    """Name and version of a key: `/name/1.0.0_peers` (5), `/name@1.0.0(peers)` (6), `name@1.0.0` (9)."""
    if "://" not in key and (slashed := _SLASHED.fullmatch(key.split("(", 1)[0])):
        return slashed.group(1), slashed.group(2)
    name, version = split_pattern(_bare(key))
    if version and "/" not in version and not name.startswith("file:"):
        return name, version.split("_", 1)[0]
    return (name, "") if version and "://" in version else ("", "")
