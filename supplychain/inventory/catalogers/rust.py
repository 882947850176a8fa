"""Cargo.lock, formats 1 to 4, and Cargo.toml (https://doc.rust-lang.org/cargo/)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from supplychain.encoding import parse_toml
from supplychain.inventory.catalogers.interface import (
    OPTIONAL,
    Catalogued,
    Source,
    as_list,
    as_table,
    as_tables,
    as_text,
)
from supplychain.inventory.catalogers.lock import Listing, Locked, entry_version, hex_digest, parse_lock
from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap

_KINDS = ("dependencies", "dev-dependencies", "build-dependencies")
_EXACT = re.compile(r"=\s*(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)")


def read_cargo_lock(source: Source) -> Catalogued:
    """List Cargo.lock; packages without a source are those of the workspace and no components."""
    document = parse_lock(source, needs_one_of=("version", "package", "root"))
    where = source.where
    packages = as_tables(document.get("package"), f"{where}: package")
    metadata = as_table(document.get("metadata"), f"{where}: metadata")
    names = [as_text(package.get("name"), f"{where}: package[{index}].name") for index, package in enumerate(packages)]
    own = {name for name, package in zip(names, packages, strict=True) if not package.get("source")}
    if isinstance(document.get("root"), dict):
        own.add(str(document["root"].get("name")))
    listing = Listing(source=source, closed=True)
    listing.covers_below = True
    listing.projects += [Locked(kind="cargo", name=name, version=None).purl for name in sorted(own)]
    asked = {need for package in packages if not package.get("source") for need in _needs(package, where)}
    for index, package in enumerate(packages):
        origin = package.get("source")
        if not origin:
            continue
        name = names[index]
        version = entry_version(package, f"{where}: package[{index}]")
        checksum = package.get("checksum") or metadata.get(f"checksum {name} {version} ({origin})")
        keys = {name, f"{name} {version}"}
        entry = Locked(
            kind="cargo",
            name=name,
            version=version,
            key=f"{name} {version}",
            hashes=hex_digest(checksum),
            needs=tuple(_resolved(package, names, packages, where)),
            elsewhere=_elsewhere(str(origin)),
            direct=bool(keys & asked) if own else None,
        )
        listing.entries.append(entry)
    own_keys = {f"{name} {package.get('version')}" for name, package in zip(names, packages, strict=True)}
    listing.entries = [_without(entry, own_keys - {e.key for e in listing.entries}) for entry in listing.entries]
    return listing.catalogued()


def _elsewhere(origin: str) -> str:
    if origin.startswith(("registry+", "sparse+")):
        return ""
    address, _, revision = origin.partition("#")
    return f"{address.split('?', 1)[0]}@{revision}" if revision else address


def _needs(package: Mapping[str, Any], where: str) -> Iterator[str]:
    """`name`, `name version` or `name version (source)`, without the source."""
    for need in as_list(package.get("dependencies"), f"{where}: dependencies"):
        yield as_text(need, f"{where}: dependencies").split(" (", 1)[0]


def _resolved(
    package: Mapping[str, Any], names: list[str], packages: list[dict[str, Any]], where: str
) -> Iterator[str]:
    """Needs with their version: Cargo leaves it out where only one version is locked."""
    for need in _needs(package, where):
        if " " in need:
            yield need
        elif need in names:
            yield f"{need} {packages[names.index(need)].get('version')}"
        else:
            yield need


def _without(entry: Locked, keys: set[str]) -> Locked:
    from dataclasses import replace

    return replace(entry, needs=tuple(need for need in entry.needs if need not in keys))


def read_cargo_toml(source: Source) -> Catalogued:
    """List what Cargo.toml asks for."""
    document = parse_toml(source.data, where=source.where)
    tables = [document, *(t for t in as_table(document.get("target"), source.where).values() if isinstance(t, dict))]
    components: list[Component] = []
    gaps: list[Gap] = []
    for table in tables:
        for kind in _KINDS:
            for name, value in as_table(table.get(kind), f"{source.where}: {kind}").items():
                spec = value if isinstance(value, dict) else {"version": value}
                if spec.get("workspace") is True or (spec.get("path") and "version" not in spec):
                    continue
                component, gap = _asked(source, str(spec.get("package") or name), spec)
                components.append(component)
                gaps += [gap] if gap else []
    if not components:
        return Catalogued(silent=True)
    detail = "no lock file answers for it: what its dependencies bring in is not known"
    gaps.append(Gap(what=str(source.path), reason="not_pinned", detail=detail))
    return Catalogued(components=tuple(components), gaps=tuple(gaps))


def _asked(source: Source, name: str, spec: Mapping[str, Any]) -> tuple[Component, Gap | None]:
    exact = _EXACT.fullmatch(str(spec.get("version", "")).strip())
    purl = Locked(kind="cargo", name=name, version=exact.group(1) if exact else None).purl
    component = Component(
        name=name,
        version=exact.group(1) if exact else None,
        purl=purl,
        direct=True,
        properties=((OPTIONAL, "feature"),) if spec.get("optional") is True else (),
    )
    if spec.get("git"):
        return component, Gap(what=purl, reason="not_from_registry", detail=f"{source.path}: {spec['git']}")
    detail = f"{source.path}: {name} {spec.get('version', '*')}"
    return component, None if exact else Gap(what=purl, reason="not_pinned", detail=detail)
