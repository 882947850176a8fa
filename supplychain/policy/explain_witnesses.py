"""Statements as others would make them of the same: a build repeated elsewhere, another scan. For `explain`."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from supplychain.policy.explain_edits import Entry, groups_of, statements_of, value_at, whole_coverage

_MOST = 5
"""Most others that are tried."""
_LEVEL = "thresholds.rebuilt.min_builder_level"


def repeated_builds(
    document: Mapping[str, Any], profile: Mapping[str, Any], made: Entry
) -> Iterator[tuple[str, list[Entry]]]:
    """More builds of a revision that has one, or of a new one: by other builders and other people, the same bytes.

    Args:
        document: The input.
        profile: Which builders are allowed, and which level is asked for.
        made: Provenance that lacks nothing, for where there is none.
    """
    wanted = value_at(profile, _LEVEL)
    level = wanted if isinstance(wanted, int) else 0
    for base in [*_distinct(document), made]:
        revision = _revision(base)
        for count in range(1, _MOST + 1):
            builders = "another builder" if count == 1 else f"{count} other builders"
            text = f"build revision {revision[:12]} on {builders}, each signed by somebody else, into the same bytes"
            names = _other_builders(document, profile, count)
            if len(names) == count:
                yield text, [_build(base, name, n, level) for n, name in enumerate(names, 1)]


def _distinct(document: Mapping[str, Any]) -> list[Entry]:
    """One build of each revision."""
    found = [entry for entry in statements_of(document) if entry.get("kind") == "provenance" and _revision(entry)]
    return list({_revision(entry): entry for entry in found}.values())


def _revision(entry: Entry) -> str:
    sources = value_at(entry, "predicate.buildDefinition.resolvedDependencies")
    for source in sources if isinstance(sources, list) else []:
        commit = value_at(source, "digest.gitCommit") if isinstance(source, dict) else None
        if isinstance(commit, str) and commit:
            return commit
    return ""


def _other_builders(document: Mapping[str, Any], profile: Mapping[str, Any], count: int) -> list[str]:
    """Builders that the profile allows and that have made nothing yet."""
    patterns = value_at(profile, "thresholds.provenance.allowed_builders")
    texts = [text for text in patterns if isinstance(text, str)] if isinstance(patterns, list) else ["*"]
    known = {value_at(entry, "predicate.runDetails.builder.id") for entry in statements_of(document)}
    exact = [text for text in texts if "*" not in text and text not in known]
    loose = [text.replace("*", f"another-{n}") for n in range(1, count + 1) for text in texts if "*" in text]
    return [*exact, *loose][:count]


def _build(base: Entry, builder: str, number: int, level: int) -> Entry:
    entry = _by(base, f"another builder {number}", number)
    own = entry.get("builder_level")
    entry["builder_level"] = max(level, own if isinstance(own, int) else 0)
    entry["predicate"].setdefault("runDetails", {})["builder"] = {"id": builder}
    return entry


def second_scans(kind: str, document: Mapping[str, Any], made: Entry) -> Iterator[tuple[str, list[Entry]]]:
    """Scans by other scanners that see what the newest of that kind saw; or nothing, where there is none that counts.

    Args:
        kind: `dependencies`, or another kind of scan.
        document: The input.
        made: A scan of that kind that finds nothing.
    """
    scans = [entry for entry in statements_of(document) if _is_scan(entry, kind)]
    newest = max(scans, key=lambda entry: str(entry.get("time")), default=None)
    for base in (newest, made) if newest else (made,):
        sees = "the same" if _found_by(base, kind) else "nothing"
        for count in range(1, _MOST + 1):
            others = "another scanner that sees" if count == 1 else f"{count} other scanners that see"
            yield (
                f"scan again ({kind}) with {others} {sees}",
                [_look(base, kind, n, document) for n in range(1, count + 1)],
            )


def makers_of(document: Mapping[str, Any], kind: str) -> str:
    """The scanners of the scans of a kind, as one: a scan by all of them goes before what each of them has seen."""
    names = set()
    for entry in statements_of(document):
        if _is_scan(entry, kind):
            scanner = value_at(entry, "predicate.scanner")
            known = scanner if isinstance(scanner, dict) else {}
            names |= set(str(known.get("name") or re.split("[:/]", str(known.get("uri") or ""))[-1]).split("+"))
    return "+".join(sorted(names - {""})) or "any"


def _is_scan(entry: Entry, kind: str) -> bool:
    if kind == "dependencies":
        return entry.get("kind") == "vulns"
    return entry.get("kind") == "scan" and value_at(entry, "predicate.scanner.kind") == kind


def _look(base: Entry, kind: str, number: int, document: Mapping[str, Any]) -> Entry:
    name = f"another-{number}"
    entry = _by(base, name, number)
    entry["time"] = document.get("at")
    whole_coverage(entry)
    scanner = entry["predicate"].setdefault("scanner", {})
    if kind == "dependencies":
        scanner["uri"] = f"urn:supplychain:scanner:{name}"
    else:
        scanner["name"] = name
    for found in _found_by(entry, kind):
        found["seen_by"] = [name]
    return entry


def _found_by(entry: Entry, kind: str) -> list[dict[str, Any]]:
    """Findings, or groups of them."""
    if kind == "dependencies":
        return groups_of(entry)
    found = value_at(entry, "predicate.findings")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _by(base: Entry, who: str, number: int) -> Entry:
    """The same statement, by somebody else."""
    entry = copy.deepcopy(base)
    entry.update(digest=f"sha256:{number:064x}", signers=[who], people=[who])
    if not isinstance(entry.get("predicate"), dict):
        entry["predicate"] = {}
    return entry
