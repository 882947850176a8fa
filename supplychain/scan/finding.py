"""A finding: one thing a scanner saw, about a component or about a place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from supplychain.inventory.component import Component


class Level(StrEnum):
    """How bad. UNKNOWN is a level of its own: policy must say what it does."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """Larger is worse; UNKNOWN counts as high, for nobody knows that it is not."""
        return {"critical": 5, "high": 4, "unknown": 4, "medium": 3, "low": 2, "none": 1}[self.value]


class Status(StrEnum):
    """Where a finding stands (VEX words, and `waived` for a signed waiver)."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file of the target. Lines and columns count from 1."""

    path: str
    line: int
    column: int = 1
    end_line: int = 0

    def to_json(self) -> dict[str, Any]:
        """`{"path", "line", "column", "end_line"}`."""
        end = self.end_line or self.line
        return {"path": self.path, "line": self.line, "column": self.column, "end_line": end}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing seen."""

    id: str
    """Advisory id or rule id."""
    title: str
    level: Level
    aliases: tuple[str, ...] = ()
    """Other names of the same problem; one finding stands for all of them."""
    scores: tuple[tuple[str, str], ...] = ()
    """Method and score pairs, for example `("CVSS_V3", "CVSS:3.1/…")`."""
    component: Component | None = None
    location: Location | None = None
    fixed: tuple[str, ...] = ()
    """Versions that end the problem, lowest first; empty: none is known."""
    status: Status = Status.AFFECTED
    seen_by: tuple[str, ...] = ()
    """Names of the scanners that saw it."""
    help: str = ""
    """What to do, in one sentence."""
    exploited: bool | None = None
    """Whether it is known to be exploited (CISA KEV); None: nobody has looked, or it has no CVE id."""
    epss: str | None = None
    """How likely exploitation is in the next 30 days (EPSS), decimal text from 0 to 1; None: not known."""

    def to_json(self) -> dict[str, Any]:
        """The finding as `scan --format json` prints it (DESIGN section 11)."""
        value: dict[str, Any] = {
            "id": self.id,
            "aliases": list(self.aliases),
            "title": self.title,
            "severity": self.level.value,
            "scores": [{"method": m, "score": s} for m, s in self.scores],
            "fixed": list(self.fixed),
            "status": self.status.value,
            "seen_by": list(self.seen_by),
        }
        if self.help:
            value["help"] = self.help
        if self.exploited is not None:
            value["exploited"] = self.exploited
        if self.epss is not None:
            value["epss"] = self.epss
        if self.component:
            part = self.component
            value["component"] = {"purl": part.purl, "name": part.name, "version": part.version, "origin": part.origin}
        if self.location:
            value["location"] = self.location.to_json()
        return value
