"""pom.xml (https://maven.apache.org/pom.html), as far as it can be known without a repository.

Maven has no lock file: what dependencies bring in, and versions set by a parent that is not in the tree, are known only
to a build. So a pom.xml with dependencies always leaves a gap.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from supplychain.inventory.catalogers.interface import Catalogued, Source, malformed
from supplychain.inventory.catalogers.lock import Listing, Locked
from supplychain.markup import Elements, read_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_REFERENCE = re.compile(r"\$\{([^{}]+)\}")
_MAX_PARENTS = 20


@dataclass(slots=True)
class _Model:
    """What a pom.xml and its parents inside the tree say; the nearest wins."""

    properties: dict[str, str] = field(default_factory=dict)
    managed: dict[str, str] = field(default_factory=dict)
    includes: list[PurePosixPath] = field(default_factory=list)
    dependencies: list[dict[str, str]] = field(default_factory=list)


def read_pom(source: Source) -> Catalogued:
    """List the dependencies that a pom.xml names itself."""
    model = _Model()
    path, data = source.path, source.data
    for _ in range(_MAX_PARENTS):
        root = _parse(data, source.where if path == source.path else str(path))
        parent = _add(model, root, own=path == source.path)
        if parent is None:
            break
        path = PurePosixPath(posixpath.normpath(posixpath.join(str(path.parent), parent)))
        found = None if ".." in path.parts else source.read(path)
        if found is None or path in model.includes:
            break
        model.includes.append(path)
        data = found
    return _listed(source, model)


def _listed(source: Source, model: _Model) -> Catalogued:
    listing = Listing(source=source)
    for dependency in model.dependencies:
        group, artifact, version = (
            _resolve(dependency.get(k, ""), model) for k in ("groupId", "artifactId", "version")
        )
        name = f"{group}:{artifact}"
        version = version or _resolve(model.managed.get(name, ""), model)
        exact = version and not re.search(r"[\[\](),${}]|^(LATEST|RELEASE)$", version)
        if not group or not artifact or "${" in name:
            listing.gap(name, "unreadable", "a coordinate that only a build can resolve")
            continue
        entry = Locked(kind="maven", name=name, version=version if exact else None, direct=True)
        if exact:
            listing.entries.append(entry)
        else:
            listing.gap(entry.purl, "not_pinned", version or "its version is set elsewhere")
    if model.dependencies:
        listing.gap(str(source.path), "not_pinned", "what its dependencies bring in is known only to a build")
    return listing.catalogued()


def _add(model: _Model, root: Element, *, own: bool) -> str | None:
    """Take over what a pom says that nothing nearer said; return the path of its parent."""
    parent = _child(root, "parent")
    for key in ("groupId", "version", "artifactId"):
        value = _text(root, key) or (_text(parent, key) if key != "artifactId" else "")
        names = (f"project.{key}", f"pom.{key}", key) if value else ()
        for name in names:
            model.properties.setdefault(name, value)
    for prop in _children(_child(root, "properties")):
        model.properties.setdefault(_tag(prop), (prop.text or "").strip())
    management = _child(root, "dependencyManagement")
    for dependency in _dependencies(_child(management, "dependencies")):
        name = f"{_resolve(dependency.get('groupId', ''), model)}:{_resolve(dependency.get('artifactId', ''), model)}"
        model.managed.setdefault(name, dependency.get("version", ""))
    if own:
        model.dependencies += _dependencies(_child(root, "dependencies"))
        for profile in _children(_child(root, "profiles")):
            model.dependencies += _dependencies(_child(profile, "dependencies"))
    if parent is None:
        return None
    relative = _text(parent, "relativePath") or "../pom.xml"
    return relative if relative.endswith(".xml") else f"{relative}/pom.xml"


def _resolve(text: str, model: _Model) -> str:
    for _ in range(10):
        resolved = _REFERENCE.sub(lambda m: model.properties.get(m.group(1), m.group(0)), text)
        if resolved == text or len(resolved) > 1000:
            break
        text = resolved
    return text.strip()[:1000]


def _dependencies(parent: Element | None) -> Iterator[dict[str, str]]:
    for dependency in _children(parent):
        if _tag(dependency) == "dependency":
            yield {_tag(child): (child.text or "").strip() for child in dependency}


def _parse(data: bytes, where: str) -> Element:
    from xml.etree.ElementTree import ParseError, fromstring

    read_xml(data, Elements(), where=where)
    try:
        root = fromstring(data)  # noqa: S314 - what declares entities, or is nested without end, was refused above
    except (ParseError, ValueError, LookupError) as error:
        raise malformed(where, f"not XML: {error}") from None
    if _tag(root) != "project":
        raise malformed(where, "not a pom.xml", expected="<project>", found=_tag(root))
    return root


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element | None) -> list[Element]:
    return list(element) if element is not None else []


def _child(element: Element | None, name: str) -> Element | None:
    return next((child for child in _children(element) if _tag(child) == name), None)


def _text(element: Element | None, name: str) -> str:
    child = _child(element, name)
    return (child.text or "").strip() if child is not None else ""
