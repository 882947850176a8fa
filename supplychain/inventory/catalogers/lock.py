"""What lock files have in common: entries that need each other, and places that are no registry."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.encoding import parse_toml
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_text, malformed, optional_text
from supplychain.inventory.catalogers.python_requirement import without_password
from supplychain.inventory.component import Component, package_url, pypi_name
from supplychain.inventory.sbom import Gap

DEVELOPMENT = ("supplychain:development", "true")
"""Property of a component that only development needs, where the lock file says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One entry of a lock file."""

    kind: str = "pypi"
    """The purl type."""
    name: str
    """Full name as the ecosystem compares it, with its namespace: `@scope/name`, `vendor/name`, `group:artifact`."""
    version: str | None
    key: str = ""
    """What other entries call it; empty: its name."""
    hashes: tuple[Digest, ...] = ()
    needs: tuple[str, ...] = ()
    """Keys of the entries it needs."""
    elsewhere: str = ""
    """The address or path it comes from; empty: a registry."""
    licenses: tuple[str, ...] = ()
    direct: bool | None = None
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def purl(self) -> str:
        """The purl; what is fetched from an address names the address."""
        namespace, _, name = self.name.replace(":", "/" if self.kind == "maven" else ":").rpartition("/")
        qualifiers = {}
        if "://" in self.elsewhere:
            key = "vcs_url" if self.elsewhere.startswith(("git", "hg", "svn", "bzr", "ssh")) else "download_url"
            qualifiers = {key: without_password(self.elsewhere)}
        return package_url(self.kind, name, self.version, namespace=namespace, qualifiers=qualifiers)


@dataclass(slots=True)
class Listing:
    """What was read from one lock file so far."""

    source: Source
    entries: list[Locked] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    """Folders of the projects that the file locks."""
    projects: list[str] = field(default_factory=list)
    """purls without version of those projects."""
    covers_below: bool = False
    """The file locks every project below its folder."""
    closed: bool = False
    """The format promises that what is needed is listed; a need that is not becomes a gap."""

    def gap(self, what: str, reason: str, detail: str) -> None:
        """Note something that is there but cannot be listed."""
        self.gaps.append(Gap(what=what, reason=reason, detail=f"{self.source.path}: {detail}"))

    def is_project(self, kind: str, name: str, path: str) -> bool:
        """Note a project of this very tree by its folder; False: the folder lies outside the target."""
        folder = inside(self.source, path)
        if folder is None:
            return False
        self.folders.append(folder)
        if name:
            self.projects.append(Locked(kind=kind, name=name, version=None).purl)
        return True

    def catalogued(self) -> Catalogued:
        """The components with their edges, and what is missing or comes from no registry."""
        by_key: dict[str, list[str]] = {}
        for entry in self.entries:
            by_key.setdefault(entry.key or entry.name, []).append(entry.purl)
        components = [self._component(entry, by_key) for entry in self.entries]
        return Catalogued(
            components=tuple(components),
            gaps=tuple(self.gaps),
            covers=tuple(self.folders),
            projects=tuple(self.projects),
            covers_below=self.covers_below,
        )

    def _component(self, entry: Locked, by_key: Mapping[str, Sequence[str]]) -> Component:
        purl = entry.purl
        for need in sorted({need for need in entry.needs if need not in by_key}) if self.closed else ():
            what = Locked(kind=entry.kind, name=need.split(" ", 1)[0], version=None).purl
            self.gap(what, "no_version", f"{entry.name} needs it, but the lock file does not list it")
        if entry.elsewhere:
            self.gap(purl, "not_from_registry", without_password(entry.elsewhere))
        elif entry.version is None:
            self.gap(purl, "no_version", "no version")
        return Component(
            name=entry.name,
            version=entry.version,
            purl=purl,
            licenses=entry.licenses,
            hashes=entry.hashes,
            depends_on=tuple(dict.fromkeys(p for need in entry.needs for p in by_key.get(need, ()))),
            direct=entry.direct,
            properties=entry.properties,
        )


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
    """The normalised name of a Python entry. Raises MalformedInput when it has none."""
    return pypi_name(as_text(entry.get("name"), f"{where}.name"))


def entry_version(entry: Mapping[str, Any], where: str) -> str | None:
    """The version of an entry, None when it has none. Raises MalformedInput when it is no text."""
    return optional_text(entry.get("version"), f"{where}.version")


def inside(source: Source, path: str) -> PurePosixPath | None:
    """A folder named in a lock file, relative to the target; None: it lies outside the target, or is an archive."""
    if "://" in path or path.endswith((".whl", ".tgz", ".tar.gz", ".zip")):
        return None
    joined = posixpath.normpath(posixpath.join(str(source.path.parent), path))
    return None if joined.split("/", 1)[0] == ".." or joined.startswith("/") else PurePosixPath(joined)


def integrity(text: object) -> tuple[Digest, ...]:
    """Digests of a subresource integrity text (`sha512-…` in base64, several separated by spaces)."""
    found = set()
    for part in str(text or "").split():
        algorithm, _, value = part.partition("-")
        try:
            raw = base64.b64decode(value.split("?", 1)[0], validate=True)
        except (binascii.Error, ValueError):
            continue
        if LENGTHS.get(algorithm) == 2 * len(raw):
            found.add(Digest.parse(f"{algorithm}:{raw.hex()}"))
    return tuple(sorted(found))


def hex_digest(text: object) -> tuple[Digest, ...]:
    """The SHA-256 of 64 hexadecimal digits, else nothing."""
    value = str(text or "").lower()
    known = len(value) == LENGTHS["sha256"] and not value.strip("0123456789abcdef")
    return (Digest(algorithm="sha256", hex=value),) if known else ()


def locked_digests(files: Iterable[Mapping[str, Any]]) -> list[object]:
    """The `hash` of each file entry that has one."""
    return [file["hash"] for file in files if file.get("hash")]
