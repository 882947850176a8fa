"""What an advisory database says about itself and its feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from supplychain.artifact.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What the database as a whole says about itself."""

    digest: Digest
    """Over the content; the same for the same records, however they were imported."""
    built: datetime | None
    """As of when its knowledge is; None: no source says."""
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """One feed that was imported."""

    label: str
    """What it is about: ecosystems and id prefixes."""
    kind: str
    """`zip`, `folder`, `file`, or `document`: one that speaks for itself as a whole."""
    format: str
    """`osv`, `rustsec`, `rubysec`, `nodejs`, `secdb`, `debian-tracker`, `kev`, `epss`."""
    path: str
    as_of: datetime | None
    """Time of its newest record or of its stated snapshot."""
    records: int
    imported: datetime
    pattern: str
    """Of a document that speaks for itself: matches the ids of its records (SQLite GLOB)."""
