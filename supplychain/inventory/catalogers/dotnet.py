"""packages.lock.json of NuGet (https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files)."""

from __future__ import annotations

from supplychain.encoding import parse_json_object
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_table, malformed, optional_text
from supplychain.inventory.catalogers.lock import Listing, Locked, integrity


def read_nuget_lock(source: Source) -> Catalogued:
    """List packages.lock.json; the packages of all target frameworks together."""
    document = parse_json_object(source.data, where=source.where)
    if "version" not in document or "dependencies" not in document:
        raise malformed(source.where, "no NuGet lock file, or cut short", expected="version and dependencies")
    listing = Listing(source=source)
    for framework, packages in as_table(document["dependencies"], f"{source.where}: dependencies").items():
        for name, value in as_table(packages, f"{source.where}: {framework}").items():
            place = f"{source.where}: {framework}.{name}"
            entry = as_table(value, place)
            kind = str(entry.get("type", ""))
            if kind == "Project":
                continue
            listing.entries.append(
                Locked(
                    kind="nuget",
                    name=name,
                    version=optional_text(entry.get("resolved"), f"{place}.resolved"),
                    key=name.lower(),
                    hashes=integrity(f"sha512-{entry.get('contentHash', '')}"),
                    needs=tuple(need.lower() for need in as_table(entry.get("dependencies"), place)),
                    direct=kind == "Direct",
                )
            )
    return listing.catalogued()
