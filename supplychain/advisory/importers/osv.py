"""OSV records, JSON or YAML, into `Advisory` values (https://ossf.github.io/osv-schema/, read as of schema 1.7).

Import is all or nothing: a document that is meant as a record but is none ends the import with its name, because a
database that silently lacks one advisory reads as clean. A document that is not meant as a record (a configuration file
in a checkout) is ignored, counted and named. What is well-formed but cannot be evaluated, such as a range without
`introduced`, is kept: the matcher reports it for the packages it concerns.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from supplychain.advisory.ecosystem import normal_name
from supplychain.advisory.importers.sources import Document
from supplychain.advisory.record import Advisory, Affected, Event, Range, Severity
from supplychain.encoding import parse_json, parse_time, parse_yaml
from supplychain.errors import MalformedInput

_KINDS = ("introduced", "fixed", "last_affected", "limit")
_SUMMARY = 160
_Text = dict[str, Any]


class _Severity(msgspec.Struct):
    type: str
    score: str


class _Range(msgspec.Struct):
    type: str
    events: list[dict[str, str]] = []


class _Package(msgspec.Struct):
    ecosystem: str
    name: str


class _Affected(msgspec.Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    database_specific: _Text | None = None
    ecosystem_specific: _Text | None = None


class _Record(msgspec.Struct):
    id: str
    modified: str
    withdrawn: str | None = None
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    affected: list[_Affected] | None = None
    database_specific: _Text | None = None


def parse_record(document: Document) -> Advisory | None:
    """Parse one document into a record; None: it is not meant as one.

    Raises:
        MalformedInput: It is, but breaks JSON, YAML or the OSV schema.
    """
    where = document.where
    is_json = where.lower().endswith(".json")
    value = parse_json(document.data, where=where) if is_json else parse_yaml(document.data, where=where)
    return parse_value(value, where) if isinstance(value, dict) and is_record(value) else None


def is_record(value: dict[str, Any]) -> bool:
    """Whether an object is meant as an OSV record."""
    return "affected" in value or {"id", "modified"} <= value.keys()


def parse_value(value: dict[str, Any], where: str) -> Advisory:
    """An object that is meant as a record. Raises MalformedInput when it breaks the OSV schema."""
    try:
        record = msgspec.convert(value, _Record)
    except msgspec.ValidationError as error:
        raise _not_a_record(where, str(error)) from None
    if not record.id.strip() or len(record.id) > 256:
        raise _not_a_record(where, "the id is empty or longer than 256 characters")
    return _advisory(record, where)


def _advisory(record: _Record, where: str) -> Advisory:
    withdrawn = _time(record.withdrawn, where) if record.withdrawn else None
    aliases = record.aliases or []
    if not aliases and record.upstream and len(record.upstream) == 1:
        # A distribution's record about exactly one upstream problem is another name of it (`DEBIAN-CVE-…`).
        aliases = record.upstream
    return Advisory(
        id=record.id,
        modified=_time(record.modified, where),
        aliases=tuple(sorted({alias for alias in aliases if alias and alias != record.id})),
        withdrawn=withdrawn,
        summary=_summary(record),
        severities=_severities(record.severity),
        severity_word=_word(record.database_specific),
        # A withdrawn record matches nothing, but must be known to outdate the edition before it.
        affected=() if withdrawn else _all_affected(record),
    )


def _summary(record: _Record) -> str:
    """The summary, or how the details begin: many PyPI records have no summary."""
    text = (record.summary or record.details or "")[:1000]
    words = " ".join(text.replace("#", " ").split())
    return words if len(words) <= _SUMMARY else f"{words[: _SUMMARY - 1].rpartition(' ')[0]}…"


def _all_affected(record: _Record) -> tuple[Affected, ...]:
    return tuple(
        Affected(
            ecosystem=part.package.ecosystem,
            package=normal_name(part.package.ecosystem, part.package.name),
            ranges=tuple(_range(raw) for raw in part.ranges or ()),
            versions=tuple(part.versions or ()),
            severities=_severities(part.severity) or _own_word(part),
        )
        for part in record.affected or ()
        # Without a package it is about commits of a repository, which no component names.
        if part.package is not None
    )


def _range(raw: _Range) -> Range:
    if raw.type == "GIT":
        # Commits say nothing about versions of a package; that there was such a range is kept.
        return Range(type="GIT", events=())
    events = (
        Event(kind=kind, version=version)
        for event in raw.events
        # Early records put `introduced` and `fixed` into one event; an unknown kind is kept, and never matched quietly.
        for kind, version in sorted(event.items(), key=lambda item: _KINDS.index(item[0]) if item[0] in _KINDS else 9)
    )
    return Range(type=raw.type, events=tuple(events))


def _severities(raw: list[_Severity] | None) -> tuple[Severity, ...]:
    return tuple(Severity(method=part.type, score=part.score) for part in raw or ())


def _own_word(part: _Affected) -> tuple[Severity, ...]:
    """A distribution's word for how bad it is for this package, where it gives no score."""
    word = _word(part.ecosystem_specific) or _word(part.database_specific)
    return (Severity(method="word", score=word),) if word else ()


def _word(specific: _Text | None) -> str:
    word = (specific or {}).get("severity")
    return word.strip().lower()[:40] if isinstance(word, str) else ""


def _time(text: str, where: str) -> datetime | None:
    """Year 1 is what some exports write for "no time"."""
    at = None if text.startswith("0001-") else parse_time(text, where=where)
    return at if at is None or at.year > 1 else None


def _not_a_record(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "not an OSV record",
        code="BAD_RECORD",
        where=where,
        expected="https://ossf.github.io/osv-schema/",
        found=found,
        hint="nothing was imported; fetch the file again, or leave this record out",
    )
