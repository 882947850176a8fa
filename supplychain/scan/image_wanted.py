"""What all that looks at an image wants of it together, so that its layers are read once."""

from __future__ import annotations

from functools import partial

from supplychain.artifact.image.tree import Extract, entry_only
from supplychain.inventory.image.wanted import PROGRAMS, by_content, kind_of, linked, wanted
from supplychain.scan.image_secrets import secrets_wanted

CACHES = {
    "var/cache/apt/archives/": (".deb",),
    "var/lib/apt/lists/": ("_Packages", "_Packages.lz4", "_Packages.xz", "_Packages.gz", "_InRelease"),
    "var/cache/apk/": (".apk", ".tar.gz"),
    "etc/apk/cache/": (".apk", ".tar.gz"),
    "var/cache/dnf/": (".rpm", ".solv", ".xml.gz", ".xml.zst"),
    "var/cache/yum/": (".rpm", ".sqlite", ".xml.gz"),
    "var/cache/zypp/": (".rpm", ".solv"),
    "root/.cache/pip/": ("",),
    "root/.cache/uv/": ("",),
    "root/.npm/_cacache/": ("",),
    "root/.cache/yarn/": ("",),
    "usr/local/share/.cache/yarn/": ("",),
    "root/.cache/go-build/": ("",),
    "root/.m2/repository/": ("",),
}
"""Folders of package managers that only an installation needs, and the endings of what counts there."""
_CACHES = tuple(CACHES)


def image_wanted(path: str, size: int, mode: int) -> bool | Extract:
    """Packages, secrets and caches at once (an `artifact.image.tree.Wanted`).

    A script is searched for secrets even where it looks like a program by its size.
    """
    kind = kind_of(path, size, mode)
    if kind and kind != "program":
        return wanted(path, size, mode)
    searched = secrets_wanted(path, size, mode)
    if kind:
        listed = wanted(path, size, mode)
        if searched is False or searched is entry_only or isinstance(listed, bool) or isinstance(searched, bool):
            return listed
        return partial(_either, listed, searched)
    if searched is not False:
        return searched
    return entry_only if path.startswith(_CACHES) and cache_of(path) else False


def _either(listed: Extract, searched: Extract, content: bytes) -> bytes | None:
    """What stands in a file that is a program, or else what was found in a script."""
    return listed(content) or (None if content.startswith(PROGRAMS) else searched(content))


image_wanted.paths = wanted.paths  # type: ignore[attr-defined] # see `Wanted`
image_wanted.linked = linked  # type: ignore[attr-defined]
image_wanted.by_content = by_content  # type: ignore[attr-defined]


def cache_of(path: str) -> str:
    """The cache folder a file belongs to; empty: none."""
    return next((top for top, ends in CACHES.items() if path.startswith(top) and path.endswith(ends)), "")
