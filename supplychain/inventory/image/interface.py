"""What a cataloger of installed packages is: it looks at the files of one image and says which packages they name.

A cataloger is pure: the merged file tree of an image in, components and gaps out. It never raises for bad content; what
it cannot read is a gap that names the file, because one broken file must hide nothing else of the image.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap

_MAX_LINKS = 16
_MERGED = ("usr/lib", "usr/bin/", "usr/sbin/")


class File(Protocol):
    """What a cataloger needs to know of one file (`artifact.image.tree.ImageFile`)."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def mode(self) -> int:
        """Permission bits."""

    @property
    def link(self) -> str | None:
        """Target of a link; None: no link."""

    @property
    def data(self) -> bytes | None:
        """The content, or the note that `condense` made of it; None: it was not asked for."""

    @property
    def layer(self) -> int:
        """Index of the layer that has this version of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The Linux distribution of an image, as its packages are labelled."""

    id: str = ""
    """`ID` of os-release, for example `debian`; empty: the image says nothing."""
    version: str = ""
    """`VERSION_ID`, else the code name, else `edge` for Alpine's moving branch; empty: it has no releases."""
    title: str = ""
    origin: str = ""
    """The file that says so."""

    @property
    def label(self) -> str:
        """The purl qualifier `distro`: `debian-12`, `alpine-3.18.4`, `rhel-9.2`."""
        return f"{self.id}-{self.version}" if self.id and self.version else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one cataloger found."""

    components: tuple[Component, ...] = ()
    gaps: tuple[Gap, ...] = ()
    brought_by: Mapping[str, str] = field(default_factory=dict)
    """purl to the file whose layer brought it, where that is not the component's `origin`."""
    owned: Mapping[str, str] = field(default_factory=dict)
    """File to the purl of the distribution package it belongs to; only files whose content was asked for."""


@dataclass(slots=True, kw_only=True)
class View:
    """The files of one image as catalogers look at them."""

    files: Mapping[str, File]
    """Path without a leading `/` to file; the state after the last layer."""
    kinds: Mapping[str, tuple[str, ...]]
    """Kind of file (`wanted.kind_of`) to the paths of that kind that have content, sorted."""
    distribution: Distribution = field(default_factory=Distribution)
    _content: dict[str, str] = field(init=False, default_factory=dict)
    """Every path of `kinds` by each name a package may list it under."""

    def __post_init__(self) -> None:
        # `/lib` and its like are links to `/usr/lib` in most distributions, while packages may list the old path.
        paths = [path for group in self.kinds.values() for path in group]
        self._content = {path[4:]: path for path in paths if path.startswith(_MERGED)}
        self._content.update((path, path) for path in paths)

    def of(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Path and content of every file of a kind."""
        for path in self.kinds.get(kind, ()):
            data = self.files[path].data
            if data is not None:
                yield path, data

    def read(self, path: str) -> bytes | None:
        """The content of a file, through links; None: not there, or its content was not asked for."""
        file = self.files.get(self.resolve(path))
        return None if file is None else file.data

    def resolve(self, path: str) -> str:
        """Follow links in every part of a path. A path that leads nowhere, or in a circle, is given back as it is."""
        done: list[str] = []
        waiting = path.split("/")[::-1]
        links = 0
        while waiting:
            done.append(waiting.pop())
            file = self.files.get("/".join(done))
            if file is None or not file.link or file.data is not None:
                continue
            links += 1
            if links > _MAX_LINKS:
                return path
            target = file.link if file.link.startswith("/") else posixpath.join("/", *done[:-1], file.link)
            waiting += [part for part in posixpath.normpath(target).split("/") if part][::-1]
            done = []
        return "/".join(done)

    def ownership(self, listed: Iterable[str]) -> list[str]:
        """Which of the paths that a package lists (without a leading `/`) are files whose content was asked for."""
        return [self._content[name] for name in self._content.keys() & listed]


def unreadable(path: str, detail: str) -> Gap:
    """The gap for a file, or an entry in it, that is not what its format demands."""
    return Gap(what=path, reason="unreadable", detail=detail[:200])
