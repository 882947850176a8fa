"""What an input document could say instead: the edits that `explain` tries. They know the document, not the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput

Edit = Callable[[dict[str, Any]], bool]
"""Changes a document in place; tells whether it found anything to change."""
Entry = dict[str, Any]
EPOCH = parse_time("1970-01-01T00:00:00Z", where="epoch")


def seconds(text: object) -> int | None:
    """An RFC 3339 time as seconds since 1970, or None."""
    try:
        return int((parse_time(text, where="time") - EPOCH).total_seconds())
    except MalformedInput:
        return None


def at_second(value: int) -> str:
    """The time that `seconds` gives a number for."""
    return format_time(EPOCH + timedelta(seconds=value))


def clock(document: Mapping[str, Any]) -> datetime | None:
    """The moment of the decision, or None."""
    value = seconds(document.get("at"))
    return None if value is None else EPOCH + timedelta(seconds=value)


def in_turn(*edits: Edit) -> Edit:
    """All of them; only if each finds something to change."""
    return lambda document: all(edit(document) for edit in edits)


def drop(wanted: Callable[[Any], bool]) -> Edit:
    """Findings gone."""

    def edit(document: dict[str, Any]) -> bool:
        hit = False
        for findings in _finding_lists(document):
            kept = [finding for finding in findings if not wanted(finding)]
            hit = hit or len(kept) < len(findings)
            findings[:] = kept
        return hit

    return edit


def on_entry(digest: str, change: Callable[[Entry], bool]) -> Edit:
    """One statement otherwise."""

    def edit(document: dict[str, Any]) -> bool:
        entries = [entry for entry in statements_of(document) if entry.get("digest") == digest]
        return bool(entries) and all(change(entry) for entry in entries)

    return edit


def put(path: str, value: Any) -> Callable[[Entry], bool]:  # noqa: ANN401 - a JSON value
    """A field of a statement; objects on the way are made."""

    def change(entry: Entry) -> bool:
        at: Any = entry
        *steps, last = path.split(".")
        for step in steps:
            if not isinstance(at.get(step), dict):
                at[step] = {}
            at = at[step]
        at[last] = value
        return True

    return change


def whole_coverage(entry: Entry) -> bool:
    """A scan that looked at everything it was asked, and was asked something."""
    coverage = value_at(entry, "predicate.coverage")
    if not isinstance(coverage, dict):
        return False
    asked = coverage.get("asked")
    asked = max(asked, 1) if isinstance(asked, int) and not isinstance(asked, bool) else 1
    coverage.update(asked=asked, looked_at=asked, skipped=[], time_limit_hit=False)
    return True


def clean_sources(entry: Entry) -> bool:
    """Provenance of a committed tree without changes."""
    found = value_at(entry, "predicate.buildDefinition.resolvedDependencies")
    sources = [d for d in found if isinstance(d, dict) and "annotations" in d] if isinstance(found, list) else []
    for dependency in sources:
        dependency["annotations"] = {**dependency["annotations"], "dirty": False}
    return bool(sources)


def add(entries: list[Entry]) -> Edit:
    """Statements that were not there."""

    def edit(document: dict[str, Any]) -> bool:
        document["statements"] = [*entries, *statements_of(document)]
        return True

    return edit


def wait(number: int) -> Edit:
    """The same asked so many seconds later."""

    def edit(document: dict[str, Any]) -> bool:
        now = clock(document)
        if now is not None:
            document["at"] = format_time(now + timedelta(seconds=number))
        return now is not None

    return edit


def value_at(entry: Any, path: str) -> Any:  # noqa: ANN401 - JSON values
    """A field by its dotted path, or None."""
    for step in path.split("."):
        entry = entry.get(step) if isinstance(entry, dict) else None
    return entry


def statements_of(document: Mapping[str, Any]) -> list[Entry]:
    """The statements that are objects."""
    return [entry for entry in document.get("statements", []) if isinstance(entry, dict)]


def id_of(finding: Any) -> str:  # noqa: ANN401 - a JSON value
    """The name of a finding of any scan."""
    return str(value_at(finding, "evidence.id") or value_at(finding, "id") or "")


def component_of(finding: Any) -> str:  # noqa: ANN401 - a JSON value
    """The purl that a finding of a scan of dependencies is about."""
    return str(value_at(finding, "evidence.purl") or value_at(finding, "annotations.component") or "")


def fixes_of(finding: Any) -> list[str]:  # noqa: ANN401 - a JSON value
    """The versions in which a finding is mended."""
    found = value_at(finding, "evidence.fixed") or value_at(finding, "annotations.fixed")
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def groups_of(entry: Entry) -> list[dict[str, Any]]:
    """The groups of findings of a scan of dependencies."""
    found = value_at(entry, "findings.alike")
    return [group for group in found if isinstance(group, dict)] if isinstance(found, list) else []


def _finding_lists(document: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Lists of findings; those of dependencies stood in the predicate in documents of version 1."""
    for entry in statements_of(document):
        lists = [value_at(entry, path) for path in ("predicate.findings", "predicate.scanner.result")]
        for found in (*lists, *(group.get("members") for group in groups_of(entry))):
            if isinstance(found, list):
                yield found
