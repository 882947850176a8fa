"""Lists what a source tree is made of, from its lock files and manifests.

A lock file says which versions are used; a manifest only what is asked for. So what a manifest asks for counts as
listed when a lock file of the same folder (or of the workspace) names it, and is a gap otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from supplychain.errors import MalformedInput, NothingToCheck, UsageError
from supplychain.inventory.catalogers.interface import OPTIONAL, Cataloger, Catalogued, Role, Source
from supplychain.inventory.component import Component
from supplychain.inventory.installed import with_installed
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.inventory.walk import Tree, walk


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    path: PurePosixPath
    cataloger: Cataloger
    found: Catalogued


def collect_directory(root: Path, *, name: str = "", exclude: Sequence[str] = ()) -> Sbom:
    """List the components of a source tree.

    Args:
        root: The folder.
        name: Name of the thing described; empty: the name of the folder.
        exclude: Patterns of files and folders to leave out; what they left out stands in `Sbom.excluded`.

    Returns:
        Components, gaps, and the files that were read. A valid lock file without packages gives neither of the two.

    Raises:
        UsageError: `root` is no folder.
        NothingToCheck: No file of any known ecosystem was found.
        MalformedInput: A file is cut short or broken; the message names it and the position.
        ToolFailed: The tree is too large.
    """
    if not root.is_dir():
        raise UsageError("no such folder", code="FILE_MISSING", where=str(root), expected="a folder")
    tree = walk(root, exclude=exclude)
    reads = _without_included([read for read in _read_files(tree, root) if not read.found.silent])
    if not reads and not tree.gaps:
        raise NothingToCheck(
            "no lock file or manifest of any known ecosystem was found",
            where=str(root),
            found=f"{len(tree.excluded)} excluded by configuration" if tree.excluded else "",
            hint="lock the dependencies (`uv lock`, `pip freeze > requirements.txt`), or name another target",
        )
    locks = [read for read in reads if read.cataloger.role is Role.LOCK]
    manifests = [read for read in reads if read.cataloger.role is Role.MANIFEST]
    siblings = frozenset(purl for read in reads for purl in read.found.projects)
    left = [_unanswered(manifest, locks, siblings) for manifest in manifests]
    listed = [component for found in (*(lock.found for lock in locks), *left) for component in found.components]
    gaps = [gap for found in (*(lock.found for lock in locks), *left) for gap in found.gaps]
    return Sbom.of(
        name or tree.root.name,
        with_installed(tuple(_with_direct(listed, manifests)), tree.read),
        gaps=tuple(dict.fromkeys((*tree.gaps, *gaps))),
        sources=tuple(str(read.path) for read in reads),
        excluded=tuple(tree.excluded),
    )


def _read_files(tree: Tree, root: Path) -> Iterable[_Read]:
    for path, cataloger in tree.files:
        data = tree.read(path)
        if data is None:
            gap = Gap(what=str(path), reason="unreadable", detail="cannot be read, or is a link that leads outside")
            found = Catalogued(gaps=(gap,))
        else:
            found = _catalog(cataloger, Source(path=path, data=data, where=str(root / path), read=tree.read))
        yield _Read(path=path, cataloger=cataloger, found=found)


def _catalog(cataloger: Cataloger, source: Source) -> Catalogued:
    try:
        return cataloger.catalog(source)
    except MalformedInput as error:
        error.hint = error.hint or "repair it, or exclude it if it is no part of the project"
        raise


def _without_included(reads: list[_Read]) -> list[_Read]:
    """Leave out files that were read as part of others; of files that only include each other, the first stays."""
    included = {path for read in reads for path in read.found.includes}
    kept = {read.path for read in reads if read.path not in included}
    reached = {path for read in reads if read.path in kept for path in read.found.includes}
    for read in reads:
        if read.path not in kept and read.path not in reached:
            kept.add(read.path)
            reached |= set(read.found.includes)
    return [read for read in reads if read.path in kept]


def _unanswered(manifest: _Read, locks: Sequence[_Read], siblings: frozenset[str]) -> Catalogued:
    """What a manifest asks for and no lock file in its reach names; other projects of the tree are no gap."""
    reach = [lock for lock in locks if _answers(lock, manifest)]
    if not reach:
        return manifest.found
    answered = {bare_purl(component.purl) for lock in reach for component in lock.found.components}
    answered |= siblings
    open_ones = {
        component.purl: component
        for component in manifest.found.components
        if bare_purl(component.purl) not in answered and not any(key == OPTIONAL for key, _ in component.properties)
    }
    gaps = tuple(gap for gap in manifest.found.gaps if gap.what in open_ones)
    return Catalogued(components=tuple(open_ones.values()), gaps=gaps)


def _with_direct(components: Sequence[Component], manifests: Sequence[_Read]) -> Iterable[Component]:
    """Mark what some manifest asks for; of the rest a lock file may know that it is not asked for."""
    asked = {bare_purl(component.purl) for manifest in manifests for component in manifest.found.components}
    for component in components:
        direct = component.direct or (True if bare_purl(component.purl) in asked else component.direct)
        yield component if direct is component.direct else replace(component, direct=direct)


def _answers(lock: _Read, manifest: _Read) -> bool:
    if lock.cataloger.ecosystem != manifest.cataloger.ecosystem:
        return False
    folder, wanted = lock.path.parent, manifest.path.parent
    if any(gap.reason == "unsupported_file" for gap in manifest.found.gaps):
        # Nothing in it can be compared, so a lock file further up, mostly that of a workspace, is taken at its word.
        return folder == wanted or folder in wanted.parents
    if folder.name in ("requirements", "constraints"):
        folder = folder.parent if folder != wanted else folder
    return wanted == folder or wanted in lock.found.covers or (lock.found.covers_below and folder in wanted.parents)


def bare_purl(purl: str) -> str:
    """A purl without version, qualifiers and subpath: which package it is."""
    head = purl.split("#", 1)[0].split("?", 1)[0]
    name, at, version = head.rpartition("@")
    return name if at and "/" not in version else head
