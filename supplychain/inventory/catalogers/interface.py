"""What a cataloger is: it reads one kind of file and says which packages the file names.

A cataloger is pure: bytes in, components and gaps out. Other files of the same target (an included requirements file)
it asks for through `Source.read`, so that the same catalogers serve a folder and an image layer, and none leaves its
root.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap

OPTIONAL = "supplychain:optional"
"""Property of a component that a manifest asks for only in an extra or group, named by the value."""


class Role(StrEnum):
    """What a file says about the packages of its folder."""

    LOCK = "lock"
    """Exactly which versions are used."""
    MANIFEST = "manifest"
    """What is asked for, mostly as ranges; needed only where no lock file answers for the folder."""


def _no_other_files(path: PurePosixPath) -> bytes | None:  # noqa: ARG001 - the shape of `Source.read`
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file to catalog."""

    path: PurePosixPath
    """Relative to the target."""
    data: bytes
    where: str
    """Its name in messages."""
    read: Callable[[PurePosixPath], bytes | None] = _no_other_files
    """Another file of the same target by its path relative to the target; None: not there, or outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogued:
    """What one file names."""

    components: tuple[Component, ...] = ()
    gaps: tuple[Gap, ...] = ()
    includes: tuple[PurePosixPath, ...] = ()
    """Other files that were read as part of it."""
    silent: bool = False
    """The file turned out to say nothing about packages."""
    projects: tuple[str, ...] = ()
    """purls without version of the projects that this file locks; they are no components."""
    covers: tuple[PurePosixPath, ...] = ()
    """Folders, relative to the target, whose manifests this file answers for (members of a workspace)."""
    covers_below: bool = False
    """It answers for the manifests of every folder below its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cataloger:
    """One kind of file and the function that reads it."""

    ecosystem: str
    """The purl type of what it lists."""
    role: Role
    patterns: tuple[str, ...]
    """File names, or `folder/name`, as `fnmatch` patterns."""
    read: Callable[[Source], Catalogued]

    def reads(self, path: PurePosixPath) -> bool:
        """Tell whether this cataloger reads a file of this name."""
        tail = "/".join(path.parts[-2:])
        return any(fnmatchcase(tail if "/" in pattern else path.name, pattern) for pattern in self.patterns)

    def catalog(self, source: Source) -> Catalogued:
        """List the packages a file names; every component says which file it came from.

        Raises:
            MalformedInput: The file is not what its format demands; the message names file and position.
        """
        # Editors on Windows add the mark; npm, Cargo and the rest read past it.
        found = self.read(replace(source, data=source.data.removeprefix(codecs.BOM_UTF8)))
        named = (c if c.origin else replace(c, origin=str(source.path)) for c in found.components)
        return replace(found, components=tuple(named))


def malformed(where: str, message: str, *, expected: str = "", found: object = "") -> MalformedInput:
    """The error for a lock file or manifest that breaks its own format."""
    shown = found if isinstance(found, str) else type(found).__name__
    return MalformedInput(message, code="LOCK_FILE_MALFORMED", where=where, expected=expected, found=shown[:160])


def as_table(value: object, where: str) -> dict[str, Any]:
    """The value as a table (None: an empty one). Raises MalformedInput for anything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise malformed(where, "not a table", expected="a table or object", found=value)
    return value


def as_list(value: object, where: str) -> list[Any]:
    """The value as a list (None: an empty one). Raises MalformedInput for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise malformed(where, "not a list", expected="a list", found=value)
    return value


def as_tables(value: object, where: str) -> list[dict[str, Any]]:
    """The value as a list of tables (None: an empty one). Raises MalformedInput for anything else."""
    items = as_list(value, where)
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise malformed(f"{where}[{index}]", "not a table", expected="a table or object", found=item)
    return items


def as_text(value: object, where: str) -> str:
    """The value as text that is not empty. Raises MalformedInput for anything else."""
    if not isinstance(value, str) or not value:
        raise malformed(where, "not a text", expected="a text that is not empty", found=value)
    return value


def optional_text(value: object, where: str) -> str | None:
    """The value as text, or None when it is missing or empty. Raises MalformedInput for anything else."""
    return None if value is None or value == "" else as_text(value, where)
