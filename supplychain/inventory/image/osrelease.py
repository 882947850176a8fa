"""The distribution of an image, from `os-release` and the older files beside it.

https://www.freedesktop.org/software/systemd/man/latest/os-release.html. Advisories for distribution packages hold for
one release, so a release that is not stated is left empty and not guessed.
"""

from __future__ import annotations

import re
from typing import Protocol

from supplychain.inventory.image.interface import Distribution, View, root_of

OS_RELEASE = ("etc/os-release", "usr/lib/os-release")
"""In the order in which the specification says to look."""
ALPINE_RELEASE = "etc/alpine-release"
DEBIAN_VERSION = "etc/debian_version"
RED_HAT_RELEASES = ("etc/redhat-release", "etc/system-release", "etc/centos-release")

_LINE = re.compile(
    r"""^[ \t]*([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([^\s"']*))[ \t]*\r?$""", re.MULTILINE
)
_ESCAPE = re.compile(r"\\(.)")
_PLAIN = re.compile(r"[a-z0-9._-]+", re.IGNORECASE)
_RED_HAT = re.compile(r"^(Red Hat Enterprise|CentOS|Fedora|Rocky|AlmaLinux|Amazon)\b.*?\brelease (\d+(?:\.\d+)*)")
_RED_HAT_IDS = {
    "Red Hat Enterprise": "rhel",
    "CentOS": "centos",
    "Fedora": "fedora",
    "Rocky": "rocky",
    "AlmaLinux": "almalinux",
    "Amazon": "amzn",
}


def read_inner(view: View) -> dict[str, Distribution]:
    """The distributions of root file systems inside the image, by their root."""
    roots = {root_of(path) for path in view.kinds.get("os", ())} - {""}
    return {root: read_distribution(_Inner(view, root)) for root in sorted(roots)}


class _Inner:
    """The files below a root inside an image. Links are not followed: an absolute one would leave that root."""

    def __init__(self, view: View, root: str) -> None:
        self._view, self._root = view, root

    def read(self, path: str) -> bytes | None:
        file = self._view.files.get(self._root + path)
        return file.data if file else None


class _Files(Protocol):
    def read(self, path: str) -> bytes | None: ...


def read_distribution(view: _Files) -> Distribution:
    """Find out which distribution an image is made from; an image without any has an empty one."""
    for path in OS_RELEASE:
        data = view.read(path)
        if data:
            found = _of_os_release(_text(data), path)
            if found.id:
                return _with_older_files(found, view)
    return _of_older_files(view)


def parse_os_release(text: str) -> dict[str, str]:
    """The variables of an os-release file, unquoted; lines that are no assignment are left out."""
    values = {}
    for name, double, single, bare in _LINE.findall(text):
        values[name] = _ESCAPE.sub(r"\1", double) if double else single or bare
    return values


def _of_os_release(text: str, path: str) -> Distribution:
    values = parse_os_release(text)
    name = values.get("ID", "").lower()
    if not _PLAIN.fullmatch(name):
        return Distribution()
    title = values.get("PRETTY_NAME", "")
    version = values.get("VERSION_ID", "") or values.get("VERSION_CODENAME", "")
    if name == "alpine" and ("_alpha" in version or title.endswith(" edge")):
        version = "edge"
    return Distribution(id=name, version=version if _PLAIN.fullmatch(version) else "", title=title, origin=path)


def _with_older_files(found: Distribution, view: _Files) -> Distribution:
    """Fill in what os-release leaves out: CentOS 7 says `7`, Debian's testing says nothing."""
    if found.version:
        return found
    older = _of_older_files(view)
    if older.id != found.id:
        return found
    return Distribution(id=found.id, version=older.version, title=found.title, origin=found.origin)


def _of_older_files(view: _Files) -> Distribution:
    if data := view.read(ALPINE_RELEASE):
        version = _text(data).strip()
        version = "edge" if "_alpha" in version else version
        if _PLAIN.fullmatch(version):
            return Distribution(id="alpine", version=version, title=f"Alpine Linux {version}", origin=ALPINE_RELEASE)
    if data := view.read(DEBIAN_VERSION):
        # `12.5`, or `trixie/sid` before a release: then it is the one before the slash.
        version = _text(data).strip().partition("/")[0]
        if _PLAIN.fullmatch(version):
            number = version.partition(".")[0]
            return Distribution(id="debian", version=number, title=f"Debian {version}", origin=DEBIAN_VERSION)
    for path in RED_HAT_RELEASES:
        match = _RED_HAT.match(_text(view.read(path) or b""))
        if match:
            return Distribution(id=_RED_HAT_IDS[match[1]], version=match[2], title=match[0], origin=path)
    return Distribution()


def disagreement(view: _Files, found: Distribution) -> str:
    """What Debian's older file says, where that is another release than os-release has; else empty.

    Both come from one package, so only a hand makes them differ, and with them which advisories count.
    """
    data = view.read(DEBIAN_VERSION)
    if found.id != "debian" or not found.version or found.origin == DEBIAN_VERSION or not data:
        return ""
    older = _text(data).strip()
    number = older.partition(".")[0]
    return older if number.isdigit() and number != found.version.partition(".")[0] else ""


def _text(data: bytes) -> str:
    return data[:65536].decode("utf-8", "replace")
