"""uv.lock and pylock.toml (PEP 751)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
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
from supplychain.inventory.catalogers.python_lock import (
    Locked,
    assemble,
    entry_name,
    entry_version,
    inside,
    parse_lock,
)
from supplychain.inventory.catalogers.python_requirement import MARKER, digests


def read_uv(source: Source) -> Catalogued:
    """List uv.lock (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile).

    The project and the members of its workspace are not components; what they ask for is direct.
    """
    document = parse_lock(source, needs_one_of=("version",))
    if document["version"] != 1:
        raise malformed(source.where, "unknown version of uv.lock", expected="1", found=str(document["version"]))
    packages = as_tables(document.get("package"), f"{source.where}: package")
    entries: list[Locked] = []
    covers: list[PurePosixPath] = []
    asked: set[str] = set()
    for index, package in enumerate(packages):
        place = f"{source.where}: package[{index}]"
        folder = _project_folder(source, as_table(package.get("source"), f"{place}.source"))
        if folder is not None:
            covers.append(folder)
            asked |= set(_uv_needs(package, place))
            continue
        entries.append(_uv_entry(package, place))
    listed = {entry.name for entry in entries}
    projects = {entry_name(package, source.where) for package in packages} - listed
    entries = [
        replace(
            entry,
            direct=entry.name in asked if covers else None,
            needs=tuple(need for need in entry.needs if need not in projects),
        )
        for entry in entries
    ]
    # What a project needs must be listed as well: a file that was cut short shows there first.
    entries += [Locked(name=name, version=None, direct=True) for name in sorted(asked - listed - projects)]
    return assemble(entries, source=source, covers=covers, closed=True)


def _uv_entry(package: Mapping[str, Any], place: str) -> Locked:
    files = [as_table(package.get("sdist"), f"{place}.sdist"), *as_tables(package.get("wheels"), f"{place}.wheels")]
    return Locked(
        name=entry_name(package, place),
        version=entry_version(package, place),
        hashes=digests(file["hash"] for file in files if file.get("hash")),
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


def _project_folder(source: Source, place: Mapping[str, Any]) -> PurePosixPath | None:
    """The folder of a project of this very tree; None: the entry is not one."""
    for key in ("virtual", "editable", "directory"):
        if key in place:
            return inside(source, str(place[key]))
    return None


def read_pylock(source: Source) -> Catalogued:
    """List pylock.toml and pylock.NAME.toml (PEP 751)."""
    document = parse_lock(source, needs_one_of=("lock-version",))
    if not str(document["lock-version"]).startswith("1."):
        raise malformed(source.where, "unknown lock-version", expected="1.x", found=str(document["lock-version"]))
    if "packages" not in document:
        raise malformed(source.where, "the lock file has no packages", expected="packages (it may be empty)")
    entries: list[Locked] = []
    covers: list[PurePosixPath] = []
    for index, package in enumerate(as_tables(document["packages"], f"{source.where}: packages")):
        place = f"{source.where}: packages[{index}]"
        directory = as_table(package.get("directory"), f"{place}.directory")
        folder = inside(source, str(directory.get("path", ".")))
        if directory and folder is not None:
            covers.append(folder)
            continue
        entries.append(_pylock_entry(package, place))
    return assemble(entries, source=source, covers=covers, closed=not covers)


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
