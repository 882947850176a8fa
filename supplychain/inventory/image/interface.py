"""What a cataloger of installed packages is: it looks at the files of one image and says which packages they name.

A cataloger is pure: the merged file tree of an image in, components and gaps out. It never raises for bad content; what
it cannot read is a gap that names the file, because one broken file must hide nothing else of the image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from supplychain.artifact.image.tree import ImageFile, ImageTree
from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap

_MERGED = ("usr/lib", "usr/bin/", "usr/sbin/")
_ROOT = re.compile(
    r"((?:.*?/)??)(?:(?:etc|usr/lib)/(?:os-release|debian_version|[a-z]+-release)"
    r"|(?:var/lib/(?:dpkg|rpm|opkg)|(?:usr/)?lib/apk/db|usr/lib/opkg|usr/lib/sysimage/rpm|usr/share/rpm)/(?:[^/]+/)?[^/]+)"
)


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
    layers: Mapping[str, int] = field(default_factory=dict)
    """purl to the index of the layer that brought it, where that is not the layer of the component's `origin`."""
    owned: Mapping[str, str] = field(default_factory=dict)
    """File to the purl of the distribution package it belongs to; only files that were asked for."""


@dataclass(slots=True, kw_only=True)
class View:
    """The files of one image as catalogers look at them."""

    tree: ImageTree
    kinds: Mapping[str, tuple[str, ...]]
    """Kind of file (`wanted.kind_of`) to the paths of that kind, sorted."""
    distribution: Distribution = field(default_factory=Distribution)
    inner: Mapping[str, Distribution] = field(default_factory=dict)
    """Root file systems inside the image (`srv/root/`) to the distribution of each."""
    _names: dict[str, str] = field(init=False, default_factory=dict)
    """Every path of `kinds` by each name a package may list it under."""

    def __post_init__(self) -> None:
        # `/lib` and its like are links to `/usr/lib` in most distributions, while packages may list the old path.
        paths = [path for group in self.kinds.values() for path in group]
        self._names = {path[4:]: path for path in paths if path.startswith(_MERGED)}
        self._names.update((path, path) for path in paths)

    @property
    def files(self) -> Mapping[str, ImageFile]:
        """Path without a leading `/` to file; the state after the last layer."""
        return self.tree.files

    def of(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Path and content of every file of a kind that has content."""
        for path in self.kinds.get(kind, ()):
            data = self.tree.files[path].data
            if data is not None:
                yield path, data

    def read(self, path: str) -> bytes | None:
        """The content of a file, through links; None: not there, or its content was not asked for."""
        file = self.tree.resolve(path)
        return None if file is None else file.data

    def versions(self, path: str) -> list[tuple[int, bytes]]:
        """Layer and content of every version of a file in the image, lowest layer first."""
        kept = [file for file in self.tree.deleted if file.path == path]
        if path in self.tree.files:
            kept.append(self.tree.files[path])
        return sorted((file.layer, file.data) for file in kept if file.data is not None)

    def ownership(self, listed: Iterable[str] | Set[str], *, root: str = "") -> list[str]:
        """Which of the paths that a package lists (without a leading `/`) are files that were asked for.

        Args:
            listed: The paths, below the root of the package's database.
            root: That root, as `root_of` gives it.
        """
        names = (root + name for name in listed) if root else listed
        return [self._names[name] for name in names if name in self._names]

    def distribution_of(self, path: str) -> Distribution:
        """The distribution of the root file system that a package database stands in.

        One inside the image that does not say has none: that of the image would be a guess.
        """
        root = root_of(path)
        return self.inner.get(root, Distribution()) if root else self.distribution


def root_of(path: str) -> str:
    """The root that a package database or a file about the distribution belongs to: empty, or `srv/root/`."""
    match = _ROOT.fullmatch(path)
    return match[1] if match else ""


def unreadable(path: str, detail: str) -> Gap:
    """The gap for a file, or an entry in it, that is not what its format demands."""
    return Gap(what=path, reason="unreadable", detail=detail[:200])
