"""Which files are read, by what; and which are known for what they are but not read yet.

One entry per kind of file. A recognised file that nothing reads becomes a gap: a folder of another ecosystem must never look
like a folder without dependencies.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from pathlib import PurePosixPath

from supplychain.inventory.catalogers.interface import Cataloger, Catalogued, Role, Source
from supplychain.inventory.catalogers.python_requirements import read_requirements
from supplychain.inventory.sbom import Gap


def not_read_yet(source: Source) -> Catalogued:
    """What stands for a cataloger that does not exist yet: a gap, so that nobody takes silence for emptiness."""
    detail = "this version knows what the file is but cannot read it"
    return Catalogued(gaps=(Gap(what=str(source.path), reason="unsupported_file", detail=detail),))


_PIP = ("*requirements*.txt", "requirements/*.txt", "*constraints*.txt", "constraints/*.txt")

CATALOGERS: tuple[Cataloger, ...] = (
    Cataloger(ecosystem="pypi", role=Role.LOCK, patterns=_PIP, read=read_requirements),
    Cataloger(
        ecosystem="pypi",
        role=Role.MANIFEST,
        patterns=("*requirements*.in", "requirements/*.in"),
        read=read_requirements,
    ),
)
"""Every cataloger of files in a source tree; the first that reads a name wins."""


def cataloger_for(path: PurePosixPath) -> Cataloger | None:
    """The cataloger of a file, by its name; None: the file says nothing about packages."""
    if not _known_names().match("/".join(("", *path.parts[-2:]))):
        return None
    return next((cataloger for cataloger in CATALOGERS if cataloger.reads(path)), None)


@cache
def _known_names() -> re.Pattern[str]:
    """One expression for all patterns: a tree has many files and few of them matter."""
    patterns = (pattern for cataloger in CATALOGERS for pattern in cataloger.patterns)
    return re.compile("|".join(translate(f"*/{pattern}") for pattern in patterns))
