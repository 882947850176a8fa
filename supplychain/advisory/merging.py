"""Merging records into the database being built: which edition stays, which feed covers what, what counts as older.

1. Of two editions of a record the one with the later `modified` stays; with equal times the greater digest, so that the
   order of import does not matter. A record without a usable time counts as modified at its feed's stated snapshot; if
   neither has any time, the one imported last stays. Records that only tell the day of their publication count as of
   their feed's newest day, and with equal days the one imported last stays.
2. A feed (zip or folder) is known by its ecosystems and id prefixes. Importing it again older than it was is refused:
   that is how a rolled-back mirror shows itself. A feed that holds all that another one held, and is newer, takes its
   place. A document that speaks for itself as a whole (secdb, Debian tracker, KEV, EPSS) is a feed of its own, and what
   it no longer says is removed.
3. A feed covers the ecosystems for which it has records about them alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from supplychain.advisory import codec, schema
from supplychain.advisory.annotating import Annotating
from supplychain.advisory.ecosystem import base_of, normal_ecosystem
from supplychain.advisory.feeds import Feeds
from supplychain.advisory.importers.item import Annotations, Item, Published, Snapshot
from supplychain.advisory.importers.reader import Reader
from supplychain.advisory.importers.sources import Source
from supplychain.advisory.record import Advisory
from supplychain.advisory.remote import Remote
from supplychain.advisory.tally import SourceReport, Tally, report_of
from supplychain.encoding import format_time
from supplychain.errors import UsageError

__all__ = ["Merge", "SourceReport"]
_CLOCK_SKEW = timedelta(days=1)
_SINGLE_FILES = "single files"


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
        self.feeds = Feeds(connection, at=self._at, allow_older=self._allow_older)
        self.annotating = Annotating(connection)

    def source(self, source: Source, items: Iterable[Item], reader: Reader) -> SourceReport:
        """Merge one source. Raises UsageError `DATABASE_OLDER`, or when the snapshot is older than the records."""
        loose, published, tallies = Tally(), [], []
        for item in items:
            match item:
                case Advisory():
                    loose.counts[self.record(item, loose)] += 1
                case Published():
                    published.append(item)
                case Snapshot():
                    tallies.append(self._document(item, source.name or str(source.path)))
                case Annotations():
                    tallies.append(self._annotate(item, source.name or str(source.path)))
                case _:
                    assert_never(item)
        self._publish(published, loose)
        if loose.records or not tallies:
            self._loose(source, loose, reader.formats)
            tallies.insert(0, loose)
        return report_of(source, tallies, reader)

    def _loose(self, source: Source, tally: Tally, formats: Iterable[str]) -> None:
        """Close a feed of loose records, or single files."""
        tally.as_of = self._as_of(tally.newest, source.name or str(source.path))
        tally.label = source.label or (_SINGLE_FILES if source.kind == "file" else tally.own_label())
        if source.kind != "file":
            self.feeds.refuse_older(source.name or str(source.path), tally)
        if tally.records:
            self.feeds.note(source.name or str(source.path), source.kind, formats, tally)
            if source.kind != "file":
                self.feeds.supersede(tally)

    def _publish(self, published: Sequence[Published], tally: Tally) -> None:
        for item in published:
            if self._is_past(item.on):
                tally.learn_time(item.on)
        edition = self._snapshot or tally.newest
        for item in published:
            tally.counts[self.record(item.advisory, tally, edition=edition, by_day=True)] += 1

    def _document(self, item: Snapshot, path: str) -> Tally:
        """Merge a document that says all its publisher knows, and remove what it no longer says."""
        tally = Tally(label=item.label, as_of=self._snapshot, pattern=item.pattern)
        tally.covered = {self.number(ecosystem) for ecosystem in item.ecosystems}
        older, seen = self.feeds.is_older(item.label, self._snapshot), set()
        for advisory in item.advisories:
            seen.add(advisory.id)
            # Of an older document nothing is taken: what the newer one no longer lists must not come back.
            tally.counts[self._compare(advisory) if older else self.record(advisory, tally)] += 1
        if not older:
            tally.counts["removed"] = self.remove(item.pattern, seen)
        self.feeds.refuse_older(path, tally)
        self.feeds.note(path, "document", (item.format,), tally)
        return tally

    def _compare(self, advisory: Advisory) -> str:
        parts = [codec.encode_part(affected) for affected in advisory.affected]
        digest = codec.record_digest(codec.encode_head(advisory), parts)
        row = self._connection.execute("SELECT digest FROM advisory WHERE id = ?", (advisory.id,)).fetchone()
        return "unchanged" if row is not None and row[0] == digest else "older"

    def remove(self, pattern: str, kept: set[str]) -> int:
        """Remove the records whose ids match and are not to be kept; tell how many."""
        rows = self._connection.execute("SELECT id, number FROM advisory WHERE id GLOB ?", (pattern,)).fetchall()
        gone = [(number,) for name, number in rows if name not in kept]
        self._connection.executemany("DELETE FROM affected WHERE advisory = ?", gone)
        self._connection.executemany("DELETE FROM advisory WHERE number = ?", gone)
        return len(gone)

    def _annotate(self, item: Annotations, path: str) -> Tally:
        told = item.as_of if item.as_of and self._is_past(item.as_of) else None
        tally = Tally(label=item.label, as_of=self._as_of(told, path))
        tally.counts.update(self.annotating.load(item.table, item.rows))
        self.feeds.refuse_older(path, tally)
        if self.feeds.is_older(item.label, tally.as_of):
            # Allowed by name, and yet: what is known stays.
            tally.counts = {**dict.fromkeys(tally.counts, 0), "older": tally.records}
        else:
            self.annotating.replace(item.table)
        self.feeds.note(path, "document", (item.format,), tally)
        return tally

    def _as_of(self, newest: datetime | None, path: str) -> datetime | None:
        if self._snapshot and newest and self._snapshot < newest:
            raise UsageError(
                "the source has records newer than the stated snapshot",
                where=path,
                expected=f"a snapshot not before {format_time(newest)}",
                found=format_time(self._snapshot),
            )
        return self._snapshot or newest

    def note_remote(self, url: str, remote: Remote) -> None:
        """Write down which edition of a server's file the content has taken up."""
        row = (url, remote.etag, remote.modified, remote.label, format_time(self._at))
        self._connection.execute("INSERT OR REPLACE INTO remote VALUES (?, ?, ?, ?, ?)", row)

    def finish(self) -> None:
        """Write down what the content is, and last of all that it is complete."""
        (records,) = self._connection.execute("SELECT count(*) FROM advisory").fetchone()
        digest = schema.content_digest(self._connection)
        rows = [("records", str(records)), ("digest", str(digest)), ("complete", "1")]
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def record(self, advisory: Advisory, tally: Tally, *, edition: datetime | None = None, by_day: bool = False) -> str:
        """Merge one record; `edition`: as of when it is, where it does not say (`by_day`: to the day)."""
        self._learn(advisory, tally)
        head = codec.encode_head(advisory)
        parts = [codec.encode_part(affected) for affected in advisory.affected]
        digest = codec.record_digest(head, parts)
        # A record from the future must not outdate every later edition of itself.
        usable = (
            advisory.modified if advisory.modified and self._is_past(advisory.modified) else edition or self._snapshot
        )
        known_at = usable.isoformat(timespec="microseconds") if usable else None
        old = self._connection.execute(
            "SELECT number, known_at, digest FROM advisory WHERE id = ?", (advisory.id,)
        ).fetchone()
        if old is not None:
            verdict = _verdict(old[1], old[2], known_at, digest, last_wins=by_day)
            if verdict == "unchanged" and (known_at or "") > (old[1] or ""):
                self._connection.execute("UPDATE advisory SET known_at = ? WHERE number = ?", (known_at, old[0]))
            if verdict != "updated":
                return verdict
            self._connection.execute("DELETE FROM affected WHERE advisory = ?", (old[0],))
        cursor = self._connection.execute(
            "INSERT OR REPLACE INTO advisory VALUES (?, ?, ?, ?, ?)",
            (old[0] if old else None, advisory.id, known_at, digest, head),
        )
        rows = [
            (self.number(affected.ecosystem), affected.package, cursor.lastrowid, place, part)
            for place, (affected, part) in enumerate(zip(advisory.affected, parts, strict=True))
        ]
        self._connection.executemany("INSERT INTO affected VALUES (?, ?, ?, ?, ?)", rows)
        return "updated" if old else "added"

    def _learn(self, advisory: Advisory, tally: Tally) -> None:
        bases = {base_of(affected.ecosystem) for affected in advisory.affected}
        tally.bases |= bases
        tally.prefixes.add(advisory.id.partition("-")[0])
        if len(bases) == 1:
            tally.covered |= {self.number(affected.ecosystem) for affected in advisory.affected}
        modified = advisory.modified
        if modified and self._is_past(modified):
            tally.learn_time(modified)

    def _is_past(self, time: datetime) -> bool:
        return time <= self._at + _CLOCK_SKEW

    def number(self, ecosystem: str) -> int:
        """The number an ecosystem has in this database."""
        name = normal_ecosystem(ecosystem)
        number = self._ecosystems.get(name)
        if number is None:
            number = self._ecosystems[name] = len(self._ecosystems) + 1
            self._connection.execute("INSERT INTO ecosystem VALUES (?, ?)", (number, name))
        return number


def _verdict(old_time: str | None, old: bytes, new_time: str | None, new: bytes, *, last_wins: bool) -> str:
    """What to do with an edition of a record that is there already (rule 1)."""
    if old == new:
        return "unchanged"
    if old_time == new_time:
        return "updated" if new_time is None or last_wins or new > old else "older"
    return "updated" if (new_time or "") > (old_time or "") else "older"
