"""An SBOM as a value: components, their edges, and what could not be listed.

Wire formats are one file each (`cyclonedx`, `spdx`); catalogers are one file per ecosystem.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from supplychain.artifact.artifact import Artifact
from supplychain.inventory.component import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that was there but could not be listed or pinned. It lowers coverage; it is never dropped."""

    what: str
    """purl, package name or file."""
    reason: str
    """One of the reasons in `scan.coverage.Reason`, in lower-case words joined by underscores."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sbom:
    """What an artifact or a source tree is made of."""

    name: str
    """Of the thing described."""
    version: str | None = None
    subjects: tuple[Artifact, ...] = ()
    """The artifacts this SBOM is about, once they are known."""
    components: tuple[Component, ...] = ()
    """Sorted by purl, no purl twice."""
    gaps: tuple[Gap, ...] = ()
    sources: tuple[str, ...] = ()
    """The files that were read, relative to the target."""
    excluded: tuple[str, ...] = ()
    """Known files that the configuration asked to leave out, relative to the target."""
    kind: str = "application"
    """The CycloneDX type of the thing described: `application`, or `container` for an image."""
    properties: tuple[tuple[str, str], ...] = ()
    """Further name and value pairs about the whole, for example the distribution of an image."""

    @staticmethod
    def of(name: str, components: Iterable[Component], **more: object) -> Sbom:
        """Build an SBOM with components and edges sorted, and merged by purl (edges, hashes and licences united)."""
        merged: dict[str, Component] = {}
        for component in components:
            known = merged.get(component.purl)
            merged[component.purl] = component if known is None else _merge(known, component)
        ordered = tuple(_with_sorted_edges(merged[purl]) for purl in sorted(merged))
        return Sbom(name=name, components=ordered, **more)  # type: ignore[arg-type]


def _with_sorted_edges(component: Component) -> Component:
    edges = tuple(sorted(set(component.depends_on)))
    return component if edges == component.depends_on else replace(component, depends_on=edges)


_NARROWING = frozenset({"supplychain:development", "supplychain:marker", "supplychain:optional"})
"""Properties that say a component is needed only sometimes: true of it only if every source says so."""


def _unite_properties(first: Component, second: Component) -> tuple[tuple[str, str], ...]:
    both = {name for name, _ in first.properties} & {name for name, _ in second.properties}
    united = dict.fromkeys((*first.properties, *second.properties))
    return tuple(pair for pair in united if pair[0] not in _NARROWING or pair[0] in both)


def _merge(first: Component, second: Component) -> Component:
    def unite(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*a, *b)))

    return replace(
        first,
        licenses=unite(first.licenses, second.licenses),
        hashes=tuple(sorted({*first.hashes, *second.hashes})),
        depends_on=unite(first.depends_on, second.depends_on),
        properties=_unite_properties(first, second),
        direct=True if first.direct or second.direct else first.direct,
    )
