"""Gemfile.lock (https://bundler.io/guides/rationale.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from supplychain.inventory.catalogers.interface import Catalogued, Source, malformed
from supplychain.inventory.catalogers.lock import Listing, Locked
from supplychain.inventory.catalogers.python_requirements import decode

_SPEC = re.compile(r"    (\S+) \(([^\s()]+)\)")
_NEED = re.compile(r"      ([^\s!]+)!?(?: \(.*\))?")
_ASKED = re.compile(r"  ([^\s!]+)!?(?: \(.*\))?")
_REMOTES = ("GEM", "GIT", "PATH", "PLUGIN SOURCE")
_GIVEN = frozenset({"bundler"})
"""What comes with Ruby and is never locked."""


def read_gemfile_lock(source: Source) -> Catalogued:
    """List Gemfile.lock; the DEPENDENCIES section says what is direct, and that the file is whole."""
    listing = Listing(source=source, closed=True)
    sections = list(_sections(source))
    asked: set[str] = set()
    for title, lines in sections:
        if title == "DEPENDENCIES":
            asked |= {found.group(1) for _, line in lines if (found := _ASKED.fullmatch(line.rstrip()))}
    for title, lines in sections:
        if title in _REMOTES:
            _read_section(listing, title, lines, asked)
    own = {purl.rpartition("/")[2] for purl in listing.projects}
    if not any(title == "DEPENDENCIES" for title, _ in sections):
        listing.gap(str(source.path), "unreadable", "no DEPENDENCIES at the end: the file may be cut short")
    listed = {entry.name for entry in listing.entries}
    for name in sorted(asked - listed - own - _GIVEN):
        listing.gap(Locked(kind="gem", name=name, version=None).purl, "no_version", "asked for, but not listed")
    return listing.catalogued()


def _sections(source: Source) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    title = ""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(decode(source.data, source.where).splitlines(), 1):
        if line.startswith(("<<<<<<<", ">>>>>>>", "=======")):
            raise malformed(f"{source.where}:{number}", "an unresolved merge conflict", found=line)
        if line and not line.startswith(" "):
            if title:
                yield title, lines
            title, lines = line.strip(), []
        elif line.strip():
            if not title:
                raise malformed(f"{source.where}:{number}", "not a Gemfile.lock", expected="a section", found=line)
            lines.append((number, line))
    if not title:
        raise malformed(source.where, "the lock file is empty", expected="sections such as GEM and DEPENDENCIES")
    yield title, lines


def _read_section(listing: Listing, title: str, lines: list[tuple[int, str]], asked: set[str]) -> None:
    remote = revision = ""
    found: list[tuple[str, str, list[str]]] = []
    for number, line in lines:
        key, _, value = line.strip().partition(": ")
        if line.startswith("  ") and line[2:3] != " ":
            remote = value if key == "remote" else remote
            revision = value if key == "revision" else revision
        elif match := _SPEC.fullmatch(line.rstrip()):
            found.append((match.group(1), match.group(2), []))
        elif (match := _NEED.fullmatch(line.rstrip())) and found:
            found[-1][2].append(match.group(1))
        elif line.startswith("    ") and line[4:5] != " ":
            listing.gap(line.strip()[:160], "unreadable", f"line {number}: not NAME (VERSION)")
    for name, version, needs in found:
        if title == "PATH" and listing.is_project("gem", name, remote):
            continue
        location = f"git+{remote}@{revision}" if title == "GIT" else remote if title == "PATH" else ""
        listing.entries.append(
            Locked(
                kind="gem",
                name=name,
                # `1.13.3-x86_64-linux`: the platform follows a hyphen, which no gem version has.
                version=version.split("-", 1)[0],
                needs=tuple(need for need in needs if need not in _GIVEN),
                elsewhere=location,
                direct=name in asked,
            )
        )
