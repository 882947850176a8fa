"""Java libraries: one component for each archive, and for each Maven project inside an archive.

`pom.properties` names group, artifact and version for certain. Without it, the manifest and the file name are all there
is; a name without its group cannot be looked up, so such a component comes with a gap that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.image.java_archive import NESTED, Archive, parse_note
from supplychain.inventory.sbom import Gap

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,150}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,100}")
_FILE = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._]*?(?:-[A-Za-z][A-Za-z0-9._]*?)*)-(?P<version>v?\d[A-Za-z0-9._+-]*)")
_VERSIONS = ("Implementation-Version", "Bundle-Version", "Specification-Version")
_NAMES = ("Implementation-Title", "Bundle-SymbolicName", "Automatic-Module-Name", "Bundle-Name", "Specification-Title")
GUESSED = ("supplychain:identity", "guessed")
"""Property of a component whose group is taken from its manifest and not from Maven's own file."""


def read_java(view: View) -> Found:
    """List the Java libraries of an image."""
    components: list[Component] = []
    gaps: list[Gap] = []
    linked = _linked_names(view)
    for path, note in view.of("java"):
        archives, problems = parse_note(note)
        gaps += [unreadable(f"{path}!{inner}" if inner else path, problem) for inner, problem in problems]
        inside: dict[str, Component] = {}
        for archive in archives:
            found, lost = _read_archive(archive, path, linked.get(path, "") if not archive.path else "")
            components += found[1:]
            gaps += lost
            if found:
                inside[archive.path] = found[0]
        components += _with_edges(inside)
    return Found(components=tuple(components), gaps=tuple(gaps))


def _linked_names(view: View) -> dict[str, str]:
    """Archive to the name, with its version, of a link to it: Debian has `x.jar` and a link `x-1.2.jar` to it."""
    links = ((path, file.link) for path, file in view.files.items() if file.kind == "symlink" and file.link)
    named = ((path.rpartition("/")[2].rpartition(".")[0], target) for path, target in links if path.endswith(NESTED))
    return {target: stem for stem, target in named if _FILE.fullmatch(stem)}


def _read_archive(archive: Archive, path: str, linked: str) -> tuple[list[Component], list[Gap]]:
    """The archive's own component first, which needs the projects that were copied into it."""
    origin = f"{path}!{archive.path}" if archive.path else path
    stem = re.split(r"[/!]", origin)[-1].rpartition(".")[0]
    parts, gaps = [], []
    for group, artifact, version in archive.poms:
        if _PART.fullmatch(group) and _PART.fullmatch(artifact) and _VERSION.fullmatch(version):
            parts.append(_component(group, artifact, version, origin))
        else:
            gaps.append(unreadable(origin, f"a pom.properties without group, artifact or version: {artifact[:80]!r}"))
    own = next((part for part in parts if stem == part.name.partition(":")[2] or _is_file_of(part, stem)), None)
    if own is None and len(parts) == 1 and not gaps:
        own = parts[0]
    if own is None:
        own, gap = _from_manifest(archive, stem if _FILE.fullmatch(stem) or not linked else linked, origin)
        gaps += [gap] if gap else []
    if own is None:
        return parts, gaps
    others = [part for part in parts if part.purl != own.purl]
    licensed = archive.manifest.get("Bundle-License", "").partition(";")[0].strip()
    licenses = (licensed,) if licensed and "," not in licensed else ()
    return [replace(own, depends_on=tuple(p.purl for p in others), licenses=licenses), *others], gaps


def _is_file_of(part: Component, stem: str) -> bool:
    return stem == f"{part.name.partition(':')[2]}-{part.version}"


def _from_manifest(archive: Archive, stem: str, origin: str) -> tuple[Component | None, Gap | None]:
    """What the manifest and the file name say; None for an archive that says nothing, such as most applications."""
    manifest = archive.manifest
    match = _FILE.fullmatch(stem)
    stated = next((manifest[key] for key in _VERSIONS if _VERSION.fullmatch(manifest.get(key, ""))), None)
    version = match["version"].removeprefix("v") if match else stated
    if version is None:
        return None, unreadable(origin, "the archive names no version of itself")
    title = next((manifest[key] for key in _NAMES if _PART.fullmatch(manifest.get(key, ""))), stem)
    name = match["name"] if match else title
    group = _group(manifest)
    component = _component(group, name, version, origin, guessed=True)
    why = "the archive has no pom.properties; its group comes from the manifest" if group else "it names no group"
    return component, Gap(what=component.purl, reason="unknown_ecosystem", detail=f"{why}: {origin}"[:200])


def _group(manifest: dict[str, str]) -> str:
    stated = manifest.get("Implementation-Vendor-Id", "")
    if _PART.fullmatch(stated) and "." in stated:
        return stated
    symbolic = (manifest.get("Bundle-SymbolicName") or manifest.get("Automatic-Module-Name", "")).partition(";")[0]
    if not _PART.fullmatch(symbolic) or "." not in symbolic:
        return ""
    return symbolic.rpartition(".")[0]  # `org.apache.commons.lang3` of commons-lang3


def _component(group: str, artifact: str, version: str, origin: str, *, guessed: bool = False) -> Component:
    return Component(
        name=f"{group}:{artifact}" if group else artifact,
        version=version,
        purl=package_url("maven", artifact, version, namespace=group.replace("/", ".")),
        origin=origin,
        properties=(GUESSED,) if guessed else (),
    )


def _with_edges(inside: dict[str, Component]) -> Iterator[Component]:
    """An archive needs the archives packed directly into it."""
    for path, component in inside.items():
        prefix = f"{path}!" if path else ""
        nested = [
            c.purl for p, c in inside.items() if p != path and p.startswith(prefix) and "!" not in p[len(prefix) :]
        ]
        edges: Sequence[str] = (*component.depends_on, *(purl for purl in nested if purl != component.purl))
        yield replace(component, depends_on=tuple(edges)) if edges else component
