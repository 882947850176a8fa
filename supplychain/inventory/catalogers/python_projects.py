"""What Python projects ask for: pyproject.toml, Pipfile, setup.cfg, setup.py.

They name ranges, and only what the project itself asks for: without a lock file nobody can say what will be installed.
So each is listed without a version, as a gap, and the file as a whole is one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import replace
from typing import Any

from supplychain.encoding import parse_toml
from supplychain.inventory.catalogers.interface import (
    OPTIONAL,
    Catalogued,
    Source,
    as_list,
    as_table,
    malformed,
)
from supplychain.inventory.catalogers.python_requirement import Listed, from_location, list_requirement
from supplychain.inventory.catalogers.python_requirements import decode
from supplychain.inventory.component import Component, pypi_name, pypi_purl
from supplychain.inventory.sbom import Gap

_EXACT = re.compile(r"\s*={0,3}\s*(\d[A-Za-z0-9.!+_-]*)\s*")
Asked = tuple[str, str, object]
"""Group (empty: always installed), name or whole requirement, and the value beside the name (None: PEP 508)."""


def read_pyproject(source: Source) -> Catalogued:
    """List `[project]` (PEP 621), `[dependency-groups]` (PEP 735) and the older tables of Poetry, PDM and uv."""
    document = parse_toml(source.data, where=source.where)
    project = as_table(document.get("project"), f"{source.where}: project")
    tool = as_table(document.get("tool"), f"{source.where}: tool")
    poetry = as_table(tool.get("poetry"), f"{source.where}: tool.poetry")
    if not project and not poetry and "dependency-groups" not in document:
        return Catalogued(silent=True)
    own = pypi_name(str(project.get("name") or poetry.get("name") or ""))
    asked = [*_project(project, source), *_groups(document, tool, source), *_poetry(poetry, source)]
    gaps = []
    if "dependencies" in as_list(project.get("dynamic"), f"{source.where}: project.dynamic"):
        detail = "its dependencies are computed when it is built"
        gaps.append(Gap(what=str(source.path), reason="not_pinned", detail=detail))
    return _listed(asked, source, own, gaps)


def read_pipfile(source: Source) -> Catalogued:
    """List a Pipfile; of its categories only `packages` is always installed."""
    document = parse_toml(source.data, where=source.where)
    asked: list[Asked] = []
    for category, listed in document.items():
        if category in ("source", "requires", "scripts", "pipenv", "build-system"):
            continue
        group = "" if category == "packages" else category
        table = as_table(listed, f"{source.where}: {category}")
        asked += [(group, name, value if value != "" else "*") for name, value in table.items()]
    return _listed(asked, source, "", [])


def read_setup_cfg(source: Source) -> Catalogued:
    """List `install_requires` and the extras of setup.cfg, unless pyproject.toml speaks for the project."""
    if _pyproject_speaks(source):
        return Catalogued(silent=True)
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(decode(source.data, source.where), source.where)
    except ConfigError as error:
        raise malformed(source.where, f"not an INI file: {str(error)[:200]}") from None
    asked: list[Asked] = []
    if parser.has_option("options", "install_requires"):
        asked += [("", line, None) for line in _lines(parser.get("options", "install_requires"))]
    if parser.has_section("options.extras_require"):
        for extra, text in parser.items("options.extras_require"):
            asked += [(extra, line, None) for line in _lines(text)]
    return _listed(asked, source, "", []) if asked else Catalogued(silent=True)


def read_setup_py(source: Source) -> Catalogued:
    """Say that setup.py is a program: what it asks for is known only by running it, which this package does not."""
    if b"requires" not in source.data or _pyproject_speaks(source):
        return Catalogued(silent=True)
    detail = "what a program asks for is not known without running it"
    return Catalogued(gaps=(Gap(what=str(source.path), reason="unsupported_file", detail=detail),))


def _lines(text: str) -> list[str]:
    return [line for line in (raw.split(" #", 1)[0].strip() for raw in text.splitlines()) if line and line[0] != "#"]


def _pyproject_speaks(source: Source) -> bool:
    data = source.read(source.path.parent / "pyproject.toml")
    project = parse_toml(data, where="pyproject.toml").get("project") if data else None
    return isinstance(project, dict) and "dependencies" not in (project.get("dynamic") or ())


def _project(project: Mapping[str, Any], source: Source) -> Iterator[Asked]:
    place = f"{source.where}: project"
    for text in as_list(project.get("dependencies"), f"{place}.dependencies"):
        yield "", str(text), None
    for extra, texts in as_table(project.get("optional-dependencies"), f"{place}.optional-dependencies").items():
        for text in as_list(texts, f"{place}.optional-dependencies.{extra}"):
            yield extra, str(text), None


def _groups(document: Mapping[str, Any], tool: Mapping[str, Any], source: Source) -> Iterator[Asked]:
    where = source.where
    tables = {"dependency-groups": as_table(document.get("dependency-groups"), f"{where}: dependency-groups")}
    for name in ("pdm", "uv"):
        dev = as_table(tool.get(name), f"{where}: tool.{name}").get("dev-dependencies")
        tables[f"tool.{name}.dev-dependencies"] = dev if isinstance(dev, dict) else {"dev": dev or []}
    for table, groups in tables.items():
        for group, texts in groups.items():
            for text in as_list(texts, f"{where}: {table}.{group}"):
                if isinstance(text, str):
                    yield group, text, None


def _poetry(poetry: Mapping[str, Any], source: Source) -> Iterator[Asked]:
    place = f"{source.where}: tool.poetry"
    groups = as_table(poetry.get("group"), f"{place}.group")
    tables = {
        "": poetry.get("dependencies"),
        "dev": poetry.get("dev-dependencies"),
        **{name: as_table(group, f"{place}.group.{name}").get("dependencies") for name, group in groups.items()},
    }
    for group, table in tables.items():
        for name, value in as_table(table, f"{place}: dependencies of {group or 'the project'}").items():
            if name != "python":
                optional = isinstance(value, dict) and value.get("optional") is True
                yield group or ("extra" if optional else ""), name, value


def _listed(asked: list[Asked], source: Source, own: str, gaps: list[Gap]) -> Catalogued:
    components: list[Component] = []
    for group, text, value in asked:
        where = str(source.path)
        component, gap = list_requirement(text, where=where) if value is None else _named(pypi_name(text), value, where)
        if component and component.name == own:
            continue
        if component:
            extra = ((OPTIONAL, group),) if group else ()
            components.append(replace(component, direct=True, properties=(*component.properties, *extra)))
        gaps += [gap] if gap else []
    if asked:
        detail = "no lock file answers for it: what its dependencies bring in is not known"
        gaps.append(Gap(what=str(source.path), reason="not_pinned", detail=detail))
    projects = (pypi_purl(own, None),) if own else ()
    return Catalogued(components=tuple(components), gaps=tuple(gaps), projects=projects)


def _named(name: str, value: object, where: str) -> Listed:
    """One entry of a table of Poetry or Pipenv: a constraint, a table, or a list of those for different machines."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else "*"
    table = value if isinstance(value, dict) else {"version": value}
    for key in ("git", "hg", "svn", "url", "file", "path"):
        if table.get(key):
            prefix = f"{key}+" if key in ("git", "hg", "svn") else ""
            return from_location(f"{prefix}{table[key]}", where=where, name=name)
    constraint = str(table.get("version", "*"))
    exact = _EXACT.fullmatch(constraint)
    version = exact.group(1) if exact and (exact.group(1) != constraint or "." in constraint) else None
    component = Component(name=name, version=version, purl=pypi_purl(name, version))
    if version:
        return component, None
    return component, Gap(what=component.purl, reason="not_pinned", detail=f"{where}: {name} {constraint}")
