"""poetry.lock, pdm.lock and Pipfile.lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.inventory.catalogers.interface import (
    Catalogued,
    Source,
    as_list,
    as_table,
    as_tables,
    as_text,
    malformed,
    optional_text,
)
from supplychain.inventory.catalogers.lock import (
    DEVELOPMENT,
    Listing,
    Locked,
    entry_name,
    entry_version,
    locked_digests,
    parse_lock,
)
from supplychain.inventory.catalogers.python_requirement import MARKER, digests, parse_requirement
from supplychain.inventory.component import pypi_name, pypi_purl

_VCS = ("git", "hg", "svn", "bzr")


def read_poetry(source: Source) -> Catalogued:
    """List poetry.lock, formats 1.0 to 2.1 (https://python-poetry.org/docs/)."""
    document = parse_lock(source, needs_one_of=("package", "metadata"))
    where = source.where
    packages = as_tables(document.get("package"), f"{where}: package")
    metadata = as_table(document.get("metadata"), f"{where}: metadata")
    shared_files = as_table(metadata.get("files"), f"{where}: metadata.files")
    names = [entry_name(package, f"{where}: package[{index}]") for index, package in enumerate(packages)]
    listing = Listing(source=source)
    for index, package in enumerate(packages):
        place = f"{where}: package[{index}]"
        name, version = names[index], entry_version(package, place)
        files = as_tables(package.get("files"), f"{place}.files")
        if not files:
            listed = as_tables(shared_files.get(package["name"]), f"{where}: metadata.files.{name}")
            files = [f for f in listed if names.count(name) == 1 or f"-{version}" in str(f.get("file"))]
        origin = as_table(package.get("source"), f"{place}.source")
        if origin.get("type") == "directory" and listing.is_project("pypi", name, str(origin.get("url", "."))):
            continue
        listing.entries.append(
            Locked(
                name=name,
                version=version,
                hashes=digests(locked_digests(files)),
                needs=tuple(pypi_name(need) for need in as_table(package.get("dependencies"), f"{place}.dependencies")),
                elsewhere=_poetry_source(origin),
                properties=(DEVELOPMENT,) if _is_development(package) else (),
            )
        )
    if "metadata" not in document:
        # Poetry writes this table last, so a file without it may have lost packages as well.
        listing.gap(str(source.path), "unreadable", "no [metadata] at the end: the file may be cut short")
    return listing.catalogued()


def _is_development(package: Mapping[str, Any]) -> bool:
    groups = package.get("groups", [package.get("category", "main")])
    return isinstance(groups, list) and bool(groups) and not {"main", "default"} & set(map(str, groups))


def _poetry_source(entry: Mapping[str, Any]) -> str:
    kind, url = str(entry.get("type", "")), str(entry.get("url", ""))
    if kind in ("", "legacy", "pypi"):
        return ""
    if kind in _VCS:
        return _vcs(kind, url, str(entry.get("resolved_reference") or entry.get("reference") or ""))
    return url or kind


def _vcs(kind: str, url: str, revision: str) -> str:
    address = url if url.startswith(f"{kind}+") else f"{kind}+{url}"
    return f"{address}@{revision}" if revision else address


def read_pdm(source: Source) -> Catalogued:
    """List pdm.lock (https://pdm-project.org/latest/usage/lockfile/)."""
    document = parse_lock(source, needs_one_of=("metadata",))
    where = source.where
    listing = Listing(source=source)
    for index, package in enumerate(as_tables(document.get("package"), f"{where}: package")):
        place = f"{where}: package[{index}]"
        name = entry_name(package, place)
        if package.get("path") and listing.is_project("pypi", name, str(package["path"])):
            continue
        files = as_tables(package.get("files"), f"{place}.files")
        marker = optional_text(package.get("marker"), f"{place}.marker")
        listing.entries.append(
            Locked(
                name=name,
                version=entry_version(package, place),
                hashes=digests(locked_digests(files)),
                needs=_names(as_list(package.get("dependencies"), f"{place}.dependencies")),
                elsewhere=_pdm_source(package),
                properties=_properties(marker, _is_development(package)),
            )
        )
    return listing.catalogued()


def _properties(marker: str | None, development: bool) -> tuple[tuple[str, str], ...]:
    return (*(((MARKER, marker),) if marker else ()), *((DEVELOPMENT,) if development else ()))


def _names(requirements: Iterable[object]) -> tuple[str, ...]:
    parsed = (parse_requirement(str(text)) for text in requirements)
    return tuple(pypi_name(requirement.name) for requirement in parsed if requirement)


def _pdm_source(package: Mapping[str, Any]) -> str:
    for kind in _VCS:
        if package.get(kind):
            return _vcs(kind, str(package[kind]), str(package.get("revision") or package.get("ref") or ""))
    return str(package.get("url") or package.get("path") or "")


def read_pipfile_lock(source: Source) -> Catalogued:
    """List Pipfile.lock (https://pipenv.pypa.io/en/latest/pipfile.html)."""
    document = parse_json_object(source.data, where=source.where)
    where = source.where
    if "_meta" not in document:
        raise malformed(where, "the lock file has no _meta", expected="an object with _meta, default and develop")
    listing = Listing(source=source)
    for category, listed in sorted(document.items()):
        if category == "_meta":
            continue
        for name, value in as_table(listed, f"{where}: {category}").items():
            place = f"{where}: {category}.{name}"
            _pipfile_entry(listing, as_text(name, place), as_table(value, place), category != "default")
    return listing.catalogued()


def _pipfile_entry(listing: Listing, name: str, value: Mapping[str, Any], development: bool) -> None:
    place = f"{listing.source.where}: {name}"
    stated = optional_text(value.get("version"), f"{place}.version") or ""
    marker = optional_text(value.get("markers"), f"{place}.markers")
    elsewhere = str(value.get("file") or value.get("path") or "")
    if value.get("path") and listing.is_project("pypi", pypi_name(name), elsewhere):
        return
    for kind in _VCS:
        if value.get(kind):
            elsewhere = _vcs(kind, str(value[kind]), str(value.get("ref") or ""))
    version = stated.lstrip("=").strip() if stated.startswith("==") and "*" not in stated else None
    if stated and version is None:
        listing.gap(pypi_purl(pypi_name(name), None), "not_pinned", stated)
        return
    listing.entries.append(
        Locked(
            name=pypi_name(name),
            version=version,
            hashes=digests(as_list(value.get("hashes"), f"{place}.hashes")),
            elsewhere=elsewhere,
            properties=_properties(marker, development),
        )
    )
