"""A finding: one thing a scanner saw, about a component or about a place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from supplychain.encoding import format_time
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
class Brought:
    """Which part of a container image brought something."""

    index: int | None = None
    """Of the layer, lowest first from 0; None: not known, or no layer (the configuration)."""
    origin: str = "unknown"
    """`base`, `application` or `unknown`."""
    layer: str = ""
    """Digest of the layer."""
    command: str = ""
    """Of the history, that made the layer; cut off when it is long."""
    platform: str = ""
    """`os/architecture`, where several are scanned at once."""

    def to_json(self) -> dict[str, Any]:
        """`{"origin", "layer": {"index", "digest", "created_by"}, "platform"}`; only what is known beside `origin`."""
        value: dict[str, Any] = {"origin": self.origin}
        if self.layer:
            value["layer"] = {"index": self.index, "digest": self.layer, "created_by": self.command}
        return {**value, "platform": self.platform} if self.platform else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """The VEX statement that gave a finding its status."""

    document: str
    """Digest of the document."""
    file: str
    number: int
    """The statement's place in the document, from 1."""
    author: str = ""
    justification: str = ""
    expires: datetime | None = None
    """From this time on it does not count; None: it names no end."""
    wide: bool = False
    """It reached the finding through a product without a version."""

    def to_json(self) -> dict[str, Any]:
        """`{"document", "file", "number", "author", "justification", "expires", "wide"}`."""
        return {
            "document": self.document,
            "file": self.file,
            "number": self.number,
            "author": self.author,
            "justification": self.justification,
            "expires": format_time(self.expires) if self.expires else None,
            "wide": self.wide,
        }


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
    upgrade: str | None = None
    """The lowest version of the component that no advisory known here affects; None: none is known."""
    excuse: Excuse | None = None
    """Who gave it a status that is not its scanner's."""
    new: bool | None = None
    """Whether the baseline did not have it; None: there is no baseline, or it has no such scan."""
    paths: tuple[tuple[str, ...], ...] | None = None
    """The shortest ways by which the component came in, purls from what the project asks for; None: nobody looked."""
    status: Status = Status.AFFECTED
    seen_by: tuple[str, ...] = ()
    """Names of the scanners that saw it."""
    help: str = ""
    """What to do, in one sentence."""
    exploited: bool | None = None
    """Whether it is known to be exploited (CISA KEV); None: nobody has looked, or it has no CVE id."""
    epss: str | None = None
    """How likely exploitation is in the next 30 days (EPSS), decimal text from 0 to 1; None: not known."""
    image: Brought | None = None
    """Where in a container image it comes from; None: the target is none."""

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
        vex = self.excuse.to_json() if self.excuse else None
        known = {"exploited": self.exploited, "epss": self.epss, "vex": vex, "new": self.new}
        value |= {name: fact for name, fact in known.items() if fact is not None}
        if self.component:
            part = self.component
            value["component"] = {"purl": part.purl, "name": part.name, "version": part.version, "origin": part.origin}
            if self.paths is not None:
                value |= {"upgrade": self.upgrade, "direct": part.direct, "paths": [list(path) for path in self.paths]}
        if self.location:
            value["location"] = self.location.to_json()
        return {**value, **self.image.to_json()} if self.image else value
