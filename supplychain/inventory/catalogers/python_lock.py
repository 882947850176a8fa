"""What the lock files of Python tools have in common: entries that name each other, and places that are no registry."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_toml
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_text, malformed, optional_text
from supplychain.inventory.catalogers.python_requirement import without_password
from supplychain.inventory.component import Component, package_url, pypi_name, pypi_purl
from supplychain.inventory.sbom import Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One entry of a lock file."""

    name: str
    """Normalised."""
    version: str | None
    hashes: tuple[Digest, ...] = ()
    needs: tuple[str, ...] = ()
    """Normalised names of the entries it needs."""
    elsewhere: str = ""
    """The address or path it comes from; empty: a registry."""
    direct: bool | None = None
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def purl(self) -> str:
        """The purl; what is fetched from an address names the address."""
        if "://" not in self.elsewhere:
            return pypi_purl(self.name, self.version)
        key = "vcs_url" if "+" in self.elsewhere.split("://", 1)[0] else "download_url"
        return package_url("pypi", self.name, self.version, qualifiers={key: without_password(self.elsewhere)})


def parse_lock(source: Source, *, needs_one_of: Sequence[str]) -> dict[str, Any]:
    """Parse a TOML lock file and check that it has one of the keys its tool always writes.

    Raises:
        MalformedInput: Not TOML, or cut short before anything was said.
    """
    document = parse_toml(source.data, where=source.where)
    if not any(key in document for key in needs_one_of):
        raise malformed(source.where, "the lock file is empty or cut short", expected=" or ".join(needs_one_of))
    return document


def entry_name(entry: Mapping[str, Any], where: str) -> str:
    """The normalised name of an entry. Raises MalformedInput when it has none."""
    return pypi_name(as_text(entry.get("name"), f"{where}.name"))


def entry_version(entry: Mapping[str, Any], where: str) -> str | None:
    """The version of an entry, None when it has none. Raises MalformedInput when it is no text."""
    return optional_text(entry.get("version"), f"{where}.version")


def inside(source: Source, path: str) -> PurePosixPath | None:
    """A folder named in a lock file, relative to the target; None: it lies outside the target."""
    joined = posixpath.normpath(posixpath.join(str(source.path.parent), path))
    return None if joined.startswith(("..", "/")) else PurePosixPath(joined)


def assemble(
    entries: Iterable[Locked],
    *,
    source: Source,
    gaps: Iterable[Gap] = (),
    covers: Iterable[PurePosixPath] = (),
    closed: bool = False,
) -> Catalogued:
    """Turn entries into components with edges, and say which of them no registry answers for.

    Args:
        entries: What the lock file lists.
        source: The lock file.
        gaps: Further gaps found while reading.
        covers: Folders of the projects that it locks.
        closed: The format promises that what is needed is listed; a need that is not becomes a gap.
    """
    entries = tuple(entries)
    by_name: dict[str, list[str]] = {}
    for entry in entries:
        by_name.setdefault(entry.name, []).append(entry.purl)
    found = list(gaps)
    components = []
    for entry in entries:
        edges = [purl for need in entry.needs for purl in by_name.get(need, ())]
        missing = sorted({need for need in entry.needs if need not in by_name}) if closed else []
        for need in missing:
            detail = f"{source.path}: {entry.name} needs it, but the lock file does not list it"
            found.append(Gap(what=pypi_purl(need, None), reason="no_version", detail=detail))
        components.append(
            Component(
                name=entry.name,
                version=entry.version,
                purl=entry.purl,
                hashes=entry.hashes,
                depends_on=tuple(dict.fromkeys(edges)),
                direct=entry.direct,
                properties=entry.properties,
            )
        )
        if entry.elsewhere:
            detail = f"{source.path}: {without_password(entry.elsewhere)}"
            found.append(Gap(what=entry.purl, reason="not_from_registry", detail=detail))
        elif entry.version is None:
            found.append(Gap(what=entry.purl, reason="no_version", detail=f"{source.path}: no version"))
    return Catalogued(components=tuple(components), gaps=tuple(found), covers=tuple(covers))
