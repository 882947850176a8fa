"""uv.lock and pylock.toml (PEP 751)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from supplychain.inventory.catalogers.interface import (
    Catalogued,
    Source,
    as_list,
    as_table,
    as_tables,
    malformed,
    optional_text,
)
from supplychain.inventory.catalogers.lock import (
    Listing,
    Locked,
    entry_name,
    entry_version,
    locked_digests,
    parse_lock,
)
from supplychain.inventory.catalogers.python_requirement import MARKER, digests
from supplychain.inventory.component import pypi_purl


def read_uv(source: Source) -> Catalogued:
    """List uv.lock (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).

    The project and the members of its workspace are not components; what they ask for is direct.
    """
    document = parse_lock(source, needs_one_of=("version",))
    if document["version"] != 1:
        raise malformed(source.where, "unknown version of uv.lock", expected="1", found=str(document["version"]))
    packages = as_tables(document.get("package"), f"{source.where}: package")
    listing = Listing(source=source, closed=True)
    asked: set[str] = set()
    for index, package in enumerate(packages):
        place = f"{source.where}: package[{index}]"
        path = _project_path(as_table(package.get("source"), f"{place}.source"))
        if path and listing.is_project("pypi", entry_name(package, place), path):
            asked |= set(_uv_needs(package, place))
        else:
            listing.entries.append(_uv_entry(package, place))
    listed = {entry.name for entry in listing.entries}
    projects = {entry_name(package, source.where) for package in packages} - listed
    listing.entries = [
        replace(
            entry,
            direct=entry.name in asked if listing.folders else None,
            needs=tuple(need for need in entry.needs if need not in projects),
        )
        for entry in listing.entries
    ]
    for name in sorted(asked - listed - projects):
        # What a project needs must be listed as well: a file that was cut short shows there first.
        listing.gap(pypi_purl(name, None), "no_version", "the project needs it, but the lock file does not list it")
    return listing.catalogued()


def _uv_entry(package: Mapping[str, Any], place: str) -> Locked:
    files = [as_table(package.get("sdist"), f"{place}.sdist"), *as_tables(package.get("wheels"), f"{place}.wheels")]
    return Locked(
        name=entry_name(package, place),
        version=entry_version(package, place),
        hashes=digests(locked_digests(files)),
        needs=_uv_needs(package, place),
        elsewhere=_uv_elsewhere(as_table(package.get("source"), f"{place}.source")),
    )


def _uv_needs(package: Mapping[str, Any], place: str) -> tuple[str, ...]:
    lists = [as_tables(package.get("dependencies"), f"{place}.dependencies")]
    for key in ("optional-dependencies", "dev-dependencies"):
        groups = as_table(package.get(key), f"{place}.{key}")
        lists += [as_tables(group, f"{place}.{key}.{name}") for name, group in groups.items()]
    return tuple(dict.fromkeys(entry_name(need, place) for needs in lists for need in needs))


def _uv_elsewhere(source: Mapping[str, Any]) -> str:
    if "git" in source:
        address, _, revision = str(source["git"]).partition("#")
        address = address.split("?", 1)[0]
        return f"git+{address}@{revision}" if revision else f"git+{address}"
    for key in ("url", "path", "directory", "editable", "virtual"):
        if key in source:
            return str(source[key])
    return ""


def _project_path(place: Mapping[str, Any]) -> str:
    """The path of an entry that is a folder; empty: it is something else."""
    return str(place.get("virtual") or place.get("editable") or place.get("directory") or "")


def read_pylock(source: Source) -> Catalogued:
    """List pylock.toml and pylock.NAME.toml (PEP 751)."""
    document = parse_lock(source, needs_one_of=("lock-version",))
    if not str(document["lock-version"]).startswith("1."):
        raise malformed(source.where, "unknown lock-version", expected="1.x", found=str(document["lock-version"]))
    if "packages" not in document:
        raise malformed(source.where, "the lock file has no packages", expected="packages (it may be empty)")
    listing = Listing(source=source)
    for index, package in enumerate(as_tables(document["packages"], f"{source.where}: packages")):
        place = f"{source.where}: packages[{index}]"
        directory = as_table(package.get("directory"), f"{place}.directory")
        path = str(directory.get("path", "."))
        if not directory or not listing.is_project("pypi", entry_name(package, place), path):
            listing.entries.append(_pylock_entry(package, place))
    listing.closed = not listing.folders
    return listing.catalogued()


def _pylock_entry(package: Mapping[str, Any], place: str) -> Locked:
    files: list[Mapping[str, Any]] = [
        as_table(package.get("sdist"), f"{place}.sdist"),
        as_table(package.get("archive"), f"{place}.archive"),
        *as_tables(package.get("wheels"), f"{place}.wheels"),
    ]
    marker = optional_text(package.get("marker"), f"{place}.marker")
    needs = as_list(package.get("dependencies"), f"{place}.dependencies")
    return Locked(
        name=entry_name(package, place),
        version=entry_version(package, place),
        hashes=digests(_pylock_hashes(files, place)),
        needs=tuple(entry_name(as_table(need, place), place) for need in needs),
        elsewhere=_pylock_elsewhere(package, place),
        properties=((MARKER, marker),) if marker else (),
    )


def _pylock_hashes(files: Iterable[Mapping[str, Any]], place: str) -> Iterable[str]:
    for file in files:
        for algorithm, value in as_table(file.get("hashes"), f"{place}: hashes").items():
            yield f"{algorithm}:{value}"


def _pylock_elsewhere(package: Mapping[str, Any], place: str) -> str:
    vcs = as_table(package.get("vcs"), f"{place}.vcs")
    if vcs:
        return f"{vcs.get('type', 'git')}+{vcs.get('url') or vcs.get('path')}@{vcs.get('commit-id')}"
    archive = as_table(package.get("archive"), f"{place}.archive")
    if archive:
        return str(archive.get("url") or archive.get("path") or "an archive")
    return str(as_table(package.get("directory"), f"{place}.directory").get("path", ""))
