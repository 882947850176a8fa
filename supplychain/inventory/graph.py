"""By which path a component came in: the shortest ways through the dependency graph of an SBOM.

A path begins at what the project itself asks for, and each next component is needed by the one before it. Where nothing
says what is asked for, a path begins at a component that no other needs. There is one path for each of the nearest
components that need it, so that each tells of another way in. The work grows with the graph alone, cycles included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supplychain.inventory.component import Component

MOST = 3
"""How many paths are told of one component."""
LONGEST = 32
"""How many components are told of one path; of a longer one the middle is left out."""
LEFT_OUT = "…"
"""Stands for the middle of a path that was too long to tell."""
_END = LONGEST // 2

Way = tuple[str, ...]
"""purls from what the project asks for to the component."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a component stands in the tree of shortest paths."""

    depth: int
    """Number of components before it."""
    above: str | None
    head: Way
    """The first components of its path, at most `_END` of them."""


class Graph:
    """The edges of an SBOM, walked once.

    Args:
        components: All of them; edges to what is not among them are left out.
    """

    def __init__(self, components: Iterable[Component]) -> None:
        listed = {component.purl: component for component in components}
        self._needs = {
            purl: [need for need in dict.fromkeys(component.depends_on) if need in listed and need != purl]
            for purl, component in listed.items()
        }
        self._needed_by: dict[str, list[str]] = {}
        for purl, needs in self._needs.items():
            for need in needs:
                self._needed_by.setdefault(need, []).append(purl)
        self._asked = {purl for purl, component in listed.items() if component.direct}
        self._roots = {purl for purl, component in listed.items() if self._is_root(component)}
        self._places = self._walk()
        self._spans = self._span()

    def paths(self, purl: str) -> tuple[Way, ...]:
        """The shortest paths to a component, at most `MOST`; empty: what is known tells of none."""
        place = self._places.get(purl)
        if place is None:
            return ()
        own: list[Way] = [(purl,)] if purl in self._asked else []
        ways = [
            above for above in self._needed_by.get(purl, ()) if above in self._places and not self._below(above, purl)
        ]
        nearest = sorted(ways, key=lambda above: (self._places[above].depth, above))[: MOST - len(own)]
        return (*own, *(self._path(above, purl) for above in nearest))

    def _is_root(self, component: Component) -> bool:
        return component.direct or (component.direct is None and component.purl not in self._needed_by)

    def _walk(self) -> dict[str, _Place]:
        """Breadth first from all roots at once: the tree of shortest paths."""
        places = {purl: _Place(0, None, (purl,)) for purl in sorted(self._roots)}
        level: Sequence[str] = list(places)
        while level:
            following = []
            for purl in level:
                at = places[purl]
                for need in self._needs[purl]:
                    if need not in places:
                        head = (*at.head, need) if len(at.head) < _END else at.head
                        places[need] = _Place(at.depth + 1, purl, head)
                        following.append(need)
            level = following
        return places

    def _span(self) -> dict[str, tuple[int, int]]:
        """For each place, the numbers of everything below it in the tree, in order of a walk in depth."""
        below: dict[str | None, list[str]] = {}
        for purl, place in self._places.items():
            below.setdefault(place.above, []).append(purl)
        begun: dict[str, int] = {}
        spans: dict[str, tuple[int, int]] = {}
        waiting = [(purl, False) for purl in below.get(None, ())]
        while waiting:
            purl, done = waiting.pop()
            if done:
                spans[purl] = (begun[purl], len(begun))
                continue
            begun[purl] = len(begun)
            waiting.append((purl, True))
            waiting += [(child, False) for child in below.get(purl, ())]
        return spans

    def _below(self, purl: str, other: str) -> bool:
        """Whether the path to `purl` leads through `other`."""
        first, end = self._spans[other]
        return first <= self._spans[purl][0] < end

    def _path(self, above: str, purl: str) -> Way:
        """The tree's path to `above`, and then `purl`."""
        place = self._places[above]
        tail: list[str] = [purl]
        at: str | None = above
        while at is not None and len(tail) < LONGEST:
            tail.append(at)
            at = self._places[at].above
        tail.reverse()
        if at is None:
            return tuple(tail)
        return (*place.head, LEFT_OUT, *tail[-(LONGEST - len(place.head) - 1) :])
