"""Merging records into the database being built: which edition stays, which feed covers what, what counts as older.

1. Of two editions of a record the one with the later `modified` stays; with equal times the greater digest, so that the
   order of import does not matter. A record without a usable time counts as modified at its feed's stated snapshot; if
   neither has any time, the one imported last stays.
2. A feed (zip or folder) is known by its ecosystems and id prefixes. Importing it again older than it was is refused:
   that is how a rolled-back mirror shows itself.
3. A feed covers the ecosystems for which it has records about them alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supplychain.advisory import codec, schema
from supplychain.advisory.ecosystem import base_of, normal_ecosystem
from supplychain.advisory.importers.osv import OsvReader
from supplychain.advisory.importers.sources import Source
from supplychain.advisory.record import Advisory
from supplychain.encoding import format_time
from supplychain.errors import UsageError

_CLOCK_SKEW = timedelta(days=1)
_SINGLE_FILES = "single files"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one source brought."""

    path: str
    kind: str
    label: str
    as_of: datetime | None
    records: int
    added: int
    updated: int
    unchanged: int
    older: int
    """Records the database already had in a newer edition."""
    ignored: int
    """Files that hold no record."""
    ignored_names: tuple[str, ...]
    """The first of them."""


@dataclass(slots=True)
class _Tally:
    """What is learnt while reading one source."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("added", "updated", "unchanged", "older"), 0))
    bases: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)
    newest: datetime | None = None

    def label(self) -> str:
        about = ", ".join(sorted(self.bases)) or "no package"
        return f"{about}: {', '.join(sorted(self.prefixes))}"


class Merge:
    """One import into one database file.

    Args:
        snapshot: As of when the sources are, where their records do not say.
        at: Now; a record from the future has no usable time.
        allow_older: Accept an older edition of a feed.
    """

    def __init__(self, *, snapshot: datetime | None, at: datetime, allow_older: bool) -> None:
        self._snapshot = snapshot
        self._at = at
        self._allow_older = allow_older

    def begin(self, connection: sqlite3.Connection) -> None:
        """Take up a file that holds the old content, or none."""
        self._connection = connection
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('complete', '0')")
        self._ecosystems = dict(connection.execute("SELECT name, number FROM ecosystem"))
        # Sources of one call are compared with what was there before it, so that their order does not matter.
        self._before = dict(connection.execute("SELECT label, as_of FROM source"))

    def source(self, source: Source, advisories: Iterable[Advisory], reader: OsvReader) -> SourceReport:
        """Merge one source. Raises UsageError `DATABASE_OLDER`, or when the snapshot is older than the records."""
        tally = _Tally()
        for advisory in advisories:
            tally.counts[self._record(advisory, tally)] += 1
        if self._snapshot and tally.newest and self._snapshot < tally.newest:
            raise UsageError(
                "the source has records newer than the stated snapshot",
                where=str(source.path),
                expected=f"a snapshot not before {format_time(tally.newest)}",
                found=format_time(self._snapshot),
            )
        label = _SINGLE_FILES if source.kind == "file" else tally.label()
        as_of = self._snapshot or tally.newest
        records = sum(tally.counts.values())
        if source.kind != "file" and not self._allow_older:
            self._refuse_older(source, label, as_of, changed=records - tally.counts["unchanged"])
        if records:
            self._note_source(source, label, as_of, records)
            rows = [(label, ecosystem) for ecosystem in tally.covered]
            self._connection.executemany("INSERT OR IGNORE INTO covered VALUES (?, ?)", rows)
        return SourceReport(
            path=str(source.path),
            kind=source.kind,
            label=label,
            as_of=as_of,
            records=records,
            ignored=reader.ignored,
            ignored_names=tuple(reader.ignored_names),
            **tally.counts,
        )

    def finish(self) -> None:
        """Write down what the content is, and last of all that it is complete."""
        (records,) = self._connection.execute("SELECT count(*) FROM advisory").fetchone()
        digest = schema.content_digest(self._connection)
        rows = [("records", str(records)), ("digest", str(digest)), ("complete", "1")]
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def _record(self, advisory: Advisory, tally: _Tally) -> str:
        self._learn(advisory, tally)
        head = codec.encode_head(advisory)
        parts = [codec.encode_part(affected) for affected in advisory.affected]
        digest = codec.record_digest(head, parts)
        # A record from the future must not outdate every later edition of itself.
        usable = advisory.modified if advisory.modified and self._is_past(advisory.modified) else self._snapshot
        known_at = usable.isoformat(timespec="microseconds") if usable else None
        old = self._connection.execute(
            "SELECT number, known_at, digest FROM advisory WHERE id = ?", (advisory.id,)
        ).fetchone()
        if old is not None:
            verdict = _verdict(old[1], old[2], known_at, digest)
            if verdict != "updated":
                return verdict
            self._connection.execute("DELETE FROM affected WHERE advisory = ?", (old[0],))
        cursor = self._connection.execute(
            "INSERT OR REPLACE INTO advisory VALUES (?, ?, ?, ?, ?)",
            (old[0] if old else None, advisory.id, known_at, digest, head),
        )
        rows = [
            (self._number(affected.ecosystem), affected.package, cursor.lastrowid, place, part)
            for place, (affected, part) in enumerate(zip(advisory.affected, parts, strict=True))
        ]
        self._connection.executemany("INSERT INTO affected VALUES (?, ?, ?, ?, ?)", rows)
        return "updated" if old else "added"

    def _learn(self, advisory: Advisory, tally: _Tally) -> None:
        bases = {base_of(affected.ecosystem) for affected in advisory.affected}
        tally.bases |= bases
        tally.prefixes.add(advisory.id.partition("-")[0])
        if len(bases) == 1:
            tally.covered |= {self._number(affected.ecosystem) for affected in advisory.affected}
        modified = advisory.modified
        if modified and self._is_past(modified) and (tally.newest is None or modified > tally.newest):
            tally.newest = modified

    def _is_past(self, time: datetime) -> bool:
        return time <= self._at + _CLOCK_SKEW

    def _number(self, ecosystem: str) -> int:
        name = normal_ecosystem(ecosystem)
        number = self._ecosystems.get(name)
        if number is None:
            number = self._ecosystems[name] = len(self._ecosystems) + 1
            self._connection.execute("INSERT INTO ecosystem VALUES (?, ?)", (number, name))
        return number

    def _refuse_older(self, source: Source, label: str, as_of: datetime | None, *, changed: int) -> None:
        before = self._before.get(label)
        if before is None or (as_of is None and not changed):
            return
        if as_of is None or as_of < datetime.fromisoformat(before):
            raise UsageError(
                "the feed is older than the one in the database; nothing was imported",
                code="DATABASE_OLDER",
                where=str(source.path),
                expected=f"{label[:80]} as of {before} or later",
                found=format_time(as_of) if as_of else "no usable time in any record",
                hint="fetch it again, state --snapshot TIME, or accept it with --allow-older",
            )

    def _note_source(self, source: Source, label: str, as_of: datetime | None, records: int) -> None:
        text = as_of.isoformat(timespec="microseconds") if as_of else None
        self._connection.execute(
            "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (label) DO UPDATE SET kind = excluded.kind,"
            " path = excluded.path, as_of = nullif(max(ifnull(as_of, ''), ifnull(excluded.as_of, '')), ''),"
            " records = excluded.records, imported = excluded.imported",
            (label, source.kind, str(source.path), text, records, format_time(self._at)),
        )


def _verdict(old_time: str | None, old: bytes, new_time: str | None, new: bytes) -> str:
    """What to do with an edition of a record that is there already (rule 1)."""
    if old == new:
        return "unchanged"
    if old_time == new_time:
        return "updated" if new_time is None or new > old else "older"
    return "updated" if (new_time or "") > (old_time or "") else "older"
