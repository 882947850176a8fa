"""Records of one problem: those connected by their ids and aliases."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.advisory.record import Advisory


def group_by_alias(advisories: Sequence[Advisory]) -> list[list[Advisory]]:
    """The connected components over ids and aliases, each with its most telling id first.

    `related` does not connect: it names other problems. Groups come in order of their first id.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while (above := leader.setdefault(name, name)) != name:
            leader[name] = leader[above]
            name = above
        return name

    for advisory in advisories:
        for alias in advisory.aliases:
            leader[find(alias)] = find(advisory.id)
    groups: dict[str, list[Advisory]] = {}
    for advisory in sorted(advisories, key=lambda advisory: _preference(advisory.id)):
        groups.setdefault(find(advisory.id), []).append(advisory)
    return sorted(groups.values(), key=lambda group: group[0].id)


def _preference(name: str) -> tuple[int, str]:
    """GHSA first, an ecosystem's own database next, CVE last: from the most to the least said about packages."""
    rank = 0 if name.startswith("GHSA-") else 2 if name.startswith("CVE-") else 1
    return rank, name
