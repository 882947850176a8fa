"""Installed Ruby gems: `specifications/*.gemspec`, also the default ones that come with Ruby.

RubyGems writes these files itself (RubyGems guides, "Specification Reference"), always in the same form:
a `# stub: name version platform …` line, then assignments. They are read as text; nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.sbom import Gap

_STUB = re.compile(r"^# stub: (\S+) (\S+) (\S+)", re.MULTILINE)
_ASSIGNED = re.compile(
    r"""^\s*\w+\.(name|version)\s*=\s*(?:Gem::Version\.new[ (])?\(?%?[q<{("'\[]*([^"'>})\]\s]+)""", re.MULTILINE
)
_LICENSES = re.compile(r"^\s*\w+\.licenses?\s*=\s*(.{1,500})$", re.MULTILINE)
_NEEDED = re.compile(r"^\s*\w+\.add_(?:runtime_)?dependency[ (]+(?:%q<|[\"'])([A-Za-z0-9._-]+)", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\"']{1,100})[\"']")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_VERSION = re.compile(r"\d+(?:\.[A-Za-z0-9]+)*(?:-[A-Za-z0-9.]+)?")


def read_gems(view: View) -> Found:
    """List the installed Ruby gems of an image."""
    listed: list[tuple[Component, list[str]]] = []
    gaps: list[Gap] = []
    for path, data in view.of("gem"):
        text = data.decode("utf-8", "replace")
        stub = _STUB.search(text)
        stated = dict(reversed(_ASSIGNED.findall(text)))
        name, version = (stub[1], stub[2]) if stub else (stated.get("name", ""), stated.get("version", ""))
        if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            gaps.append(unreadable(path, f"a specification without name or version: {name[:60]!r} {version[:40]!r}"))
            continue
        platform = stub[3] if stub and stub[3] != "ruby" else ""
        licenses = [name for match in _LICENSES.findall(text) for name in _QUOTED.findall(match)]
        component = Component(
            name=name,
            version=version,
            purl=package_url("gem", name, version, qualifiers={"platform": platform}),
            licenses=tuple(dict.fromkeys(licenses)),
            origin=path,
        )
        listed.append((component, _NEEDED.findall(text)))
    return Found(components=tuple(_with_edges(listed)), gaps=tuple(gaps))


def _with_edges(listed: list[tuple[Component, list[str]]]) -> Iterator[Component]:
    purls = {component.name: component.purl for component, _ in listed}
    for component, needs in listed:
        edges = dict.fromkeys(purls[name] for name in needs if name in purls and purls[name] != component.purl)
        yield replace(component, depends_on=tuple(edges)) if edges else component
