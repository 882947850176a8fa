"""Go modules that are linked into a program: the build information that `go version -m` prints.

https://pkg.go.dev/debug/buildinfo. Since Go 1.18 the two texts follow the header; before that, the header points to
them. The list of modules is `runtime/debug.BuildInfo` as text: `path`, `mod`, `dep`, `=>` and `build` lines.
"""

from __future__ import annotations

import re

from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image.elf import Elf
from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.sbom import Gap

MAGIC = b"\xff Go buildinf:"
NOTE = b"go\0"
"""How the note that `build_note` makes of a program begins."""
_ALIGNMENT = 16
_HEADER = 32
_GUARD = 16
"""Bytes before and after the list of modules, by which programs find it in themselves."""
_MAX_TEXT = 4 * 1024 * 1024
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~!/+-]{0,300}")
_VERSION = re.compile(r"v\d[A-Za-z0-9.+_-]{0,120}")
_RELEASE = re.compile(r"go(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)(?:[ +-].*)?")


def build_note(data: bytes) -> bytes | None:
    """The build information of a program; None: Go did not make it, or before 1.13.

    The note is `NOTE`, the version of Go, a zero byte, the list of modules. A header that leads nowhere gives empty
    texts, which `read_go` reports.
    """
    place = data.find(MAGIC)
    while place != -1 and place % _ALIGNMENT:
        place = data.find(MAGIC, place + 1)
    if place == -1:
        return None
    header = data[place : place + _HEADER]
    if len(header) < _HEADER:
        return NOTE + b"\0"
    if header[15] & 2:
        version, end = _counted(data, place + _HEADER)
        modules, _ = _counted(data, end)
    else:
        version, modules = _pointed(data, header)
    return NOTE + version.replace(b"\0", b"") + b"\0" + _unguarded(modules)


def _counted(data: bytes, place: int) -> tuple[bytes, int]:
    """A text behind its length (unsigned varint), and where it ends."""
    length = 0
    for shift in range(0, 35, 7):
        byte = data[place : place + 1]
        place += 1
        if not byte:
            break
        length |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            text = data[place : place + length] if length <= _MAX_TEXT else b""
            return text, place + length
    return b"", len(data)


def _pointed(data: bytes, header: bytes) -> tuple[bytes, bytes]:
    """Two pointers to Go strings, each a pointer and a length (Go 1.13 to 1.17)."""
    elf = Elf.parse(data)
    width = header[14]
    if elf is None or width not in (4, 8):
        return b"", b""
    texts = []
    for start in (16, 16 + width):
        pointer = int.from_bytes(header[start : start + width], "big" if header[15] & 1 else "little")
        address, length = elf.word(pointer, width), elf.word(pointer + width, width)
        texts.append(elf.at_address(address, length) if 0 < length <= _MAX_TEXT else b"")
    return texts[0], texts[1]


def _unguarded(modules: bytes) -> bytes:
    if len(modules) >= 2 * _GUARD + 1 and modules[-_GUARD - 1 : -_GUARD] == b"\n":
        return modules[_GUARD:-_GUARD]
    return b""


def read_go(view: View) -> Found:
    """List the Go modules in the programs of an image."""
    components: list[Component] = []
    gaps: list[Gap] = []
    for path, note in view.of("program"):
        if note.startswith(NOTE):
            version, _, modules = note.removeprefix(NOTE).partition(b"\0")
            found, lost = _read_note(path, version.decode("utf-8", "replace"), modules.decode("utf-8", "replace"))
            components += found
            gaps += lost
    return Found(components=tuple(components), gaps=tuple(gaps))


def _read_note(path: str, version: str, modules: str) -> tuple[list[Component], list[Gap]]:
    main, needs, gaps = _parse_modules(path, modules)
    components = [component for component in (_module(path, *entry) for entry in needs) if component]
    if len(components) < len(needs):
        gaps.append(unreadable(path, "some modules of the Go build information have no usable name"))
    release = _RELEASE.fullmatch(version)
    if release:
        components.append(_component(path, "stdlib", release[1]))
    else:
        gaps.append(unreadable(path, f"built by Go, but not by a released version: {version[:60]!r}"))
    program = _module(path, *main) if main else None
    if program:
        edges = tuple(component.purl for component in components)
        components.append(_component(path, program.name, program.version, edges))
    elif not modules:
        gaps.append(unreadable(path, "built by Go without a list of its modules"))
    return components, gaps[:5]


def _parse_modules(path: str, modules: str) -> tuple[tuple[str, str] | None, list[tuple[str, str]], list[Gap]]:
    """The main module, the modules it needs (name and version each), and lines of no known kind."""
    main: tuple[str, str] | None = None
    needs: list[tuple[str, str]] = []
    gaps: list[Gap] = []
    for line in modules.split("\n"):
        kind, *words = line.split("\t")
        entry = (words[0], words[1]) if len(words) >= 2 else None
        if kind == "mod":
            main = entry
        elif kind == "dep" and entry:
            needs.append(entry)
        elif kind == "=>" and entry and needs:
            # A replacement is what was compiled; one by a folder leaves the name and takes away the version.
            needs[-1] = entry if _VERSION.fullmatch(entry[1]) else (needs[-1][0], "")
        elif kind not in ("", "path", "build"):
            gaps.append(unreadable(path, f"a line of the Go build information: {line[:80]!r}"))
    return main, needs, gaps


def _module(path: str, name: str, version: str) -> Component | None:
    """A module; `(devel)`, what was built from its own folder, has no version."""
    if not _PATH.fullmatch(name):
        return None
    return _component(path, name, version if _VERSION.fullmatch(version) else None)


def _component(path: str, name: str, version: str | None, needs: tuple[str, ...] = ()) -> Component:
    namespace, _, short = name.rpartition("/")
    purl = package_url("golang", short, version, namespace=namespace)
    return Component(name=name, version=version, purl=purl, depends_on=needs, origin=path)
