"""What Java archives (jar, war, ear and their like) say of themselves and of the archives inside them.

The JAR file specification for `META-INF/MANIFEST.MF`; Maven writes `META-INF/maven/<group>/<artifact>/pom.properties`
into what it builds. Archives are read in memory and may be hostile: sizes count as they unpack, not as they claim.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

NESTED = (".jar", ".war", ".ear", ".jpi", ".hpi", ".kar", ".lpkg", ".par", ".sar", ".nar")
"""Endings of archives, also inside others."""
_MANIFEST = "META-INF/MANIFEST.MF"
_POM = re.compile(r"META-INF/maven/[^/]+/[^/]+/pom\.properties")
_KEPT = frozenset(
    {
        "Automatic-Module-Name",
        "Bundle-License",
        "Bundle-Name",
        "Bundle-SymbolicName",
        "Bundle-Version",
        "Implementation-Title",
        "Implementation-Vendor-Id",
        "Implementation-Version",
        "Specification-Title",
        "Specification-Version",
    }
)
_MAX_DEPTH = 6
_MAX_ENTRIES = 200_000
_MAX_TEXT = 512 * 1024
_MAX_NESTED = 128 * 1024 * 1024
_MAX_TOTAL = 384 * 1024 * 1024
"""Bytes unpacked for one file of the image, archives inside archives included."""
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What `zipfile` raises for a file that is no archive, is damaged, encrypted, or packed by an unknown method."""


@dataclass(slots=True)
class Archive:
    """One archive."""

    path: str
    """Inside the outermost archive, levels joined by `!`; empty: the outermost itself."""
    manifest: dict[str, str] = field(default_factory=dict)
    poms: list[tuple[str, str, str]] = field(default_factory=list)
    """Group, artifact and version of each pom.properties."""


class _Limit(Exception):  # noqa: N818 - never leaves this module
    pass


@dataclass(slots=True)
class _Reader:
    left: int = _MAX_TOTAL
    archives: list[Archive] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def read(self, data: bytes, path: str, depth: int) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as opened:
                self._read_entries(opened, path, depth)
        except _Limit as error:
            self.problems.append((path, str(error)))
        except _BROKEN as error:
            self.problems.append((path, f"not a readable archive: {error}"))

    def _read_entries(self, opened: zipfile.ZipFile, path: str, depth: int) -> None:
        entries = opened.infolist()
        if len(entries) > _MAX_ENTRIES:
            raise _Limit(f"more than {_MAX_ENTRIES:,} entries")
        archive = Archive(path=path)
        self.archives.append(archive)
        for entry in entries:
            name = entry.filename
            if name == _MANIFEST:
                archive.manifest = _parse_manifest(self._unpack(opened, entry, _MAX_TEXT))
            elif _POM.fullmatch(name):
                archive.poms += _parse_pom(self._unpack(opened, entry, _MAX_TEXT))
            elif name.lower().endswith(NESTED) and not entry.is_dir():
                inner = f"{path}!{name}" if path else name
                if depth == _MAX_DEPTH:
                    self.problems.append((inner, f"archives nested deeper than {_MAX_DEPTH}"))
                else:
                    self._read_nested(opened, entry, inner, depth)

    def _read_nested(self, opened: zipfile.ZipFile, entry: zipfile.ZipInfo, inner: str, depth: int) -> None:
        try:
            content = self._unpack(opened, entry, _MAX_NESTED)
        except _BROKEN as error:
            self.problems.append((inner, f"not a readable entry: {error}"))
            return
        self.read(content, inner, depth + 1)

    def _unpack(self, opened: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
        with opened.open(entry) as stream:
            data = stream.read(min(limit, self.left) + 1)
        self.left -= len(data)
        if len(data) > limit or self.left < 0:
            raise _Limit(f"{entry.filename[:120]} unpacks to more than accepted")
        return data


def archive_note(content: bytes) -> bytes:
    """Read an archive and those inside it.

    Returns:
        JSON: `archives`, each with `path`, `manifest` and `poms`, and `problems`, each a path and what was wrong there.
    """
    reader = _Reader()
    reader.read(content, "", 0)
    found = [{"path": a.path, "manifest": a.manifest, "poms": a.poms} for a in reader.archives]
    return json.dumps({"archives": found, "problems": reader.problems}).encode("utf-8")


def parse_note(note: bytes) -> tuple[list[Archive], list[tuple[str, str]]]:
    """The archives, outermost first, and problems of a note that `archive_note` wrote."""
    value = json.loads(note)
    archives = [
        Archive(path=item["path"], manifest=item["manifest"], poms=[(p[0], p[1], p[2]) for p in item["poms"]])
        for item in value["archives"]
    ]
    return archives, [(path, problem) for path, problem in value["problems"]]


def _parse_manifest(data: bytes) -> dict[str, str]:
    """The main section: `Name: value` lines, continued by lines that begin with a space."""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    values = {}
    for line in text.partition("\n\n")[0].replace("\n ", "").split("\n"):
        name, colon, value = line.partition(":")
        if colon and name in _KEPT:
            values[name] = value.strip()[:500]
    return values


def _parse_pom(data: bytes) -> Iterator[tuple[str, str, str]]:
    values = {}
    for line in data.decode("utf-8", "replace").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            values[key.strip()] = value.strip()[:200]
    yield values.get("groupId", ""), values.get("artifactId", ""), values.get("version", "")
