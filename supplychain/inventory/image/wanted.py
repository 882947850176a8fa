"""Which files of an image matter to an inventory, by path, size and mode alone.

It is asked for every file of every layer, so names and endings are looked up in tables first; a file that matters to
nobody costs a few hundred nanoseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from supplychain.artifact.image.tree import Extract, ImageFile, ImageTree, entry_only
from supplychain.files import MIB
from supplychain.inventory.image import osrelease
from supplychain.inventory.image.java_archive import NESTED, archive_note

_Check = Callable[[str], str]
NOTES = (b"go\0", b"rust\0", b"packed\0")
"""How the notes of programs that say something of themselves begin."""
PROGRAMS = (b"\x7fELF", b"MZ")
"""How programs begin."""
_MIN_PROGRAM = 64 * 1024
"""The smallest program Go or `cargo auditable` makes is several times as large."""
_DPKG = "var/lib/dpkg/"
_PIECES = "/dpkg/"
_PIECE = re.compile(r"(?:.*/)?var/lib/dpkg/(?:status\.d/|updates/\d+$)")
_RPM = re.compile(r"(?:.*/)?(?:var/lib/rpm|usr/lib/sysimage/rpm|usr/share/rpm)/[^/]+")
_DOC = re.compile(r"usr/share/doc/[^/]+/copyright")
_UNIMPORTANT = re.compile(
    rb"^/usr/(?:share|include)/(?![^\n]*(?:/package\.json|\.gemspec|\.jar|\.war|\.egg-info|/METADATA|/PKG-INFO)$)[^\n]*\n",
    re.MULTILINE,
)
LIMITS = {
    "apk": 64 * MIB,
    "copyright": 4 * MIB,
    "dpkg": 64 * MIB,
    "dpkg-list": 64 * MIB,
    "gem": MIB,
    "java": 512 * MIB,
    "node": 4 * MIB,
    "os": MIB,
    "program": 512 * MIB,
    "python": 16 * MIB,
    "python-archive": 512 * MIB,
    "python-url": MIB,
    "rpm": 256 * MIB,
}
"""Kind of file to the largest size in bytes whose content is read. A larger one is a gap."""


def kind_of(path: str, size: int, mode: int) -> str:
    """What a file is to an inventory; empty: nothing.

    Args:
        path: Relative to the root, with `/`.
        size: In bytes.
        mode: Permission bits.
    """
    name = path[path.rfind("/") + 1 :]
    check = _NAMES.get(name)
    if check is not None:
        return check(path)
    check = _ENDINGS.get(name[name.rfind(".") + 1 :])
    if check is not None and (kind := check(path)):
        return kind if kind != "program" or size >= _MIN_PROGRAM else ""
    if mode & 0o111 and size >= _MIN_PROGRAM:
        return "program"
    return "dpkg" if _PIECES in path and _PIECE.match(path) else ""


def wanted(path: str, size: int, mode: int) -> bool | Extract:
    """Which files an inventory reads (an `artifact.image.tree.Wanted`)."""
    kind = kind_of(path, size, mode)
    if not kind:
        return False
    return _EXTRACTS.get(kind, True) if size <= LIMITS[kind] else entry_only


def linked(path: str) -> str:
    """What a symbolic link is to an inventory by its name alone (`Wanted.linked`); empty: nothing."""
    return kind_of(path, 0, 0)


def by_content(path: str, size: int, head: bytes) -> bool | Extract:  # noqa: ARG001 - the shape of the attribute
    """Whether a file that nobody wants by its name is a program by its first bytes (`Wanted.by_content`)."""
    return _program_note if size >= _MIN_PROGRAM and head.startswith(PROGRAMS) and size <= LIMITS["program"] else False


def group_by_kind(tree: ImageTree) -> dict[str, tuple[str, ...]]:
    """Kind to the paths of that kind in the final view, sorted; hard links to programs once each."""
    groups: dict[str, list[str]] = {}
    for path, file in tree.files.items():
        if file.kind in ("file", "hardlink") and (kind := kind_of(path, file.size, file.mode) or _noted(file)):
            groups.setdefault(kind, []).append(path)
    return {kind: tuple(sorted(paths)) for kind, paths in groups.items()}


def _noted(file: ImageFile) -> str:
    """A file that is a program only by its content (`by_content`)."""
    return "program" if file.data and file.data.startswith(NOTES) else ""


def _always(kind: str, path: str) -> str:  # noqa: ARG001 - the shape of a check
    return kind


def _at(kind: str, places: frozenset[str], path: str) -> str:
    # Also in a root file system inside the image; the table of names has seen to it that few paths come here.
    return kind if path in places or path.endswith(tuple(f"/{place}" for place in places)) else ""


def _matches(kind: str, pattern: re.Pattern[str], path: str) -> str:
    return kind if pattern.fullmatch(path) else ""


def _metadata(path: str) -> str:
    return "python" if path.endswith((".dist-info/METADATA", ".egg-info/PKG-INFO", "EGG-INFO/PKG-INFO")) else ""


def _direct_url(path: str) -> str:
    return "python-url" if path.endswith(".dist-info/direct_url.json") else ""


def _gemspec(path: str) -> str:
    return "gem" if "/specifications/" in path else ""


def _dpkg_files(path: str) -> str:
    # The lists of an ordinary system name every file; distroless images have only the digests.
    folder = "status.d/" if path.endswith(".md5sums") else "info/"
    return "dpkg-list" if _DPKG + folder in path else ""


_OS = frozenset(
    {*osrelease.OS_RELEASE, osrelease.ALPINE_RELEASE, osrelease.DEBIAN_VERSION, *osrelease.RED_HAT_RELEASES}
)
_STATUS = frozenset({_DPKG + "status", "usr/lib/opkg/status", "var/lib/opkg/status"})
_INSTALLED = frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed"})
_DATABASES = ("rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages", "Packages.db")
_NAMES: dict[str, _Check] = {
    "METADATA": _metadata,
    "PKG-INFO": _metadata,
    "direct_url.json": _direct_url,
    "package.json": partial(_always, "node"),
    "copyright": partial(_matches, "copyright", _DOC),
    "status": partial(_at, "dpkg", _STATUS),
    "installed": partial(_at, "apk", _INSTALLED),
    **{name.rpartition("/")[2]: partial(_at, "os", _OS) for name in _OS},
    **{name: partial(_matches, "rpm", _RPM) for name in _DATABASES},
}
_ENDINGS: dict[str, _Check] = {
    "egg-info": partial(_always, "python"),
    **dict.fromkeys(("egg", "pex", "pyz"), partial(_always, "python-archive")),
    "gemspec": _gemspec,
    "list": _dpkg_files,
    "md5sums": _dpkg_files,
    **{ending.removeprefix("."): partial(_always, "java") for ending in NESTED},
    # Modules that Python and Node load; the libraries of distributions end in a number.
    "node": partial(_always, "program"),
    "so": partial(_always, "program"),
}


def _list_note(content: bytes) -> bytes:
    """The files of a package without documentation, translations and headers, which are most of them."""
    return _UNIMPORTANT.sub(b"", content)


def _copyright_note(content: bytes) -> bytes:
    from supplychain.inventory.image.debian_copyright import condensed

    return condensed(content)


def _program_note(content: bytes) -> bytes | None:
    from supplychain.inventory.image.condense import program_note

    return program_note(content)


def _python_note(content: bytes) -> bytes:
    from supplychain.inventory.image.python_archive import python_note

    return python_note(content)


_EXTRACTS: dict[str, Extract] = {
    "copyright": _copyright_note,
    "dpkg-list": _list_note,
    "java": archive_note,
    "program": _program_note,
    "python-archive": _python_note,
}

_PATHS = {*_OS, *_STATUS, *_INSTALLED, *(f"var/lib/rpm/{name}" for name in _DATABASES)}
wanted.paths = tuple(sorted(_PATHS))  # type: ignore[attr-defined] # see `Wanted`
wanted.linked = linked  # type: ignore[attr-defined]
wanted.by_content = by_content  # type: ignore[attr-defined]
