"""Python programs in one archive: zip files that Python runs or imports from as they are (`.pyz`, `.pex`, `.egg`).

https://docs.python.org/3/library/zipapp.html. The metadata of the distributions inside lies in the archive as it would
lie in a folder. Wheels (`.whl`) are not read: they are what is installed from, not what is installed.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator

from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.image.python_dist import read_metadata
from supplychain.inventory.sbom import Gap

NOTE = b"python\0"
"""How the note that `python_note` makes of an archive begins."""
_METADATA = re.compile(r"(?:.*/)?(?:[^/]+\.dist-info/METADATA|[^/]+\.egg-info(?:/PKG-INFO)?|EGG-INFO/PKG-INFO)")
_END = b"PK\x05\x06"
_TAIL = 65_557
"""The end of an archive stands in its last bytes, before a comment at most."""
_MAX_ENTRIES = 200_000
_MAX_TEXT = 256 * 1024
_MAX_TOTAL = 64 * 1024 * 1024
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


def python_note(content: bytes) -> bytes:
    """The metadata in an archive; empty: it is no archive, or has none."""
    if content.rfind(_END, max(len(content) - _TAIL, 0)) == -1:
        return b""
    found: list[tuple[str, str]] = []
    problem = ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            problem = _collect(opened, found)
    except _BROKEN as error:
        problem = f"not a readable archive: {error}"
    return NOTE + json.dumps({"found": found, "problem": problem}).encode() if found or problem else b""


def _collect(opened: zipfile.ZipFile, found: list[tuple[str, str]]) -> str:
    """Read the metadata; what was too much of it, or empty."""
    entries = opened.infolist()
    left = _MAX_TOTAL
    for entry in entries[:_MAX_ENTRIES]:
        if not _METADATA.fullmatch(entry.filename):
            continue
        with opened.open(entry) as stream:
            data = stream.read(min(_MAX_TEXT, left))
        left -= len(data)
        found.append((entry.filename, data.decode("utf-8", "replace")))
    return "the archive holds more than is read of one" if left <= 0 or len(entries) > _MAX_ENTRIES else ""


def read_archives(view: View) -> Found:
    """List the distributions in archives that are known by their name."""
    return _read(view, "python-archive")


def read_programs(view: View) -> Found:
    """List the distributions in programs that are archives behind a `#!` line."""
    return _read(view, "program")


def _read(view: View, kind: str) -> Found:
    gaps: list[Gap] = []
    found = read_metadata(_metadata(view, kind, gaps), view)
    return Found(components=found.components, gaps=(*found.gaps, *gaps))


def _metadata(view: View, kind: str, gaps: list[Gap]) -> Iterator[tuple[str, bytes]]:
    for path, note in view.of(kind):
        if not note.startswith(NOTE):
            continue
        value = json.loads(note.removeprefix(NOTE))
        if value["problem"]:
            gaps.append(unreadable(path, value["problem"]))
        yield from ((f"{path}!{inner}", text.encode("utf-8", "replace")) for inner, text in value["found"])
