"""What is counted and learnt while one source is merged, and the report made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from supplychain.advisory.importers.reader import Reader
from supplychain.advisory.importers.sources import Source

_COUNTS = ("added", "updated", "unchanged", "older", "removed")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one source brought."""

    path: str
    kind: str
    label: str
    """Of its feed, or of the first of its feeds and how many more there are."""
    labels: tuple[str, ...]
    as_of: datetime | None
    """Of the oldest of its feeds; None: one of them does not say."""
    records: int
    added: int
    updated: int
    unchanged: int
    older: int
    """Records the database already had in a newer edition."""
    removed: int
    """Records its publisher no longer lists."""
    ignored: int
    """Files that hold no record."""
    ignored_names: tuple[str, ...]
    """The first of them."""
    unplaced: int
    """Advisories about no package, such as those about an interpreter."""


@dataclass(slots=True)
class Tally:
    """What is learnt while reading one feed."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    bases: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)
    newest: datetime | None = None
    label: str = ""
    as_of: datetime | None = None
    pattern: str = ""

    @property
    def records(self) -> int:
        """How many records were read."""
        return sum(self.counts.values()) - self.counts["removed"]

    @property
    def changed(self) -> int:
        """How many are not as they were."""
        return self.records - self.counts["unchanged"] + self.counts["removed"]

    def own_label(self) -> str:
        """What a feed of loose records is known by."""
        about = ", ".join(sorted(self.bases)) or "no package"
        return f"{about}: {', '.join(sorted(self.prefixes))}"

    def learn_time(self, at: datetime) -> None:
        """Note a time of the feed."""
        if self.newest is None or at > self.newest:
            self.newest = at


def report_of(source: Source, tallies: Sequence[Tally], reader: Reader | None = None) -> SourceReport:
    """The report about one source with all its feeds."""
    labels = tuple(tally.label for tally in tallies)
    times = [tally.as_of for tally in tallies]
    counts = {name: sum(tally.counts[name] for tally in tallies) for name in _COUNTS}
    return SourceReport(
        path=source.name or str(source.path),
        kind=source.kind,
        label=(labels[0] if labels else "nothing") + (f" and {len(labels) - 1} more" if len(labels) > 1 else ""),
        labels=labels,
        as_of=None if None in times else min((at for at in times if at), default=None),
        records=sum(tally.records for tally in tallies),
        ignored=reader.ignored if reader else 0,
        ignored_names=tuple(reader.ignored_names) if reader else (),
        unplaced=reader.unplaced if reader else 0,
        **counts,
    )
