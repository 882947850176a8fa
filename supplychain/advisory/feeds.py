"""The feeds of the database being built: as of when each was before, whether an import is older, what it covers now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from supplychain.advisory.tally import Tally
from supplychain.encoding import format_time
from supplychain.errors import UsageError


class Feeds:
    """The tables `source` and `covered` during one import.

    Args:
        connection: To the file being built.
        at: Now.
        allow_older: Accept an older edition of a feed.
    """

    def __init__(self, connection: sqlite3.Connection, *, at: datetime, allow_older: bool) -> None:
        self._connection = connection
        self._at = at
        self._allow_older = allow_older
        # Sources of one call are compared with what was there before it, so that their order does not matter.
        self._before = dict(connection.execute("SELECT label, as_of FROM source"))

    def is_older(self, label: str, as_of: datetime | None) -> bool:
        """Whether a feed, as of a time, is older than it was before this import (or cannot show that it is not)."""
        before = self._before.get(label)
        return before is not None and (as_of is None or as_of < datetime.fromisoformat(before))

    def refuse_older(self, path: str, tally: Tally) -> None:
        """Raise UsageError `DATABASE_OLDER` for an older edition, unless it is allowed or it changes nothing."""
        unchanged = tally.as_of is None and not tally.changed
        if self._allow_older or unchanged or not self.is_older(tally.label, tally.as_of):
            return
        raise UsageError(
            "the feed is older than the one in the database; nothing was imported",
            code="DATABASE_OLDER",
            where=path,
            expected=f"{tally.label[:80]} as of {self._before[tally.label]} or later",
            found=format_time(tally.as_of) if tally.as_of else "no usable time in any record",
            hint="fetch it again, state --snapshot TIME, or accept it with --allow-older",
        )

    def note(self, path: str, kind: str, formats: Iterable[str], tally: Tally) -> None:
        """Write down that a feed was imported, and what it covers."""
        text = tally.as_of.isoformat(timespec="microseconds") if tally.as_of else None
        self._connection.execute(
            "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (label) DO UPDATE SET kind = excluded.kind,"
            " format = excluded.format, path = excluded.path,"
            " as_of = nullif(max(ifnull(as_of, ''), ifnull(excluded.as_of, '')), ''),"
            " records = excluded.records, imported = excluded.imported, pattern = excluded.pattern",
            (
                tally.label,
                kind,
                "+".join(sorted(formats)),
                path,
                text,
                tally.records,
                format_time(self._at),
                tally.pattern,
            ),
        )
        rows = [(tally.label, ecosystem) for ecosystem in tally.covered]
        self._connection.executemany("INSERT OR IGNORE INTO covered VALUES (?, ?)", rows)

    def supersede(self, tally: Tally) -> None:
        """Forget older feeds of which this one holds all: an export that gains an id prefix is still the same feed.

        Their records stay; only their age no longer counts as that of what is known.
        """
        if tally.as_of is None:
            return
        for label, as_of in self._connection.execute(
            "SELECT label, as_of FROM source WHERE kind IN ('zip', 'folder') AND label <> ?", (tally.label,)
        ).fetchall():
            bases, _, prefixes = label.partition(": ")
            held = set(bases.split(", ")) <= tally.bases and set(prefixes.split(", ")) <= tally.prefixes
            if held and (as_of is None or datetime.fromisoformat(as_of) <= tally.as_of) and self._covers(label, tally):
                self._connection.execute("DELETE FROM covered WHERE label = ?", (label,))
                self._connection.execute("DELETE FROM source WHERE label = ?", (label,))

    def _covers(self, label: str, tally: Tally) -> bool:
        rows = self._connection.execute("SELECT ecosystem FROM covered WHERE label = ?", (label,))
        return {number for (number,) in rows} <= tally.covered
