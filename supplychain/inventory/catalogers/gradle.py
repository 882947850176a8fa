"""gradle.lockfile (https://docs.gradle.org/current/userguide/dependency_locking.html)."""

from __future__ import annotations

import re

from supplychain.inventory.catalogers.interface import Catalogued, Source
from supplychain.inventory.catalogers.lock import Listing, Locked
from supplychain.inventory.catalogers.python_requirements import decode

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
