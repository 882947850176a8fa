"""What an inventory of an image cannot be sure of: files that were lost, package databases that are gone or at odds.

Whoever builds an image can take the database of its packages away and leave the packages. That must not read as clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from supplychain.inventory.image.interface import Distribution, Found, View, root_of, unreadable
from supplychain.inventory.image.osrelease import DEBIAN_VERSION, disagreement
from supplychain.inventory.image.wanted import LIMITS, kind_of
from supplychain.inventory.sbom import Gap

SYSTEM = ("dpkg", "apk", "rpm")
"""Kinds of package databases of distributions."""
_DISTRIBUTIONS = re.compile(r"(?:usr/(?!local/)|lib|bin/|sbin/|etc/|var/)")
_NOT_DEBIANS = "usr/lib/node_modules/"


def is_maintained(path: str, owner: str, view: View) -> bool:
    """Whether a distribution carries fixes back for a file of its package `owner` (a purl).

    Only in its own folders (Filesystem Hierarchy Standard 3.0: /opt, /usr/local and /srv are not). A package of
    somebody else puts its copies of other people's modules elsewhere, and no advisory about a package of the
    distribution is about those. Debian's Node policy knows no /usr/lib/node_modules.
    """
    inner = max((root for root in view.inner if path.startswith(root)), key=len, default="")
    own = path.removeprefix(inner)
    foreign = owner.startswith("pkg:deb/") and own.startswith(_NOT_DEBIANS)
    return _DISTRIBUTIONS.match(own) is not None and not foreign


def lost(view: View) -> Iterator[Gap]:
    """What the reader of the image lost, and files too large to read."""
    for oddity in view.tree.oddities:
        if oddity.lost:
            more = f" ({oddity.count:,} of this kind)" if oddity.count > 1 else ""
            yield unreadable(oddity.what, f"{oddity.reason}: {oddity.detail}{more}")
    for kind, paths in view.kinds.items():
        for path in paths:
            if view.files[path].size > LIMITS.get(kind, 0):
                yield unreadable(path, f"larger than the {LIMITS[kind]:,} bytes that are read of such a file")


def databases_lost(view: View, found: Sequence[tuple[str, Found]]) -> Iterator[Gap]:
    """A distribution without its package database is not clean: somebody deleted it, or we cannot read its kind."""
    distribution = view.distribution
    yield from _deleted(view)
    if distribution.id and not any(kind in SYSTEM and _of_the_image(one) for kind, one in found):
        detail = f"{distribution.origin} names this distribution, but no package database of it was found"
        yield Gap(what=distribution.label, reason="unreadable", detail=detail)
    if older := disagreement(view, distribution):
        yield unreadable(DEBIAN_VERSION, _contradiction(distribution, older))


def _contradiction(distribution: Distribution, older: str) -> str:
    return f"it says release {older[:40]}, {distribution.origin} says {distribution.version}: one of them is wrong"


def _of_the_image(found: Found) -> bool:
    """Whether it is about the image itself, and not only about a root file system inside it."""
    names = [component.origin for component in found.components] + [gap.what for gap in found.gaps]
    return any(not root_of(name) for name in names)


def _deleted(view: View) -> Iterator[Gap]:
    """Databases that a later layer removed where none of that kind is left: their packages may still be there."""
    here = {(kind, root_of(path)) for kind in SYSTEM for path in view.kinds.get(kind, ())}
    gone: dict[tuple[str, str], tuple[str, int]] = {}
    for file in view.tree.deleted:
        kind, root = kind_of(file.path, file.size, file.mode), root_of(file.path)
        if kind in SYSTEM and (kind, root) not in here and file.size:
            gone.setdefault((kind, root), (file.path, file.layer))
    for path, layer in gone.values():
        yield unreadable(path, f"layer {layer} brought this package database, and a later one removed it")
