"""composer.lock and composer.json (https://getcomposer.org/doc/01-basic-usage.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_table, as_tables, as_text, malformed
from supplychain.inventory.catalogers.lock import DEVELOPMENT, Listing, Locked, entry_version
from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap

_EXACT = re.compile(r"v?\d+(\.\d+){1,3}(-[0-9A-Za-z.]+)?")
_LISTS = (("packages", False), ("packages-dev", True))


def read_composer_lock(source: Source) -> Catalogued:
    """List composer.lock; development branches have no version that an advisory could name."""
    document = parse_json_object(source.data, where=source.where)
    if "packages" not in document:
        raise malformed(source.where, "no composer.lock, or cut short", expected="packages and packages-dev")
    listing = Listing(source=source)
    for key, development in _LISTS:
        for index, package in enumerate(as_tables(document.get(key), f"{source.where}: {key}")):
            _entry(listing, package, f"{source.where}: {key}[{index}]", development)
    return listing.catalogued()


def _entry(listing: Listing, package: Mapping[str, Any], place: str, development: bool) -> None:
    name = as_text(package.get("name"), f"{place}.name").lower()
    version = entry_version(package, place)
    dist = as_table(package.get("dist"), f"{place}.dist")
    path = str(dist.get("url", "")) if dist.get("type") == "path" else ""
    if path and listing.is_project("composer", name, path):
        return
    licenses = package.get("license")
    entry = Locked(
        kind="composer",
        name=name,
        version=version,
        needs=tuple(
            need.lower() for need in as_table(package.get("require") or None, f"{place}.require") if "/" in need
        ),
        elsewhere=path,
        licenses=tuple(text for text in licenses if isinstance(text, str)) if isinstance(licenses, list) else (),
        properties=(DEVELOPMENT,) if development else (),
    )
    listing.entries.append(entry)
    if version and (version.startswith("dev-") or version.endswith("-dev")):
        listing.gap(entry.purl, "not_from_registry", f"{version} is a branch, not a release")


def read_composer_json(source: Source) -> Catalogued:
    """List what composer.json asks for; the platform (`php`, `ext-…`) is no package."""
    document = parse_json_object(source.data, where=source.where)
    components: list[Component] = []
    gaps: list[Gap] = []
    for key in ("require", "require-dev"):
        for name, spec in as_table(document.get(key) or None, f"{source.where}: {key}").items():
            if "/" not in name:
                continue
            exact = str(spec) if _EXACT.fullmatch(str(spec)) else None
            purl = Locked(kind="composer", name=name.lower(), version=exact).purl
            components.append(Component(name=name.lower(), version=exact, purl=purl, direct=True))
            if not exact:
                gaps.append(Gap(what=purl, reason="not_pinned", detail=f"{source.path}: {name} {spec}"))
    if not components:
        return Catalogued(silent=True)
    detail = "no lock file answers for it: what its dependencies bring in is not known"
    gaps.append(Gap(what=str(source.path), reason="not_pinned", detail=detail))
    return Catalogued(components=tuple(components), gaps=tuple(gaps))
