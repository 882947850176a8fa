"""How an advisory is laid down in the database: MessagePack arrays, one for the record and one for each package.

The layout is canonical (no maps, no optional parts), so its SHA-256 names the record: two exports that say the same
give the same digest, whatever their spelling, order of keys or file format.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from supplychain.advisory.record import Advisory, Affected, Event, Range, Severity

_encode = msgspec.msgpack.Encoder().encode
_Severities = list[tuple[str, str]]
_head = msgspec.msgpack.Decoder(tuple[str, str | None, str | None, list[str], str, str, _Severities]).decode
_part = msgspec.msgpack.Decoder(tuple[str, str, list[tuple[str, list[tuple[str, str]]]], list[str], _Severities]).decode


def encode_head(advisory: Advisory) -> bytes:
    """Everything but the packages."""
    return _encode(
        (
            advisory.id,
            _to_text(advisory.modified),
            _to_text(advisory.withdrawn),
            advisory.aliases,
            advisory.summary,
            advisory.severity_word,
            _pairs(advisory.severities),
        )
    )


def encode_part(affected: Affected) -> bytes:
    """One package and its affected versions."""
    ranges = [(part.type, [(event.kind, event.version) for event in part.events]) for part in affected.ranges]
    return _encode((affected.ecosystem, affected.package, ranges, affected.versions, _pairs(affected.severities)))


def decode_head(data: bytes, affected: tuple[Affected, ...] = ()) -> Advisory:
    """The record, with the given packages. Raises msgspec.DecodeError for damaged bytes."""
    parts: Any = _head(data)
    name, modified, withdrawn, aliases, summary, word, severities = parts
    return Advisory(
        id=name,
        modified=_from_text(modified),
        withdrawn=_from_text(withdrawn),
        aliases=tuple(aliases),
        summary=summary,
        severity_word=word,
        severities=_severities(severities),
        affected=affected,
    )


def decode_part(data: bytes) -> Affected:
    """One package. Raises msgspec.DecodeError for damaged bytes."""
    parts: Any = _part(data)
    ecosystem, package, ranges, versions, severities = parts
    return Affected(
        ecosystem=ecosystem,
        package=package,
        ranges=tuple(
            Range(type=kind, events=tuple(Event(kind=k, version=v) for k, v in events)) for kind, events in ranges
        ),
        versions=tuple(versions),
        severities=_severities(severities),
    )


def record_digest(head: bytes, parts: list[bytes]) -> bytes:
    """SHA-256 over the record and its packages in order, each with its length before it."""
    digest = hashlib.sha256()
    for piece in (head, *parts):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.digest()


def _pairs(severities: tuple[Severity, ...]) -> list[tuple[str, str]]:
    return [(severity.method, severity.score) for severity in severities]


def _severities(pairs: list[tuple[str, str]]) -> tuple[Severity, ...]:
    return tuple(Severity(method=method, score=score) for method, score in pairs)


def _to_text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _from_text(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
