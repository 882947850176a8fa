"""An advisory: one OSV record (https://ossf.github.io/osv-schema/), as far as matching and reporting need it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One turn in the history of a range: at `version`, the package becomes (or stops being) affected."""

    kind: str
    """`introduced`, `fixed`, `last_affected` or `limit`."""
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A list of events in one order of versions."""

    type: str
    """`ECOSYSTEM`, `SEMVER` or `GIT`."""
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """A score as the source gives it."""

    method: str
    """`CVSS_V2`, `CVSS_V3`, `CVSS_V4`, `Ubuntu`, …"""
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Which versions of one package an advisory is about."""

    ecosystem: str
    """As OSV spells it, with its release suffix if it has one: `PyPI`, `Debian:12`."""
    package: str
    """As the ecosystem compares names (PyPI: PEP 503)."""
    ranges: tuple[Range, ...] = ()
    versions: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One record of what is known."""

    id: str
    modified: datetime | None
    """None: the record gives no usable time (some exports write year 1)."""
    aliases: tuple[str, ...] = ()
    withdrawn: datetime | None = None
    summary: str = ""
    severities: tuple[Severity, ...] = ()
    severity_word: str = ""
    """What the publishing database calls it (`database_specific.severity`), in lower case; empty: it does not say."""
    affected: tuple[Affected, ...] = ()
