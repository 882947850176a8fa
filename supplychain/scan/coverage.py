"""Coverage: what a scan was asked to look at, what it looked at, what it skipped and why.

It travels with every scan, because "no findings" means something only beside "of what".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time


class Reason(StrEnum):
    """Why something was not looked at."""

    NOT_PINNED = "not_pinned"
    NO_VERSION = "no_version"
    BAD_VERSION = "bad_version"
    NO_DATABASE = "no_database"
    UNKNOWN_ECOSYSTEM = "unknown_ecosystem"
    UNREADABLE = "unreadable"
    UNSUPPORTED_FILE = "unsupported_file"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    NOT_FROM_REGISTRY = "not_from_registry"
    BAD_ADVISORY = "bad_advisory"
    TOOL_FAILED = "tool_failed"
    TIME_LIMIT = "time_limit"
    OUTPUT_TRUNCATED = "output_truncated"
    COVERAGE_UNKNOWN = "coverage_unknown"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Skip:
    """One thing that was not looked at."""

    what: str
    reason: Reason
    detail: str = ""
    count: int = 1
    """How many of the things asked for this entry stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """Which advisories a scan knew."""

    digest: Digest
    built: datetime | None
    """Time of its newest record or of its stated snapshot; None: no record says."""
    records: int

    def to_json(self) -> dict[str, Any]:
        """`{"digest", "built", "records"}`."""
        built = format_time(self.built) if self.built else None
        return {"digest": str(self.digest), "built": built, "records": self.records}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The account of one scan."""

    asked: int
    """How many things there were to look at."""
    looked_at: int
    skipped: tuple[Skip, ...] = ()
    database: DatabaseState | None = None
    rules: Digest | None = None
    """Digest of the rule set, for scanners that have one."""
    time_limit_hit: bool = False
    excluded: tuple[str, ...] = ()
    """Patterns of what was left out on request: never asked for, and never forgotten."""

    @property
    def complete(self) -> bool:
        """Everything asked for was looked at."""
        return not self.skipped and not self.time_limit_hit and self.looked_at == self.asked

    def to_json(self) -> dict[str, Any]:
        """The coverage object of `attestations/predicates/scan`."""
        return {
            "asked": self.asked,
            "looked_at": self.looked_at,
            "skipped": [
                {"what": s.what, "reason": s.reason.value, "detail": s.detail, "count": s.count} for s in self.skipped
            ],
            "database": self.database.to_json() if self.database else None,
            "rules": str(self.rules) if self.rules else None,
            "time_limit_hit": self.time_limit_hit,
            "excluded": list(self.excluded),
        }
