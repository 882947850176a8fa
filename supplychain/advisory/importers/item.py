"""What an importer hands over: loose records, or documents that speak for themselves as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from supplychain.advisory.record import Advisory


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A record that tells the day of its publication and not when it was last changed (RustSec, RubySec)."""

    advisory: Advisory
    on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A document that says everything its publisher knows about something: what it no longer says is no longer so."""

    label: str
    """Of the feed it is: `Alpine:v3.11/main`."""
    format: str
    ecosystems: tuple[str, ...]
    """What it speaks for, also where it has no record."""
    pattern: str
    """Matches the ids of its records (SQLite GLOB), and of no other document's."""
    advisories: Iterable[Advisory]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """A table about CVEs: which are exploited (KEV), how likely they will be (EPSS). Read as a whole."""

    label: str
    format: str
    table: str
    """`exploited` or `epss`."""
    as_of: datetime | None
    rows: Iterable[tuple[str, str, str]]
    """CVE id and two texts; see `advisory.schema`."""


Item = Advisory | Published | Snapshot | Annotations
