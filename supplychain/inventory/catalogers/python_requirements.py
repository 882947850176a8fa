"""requirements.txt and its relatives, as pip reads them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/: comments, continued lines, `-r` and `-c` includes,
`--hash`, editable installs, paths and addresses. Environment variables are not expanded: what they hold elsewhere is
not known here. A line that pip could not read is a gap that names the line, never a line left out.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from supplychain.inventory.catalogers.interface import Catalogued, Source, malformed
from supplychain.inventory.catalogers.python_requirement import (
    Listed,
    digests,
    exact_version,
    from_location,
    list_requirement,
    parse_requirement,
)
from supplychain.inventory.component import Component, pypi_name
from supplychain.inventory.sbom import Gap

MAX_FILES = 1000
"""Most files read through the includes of one file."""
LONGEST_LINE = 256 * 1024
"""Most characters of one joined line; hashes of many wheels make long ones."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Only plain ones: a hostile file could name one that takes quadratic time (punycode) or is no text (zip).
_STATED = frozenset({"utf-8", "utf-8-sig", "ascii", "iso8859-1", "iso8859-15", "cp1252"})
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(?:(-r|--requirement|-c|--constraint)(?:\s+|=)|(-[rc])(?=\S))\s*(?P<path>.+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)\s*(.+)")
_HASH = re.compile(r"--hash(?:=|\s+)(\S+)")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_GLOBAL_OPTIONS = re.compile(
    r"(--(index-url|extra-index-url|find-links|trusted-host|use-feature|no-binary|only-binary)|-i|-f)(\s|=).*"
    r"|--(no-index|pre|prefer-binary|require-hashes|emit-build-options)\b.*|-i\S+|-f\S+"
)


@dataclass(slots=True)
class _Reading:
    """The state of reading one file with everything it includes."""

    waiting: list[tuple[Source, bool]]
    seen: set[tuple[PurePosixPath, bool]] = field(default_factory=set)
    demands: list[tuple[str, str, str]] = field(default_factory=list)
    """Where, requirement, options."""
    pins: dict[str, str] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, listed: Listed) -> None:
        component, gap = listed
        if component is not None:
            self.components.append(component)
        if gap is not None:
            self.gaps.append(gap)

    def unreadable(self, what: str, detail: str) -> None:
        self.gaps.append(Gap(what=what[:160], reason="unreadable", detail=detail))


def read_requirements(source: Source) -> Catalogued:
    """List a requirements or constraints file (the name tells which) together with everything it includes."""
    constraint = "constraint" in source.path.name or source.path.parent.name == "constraints"
    reading = _Reading(waiting=[(source, constraint)], seen={(source.path, constraint)})
    while reading.waiting:
        current, as_constraint = reading.waiting.pop()
        for number, line in logical_lines(decode(current.data, current.where)):
            _read_line(reading, current, as_constraint, f"{current.path}:{number}", line)
    # Constraints may come after the lines they decide, so the demands wait until every file is read.
    for where, text, options in reading.demands:
        if _VARIABLE.search(text):
            reading.gaps.append(Gap(what=text[:160], reason="not_pinned", detail=f"{where}: set by the environment"))
            continue
        hashes = digests(_HASH.findall(options))
        reading.add(list_requirement(text, where=where, hashes=hashes, pins=reading.pins))
    includes = tuple(sorted({path for path, _ in reading.seen} - {source.path}))
    return Catalogued(components=tuple(reading.components), gaps=tuple(reading.gaps), includes=includes)


def _read_line(reading: _Reading, source: Source, constraint: bool, where: str, line: str) -> None:
    if len(line) > LONGEST_LINE:
        reading.unreadable(line, f"{where}: the line is too long")
    elif line.startswith("-"):
        _read_option(reading, source, constraint, where, line)
    elif constraint:
        _constrain(reading, where, *_split_options(line))
    else:
        reading.demands.append((where, *_split_options(line)))


def _read_option(reading: _Reading, source: Source, constraint: bool, where: str, line: str) -> None:
    if include := _INCLUDE.fullmatch(line):
        _include(reading, source, constraint, where, include)
    elif editable := _EDITABLE.fullmatch(line):
        if not constraint:
            reading.add(from_location(editable.group(1).strip().strip("\"'"), where=where))
    elif not _GLOBAL_OPTIONS.fullmatch(line):
        reading.unreadable(line, f"{where}: no option that pip knows")


def _include(reading: _Reading, source: Source, constraint: bool, where: str, match: re.Match[str]) -> None:
    option = match.group(1) or match.group(2)
    as_constraint = constraint or option in ("-c", "--constraint")
    text = match.group("path").strip().strip("\"'")
    if "://" in text or _VARIABLE.search(text):
        reading.unreadable(text, f"{where}: an include from elsewhere is not fetched")
        return
    path = PurePosixPath(posixpath.normpath(posixpath.join(str(source.path.parent), text)))
    if path.is_absolute() or ".." in path.parts:
        reading.unreadable(text, f"{where}: the include lies outside the folder that is looked at")
        return
    if (path, as_constraint) in reading.seen:
        return
    data = source.read(path) if len(reading.seen) < MAX_FILES else None
    if data is None:
        reading.unreadable(text, f"{where}: the included file is missing, unreadable or one of too many")
        return
    reading.seen.add((path, as_constraint))
    reading.waiting.append((replace(source, path=path, data=data, where=str(path)), as_constraint))


def _constrain(reading: _Reading, where: str, text: str, options: str) -> None:
    """A constraint demands nothing: an exact one says which version is used if any is, a range only narrows."""
    requirement = parse_requirement(text)
    if requirement is None:
        reading.unreadable(text, f"{where}: not a requirement (PEP 508)")
        return
    version = exact_version(requirement)
    if version:
        reading.pins.setdefault(pypi_name(requirement.name), version)
        reading.add(list_requirement(text, where=where, hashes=digests(_HASH.findall(options))))


def _split_options(line: str) -> tuple[str, str]:
    text, *options = re.split(r"\s(?=-)", line, maxsplit=1)
    return text.strip(), options[0] if options else ""


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines as pip joins them: a backslash continues, a comment ends; with the number of their first line."""
    parts: list[str] = []
    start = 1
    for number, line in enumerate((*text.splitlines(), ""), 1):
        if not parts:
            start = number
        comment = _COMMENT.match(line)
        if line.endswith("\\") and not comment:
            parts.append(line[:-1])
            continue
        whole = _COMMENT.sub("", " ".join([*parts, " " + line if comment else line])).strip()
        parts = []
        if whole:
            yield start, whole


def decode(data: bytes, where: str) -> str:
    """Decode as pip does: a byte order mark, else a coding comment in the first two lines (PEP 263), else UTF-8.

    Raises:
        MalformedInput: The bytes are not in that encoding, or it is unknown.
    """
    mark, encoding = next(((m, name) for m, name in _BOMS if data.startswith(m)), (b"", ""))
    data = data[len(mark) :]
    if not encoding:
        stated = (match for line in data.split(b"\n", 2)[:2] if (match := _CODING.match(line)))
        encoding = next((match.group(1).decode("ascii") for match in stated), "utf-8")
    try:
        if mark or codecs.lookup(encoding).name in _STATED:
            return data.decode(encoding)
    except (LookupError, ValueError):
        pass
    expected = "UTF-8, a byte order mark, or a coding comment (PEP 263) that names a plain encoding"
    raise malformed(where, f"not text in the encoding {encoding}", expected=expected)
