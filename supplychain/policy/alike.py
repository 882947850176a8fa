"""Findings of a dependency scan as policy reads them: of known types, and grouped by what decides about them.

A scan has many findings that a profile treats alike. Rules judge each group once, and then only tell of its members, so
what differs within a group must decide nothing. Nothing is judged here: an odd value is kept as it is where a rule
decides about it (`exploited`, `new`, `vex`), and blank where it would only be told. What cannot be named is counted.

Documented in `attestations/README.md`; `policies/vulnerabilities` and `policies/two_scanners` read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from supplychain.encoding import canonical_json
from supplychain.scan.finding import Level

_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,}")
_SCORE = re.compile(r"0(?:[.][0-9]{1,12})?|1(?:[.]0{1,12})?")
_LEVELS = frozenset(level.value for level in Level)
_DECIDING = ("severity", "status", "exploited", "new", "vex", "seen_by", "unlooked", "without_fix", "epss")
_HASHABLE = frozenset({str, bool, type(None), tuple})
"""Types whose values a dictionary tells apart as JSON does; to it 1 would be true."""


def findings_of(results: object) -> dict[str, Any] | None:
    """The list `scanner.result` of a `vulns` predicate, read for policy.

    Returns:
        `{"unreadable": number of members without an id, "alike": [group, …]}`, the groups in the order of their first
        members; None where it is no list.
    """
    if not isinstance(results, list):
        return None
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    named = [r for r in results if isinstance(r, dict) and isinstance(r.get("id"), str) and r["id"]]
    for result in named:
        notes = _notes(result.get("annotations"))
        facts = _facts(result["id"], notes)
        likeness = _likeness(notes, facts)
        key = tuple([value if type(value) in _HASHABLE else canonical_json(value) for value in likeness])
        group = groups.get(key)
        if group is None:
            groups[key] = group = {**dict(zip(_DECIDING, likeness, strict=True)), "members": []}
            group["seen_by"] = list(group["seen_by"])
        title = _text(notes.get("title"))
        message = f"{facts['name']} {facts['version']} has {facts['id']} ({likeness[0]}): {title}"
        group["members"].append({"message": message, "fix": _fix(facts), "evidence": facts})
    return {"unreadable": len(results) - len(named), "alike": list(groups.values())}


def _notes(annotations: object) -> Mapping[str, Any]:
    """A finding's list of annotations as one object."""
    if isinstance(annotations, list):
        if len(annotations) == 1 and isinstance(annotations[0], dict):
            return annotations[0]
        return {key: value for note in annotations if isinstance(note, dict) for key, value in note.items()}
    return annotations if isinstance(annotations, dict) else {}


def _facts(name: str, notes: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a finding as evidence; what is not known of it is left out."""
    read = notes.get
    purl = _text(read("component"))
    facts: dict[str, Any] = {
        "id": name,
        "purl": purl,
        "name": _text(read("name")) or purl,
        "version": _text(read("version")),
        "fixed": _texts(read("fixed")),
    }
    if aliases := _texts(read("aliases")):
        facts["aliases"] = aliases
    if (score := read("epss")) is not None:
        facts["epss"] = score
    if upgrade := _text(read("upgrade")):
        facts["upgrade"] = upgrade
    if (paths := read("paths")) and isinstance(paths, list):
        facts["paths"] = paths
    return facts


def _likeness(notes: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[Any, ...]:
    """Values of `_DECIDING`."""
    read = notes.get
    severity, exploited, score = _text(read("severity")), read("knownExploited"), read("epss")
    return (
        severity if severity in _LEVELS else "unknown",
        _text(read("status")),
        exploited,
        read("new"),
        read("vex"),
        tuple(_texts(read("seenBy"))),
        exploited is None and _has_cve(facts),
        read("fixed") == [],
        "none" if score is None else _scored(score),
    )


def _has_cve(facts: Mapping[str, Any]) -> bool:
    if _CVE.fullmatch(facts["id"]):
        return True
    return "aliases" in facts and any(_CVE.fullmatch(name) for name in facts["aliases"])


def _scored(score: object) -> str:
    """Whether an EPSS score can be read."""
    return "known" if isinstance(score, str) and _SCORE.fullmatch(score) else "unreadable"


def _fix(facts: Mapping[str, Any]) -> str:
    """The next step: to the version that ends all that is known, or to those that mend this finding."""
    to = facts.get("upgrade") or " or ".join(facts["fixed"])
    if not to:
        return f"no fixed version is known: replace {facts['name']}, or take it out ({facts['id']})"
    brought = _brought(facts["paths"][0]) if "paths" in facts else ""
    return f"raise {facts['name']} {facts['version']} to {to}{brought}"


def _brought(path: object) -> str:
    """By which path a component came in, when others brought it."""
    if not isinstance(path, list) or len(path) < 2 or not all(isinstance(purl, str) for purl in path):
        return ""
    return f"; it came in by {' > '.join(path)}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    if not value or not isinstance(value, list):
        return []
    return [text for text in value if isinstance(text, str)]
