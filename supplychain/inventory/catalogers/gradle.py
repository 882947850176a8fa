"""gradle.lockfile and gradle/verification-metadata.xml.

https://docs.gradle.org/current/userguide/dependency_locking.html and /dependency_verification.html. The second lists
every file a build may use, also for plugins and for versions it no longer asks for; so it is read only where no lock
file is beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from supplychain.artifact.digest import Digest
from supplychain.inventory.catalogers.interface import Catalogued, Source, malformed
from supplychain.inventory.catalogers.lock import Listing, Locked, hex_digest
from supplychain.inventory.catalogers.python_requirements import decode
from supplychain.markup import Elements, read_xml

_LINE = re.compile(r"([^\s:=]+):([^\s:=]+):([^\s:=]+)=(\S*)")


def read_gradle_lock(source: Source) -> Catalogued:
    """List gradle.lockfile; a line that is neither a coordinate nor `empty=` is a gap."""
    listing = Listing(source=source)
    whole = False
    for number, raw in enumerate(decode(source.data, source.where).splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("empty="):
            whole = True
        elif match := _LINE.fullmatch(line):
            group, artifact, version, _ = match.groups()
            listing.entries.append(Locked(kind="maven", name=f"{group}:{artifact}", version=version))
        else:
            listing.gap(line[:160], "unreadable", f"line {number}: not GROUP:ARTIFACT:VERSION=CONFIGURATIONS")
    if listing.entries and not whole:
        # Gradle writes this line last.
        listing.gap(str(source.path), "unreadable", "no `empty=` at the end: the file may be cut short")
    return listing.catalogued()


def read_gradle_verification(source: Source) -> Catalogued:
    """List gradle/verification-metadata.xml; a component without group, name or version is a gap."""
    if source.read(source.path.parent.parent / "gradle.lockfile") is not None:
        return Catalogued(silent=True)
    metadata = _Metadata()
    read_xml(source.data, metadata, where=source.where)
    if not metadata.is_one:
        raise malformed(source.where, "no dependency verification file", expected="<verification-metadata>")
    listing = Listing(source=source)
    for component, hashes in metadata.components:
        group, name, version = (component.get(key, "") for key in ("group", "name", "version"))
        if not group or not name or not version:
            listing.gap(f"{group}:{name}:{version}", "unreadable", "a component lacks its group, name or version")
            continue
        listing.entries.append(
            Locked(kind="maven", name=f"{group}:{name}", version=version, hashes=tuple(sorted(set(hashes))))
        )
    return listing.catalogued()


@dataclass(slots=True)
class _Metadata(Elements):
    """The components of a verification file, with the SHA-256 of their archives."""

    is_one: bool = False
    components: list[tuple[Mapping[str, str], list[Digest]]] = field(default_factory=list)

    @override
    def begin(self, name: str, attributes: Mapping[str, str], path: tuple[str, ...]) -> None:
        if not path:
            self.is_one = name == "verification-metadata"
        elif name == "component" and path[-1] == "components":
            self.components.append((attributes, []))
        elif name == "sha256" and "component" in path:
            self.components[-1][1].extend(hex_digest(attributes.get("value")))
