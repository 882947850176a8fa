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
from supplychain.inventory.catalogers.python_lock import Locked, assemble, entry_name, entry_version, parse_lock
from supplychain.inventory.catalogers.python_requirement import MARKER, digests, parse_requirement
from supplychain.inventory.component import pypi_name
from supplychain.inventory.sbom import Gap

_VCS = ("git", "hg", "svn", "bzr")


def read_poetry(source: Source) -> Catalogued:
    """List poetry.lock, formats 1.0 to 2.1 (https://python-poetry.org/docs/)."""
    document = parse_lock(source, needs_one_of=("package", "metadata"))
    where = source.where
    packages = as_tables(document.get("package"), f"{where}: package")
    metadata = as_table(document.get("metadata"), f"{where}: metadata")
    shared_files = as_table(metadata.get("files"), f"{where}: metadata.files")
    names = [entry_name(package, f"{where}: package[{index}]") for index, package in enumerate(packages)]
    entries = []
    for index, package in enumerate(packages):
        place = f"{where}: package[{index}]"
        name, version = names[index], entry_version(package, place)
        files = as_tables(package.get("files"), f"{place}.files")
        if not files:
            listed = as_tables(shared_files.get(package["name"]), f"{where}: metadata.files.{name}")
            files = [f for f in listed if names.count(name) == 1 or f"-{version}" in str(f.get("file"))]
        entries.append(
            Locked(
                name=name,
                version=version,
                hashes=digests(file.get("hash") for file in files),
                needs=tuple(pypi_name(need) for need in as_table(package.get("dependencies"), f"{place}.dependencies")),
                elsewhere=_poetry_source(as_table(package.get("source"), f"{place}.source")),
            )
        )
    gaps = []
    if "metadata" not in document:
        # Poetry writes this table last, so a file without it may have lost packages as well.
        detail = "no [metadata] at the end: the file may be cut short"
        gaps.append(Gap(what=str(source.path), reason="unreadable", detail=detail))
    return assemble(entries, source=source, gaps=gaps)


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
    entries = []
    for index, package in enumerate(as_tables(document.get("package"), f"{where}: package")):
        place = f"{where}: package[{index}]"
        files = as_tables(package.get("files"), f"{place}.files")
        marker = optional_text(package.get("marker"), f"{place}.marker")
        entries.append(
            Locked(
                name=entry_name(package, place),
                version=entry_version(package, place),
                hashes=digests(file.get("hash") for file in files),
                needs=_names(as_list(package.get("dependencies"), f"{place}.dependencies")),
                elsewhere=_pdm_source(package),
                properties=((MARKER, marker),) if marker else (),
            )
        )
    return assemble(entries, source=source)


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
    entries: list[Locked] = []
    gaps: list[Gap] = []
    for category, listed in sorted(document.items()):
        if category == "_meta":
            continue
        for name, value in as_table(listed, f"{where}: {category}").items():
            place = f"{where}: {category}.{name}"
            entry, gap = _pipfile_entry(as_text(name, place), as_table(value, place), place)
            entries += [entry] if entry else []
            gaps += [gap] if gap else []
    return assemble(entries, source=source, gaps=gaps)


def _pipfile_entry(name: str, value: Mapping[str, Any], place: str) -> tuple[Locked | None, Gap | None]:
    stated = optional_text(value.get("version"), f"{place}.version") or ""
    marker = optional_text(value.get("markers"), f"{place}.markers")
    elsewhere = str(value.get("file") or value.get("path") or "")
    for kind in _VCS:
        if value.get(kind):
            elsewhere = _vcs(kind, str(value[kind]), str(value.get("ref") or ""))
    version = stated.lstrip("=").strip() if stated.startswith("==") and "*" not in stated else None
    if stated and version is None:
        return None, Gap(what=name, reason="not_pinned", detail=f"{place}: {stated}")
    entry = Locked(
        name=pypi_name(name),
        version=version,
        hashes=digests(as_list(value.get("hashes"), f"{place}.hashes")),
        elsewhere=elsewhere,
        properties=((MARKER, marker),) if marker else (),
    )
    return entry, None
