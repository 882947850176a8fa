"""Putting a whole table about CVEs (KEV, EPSS) in the place of the one before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

Row = tuple[str, str, str]
_CREATE = "CREATE TEMP TABLE fresh (cve TEXT PRIMARY KEY, a TEXT, b TEXT) WITHOUT ROWID"
_FILL = "INSERT OR REPLACE INTO temp.fresh VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class _Queries:
    """What is asked about one table; constant texts, so that no name ever becomes SQL."""

    counts: str
    clear: str
    copy: str


_QUERIES = {
    "exploited": _Queries(
        "SELECT (SELECT count(*) FROM temp.fresh), (SELECT count(*) FROM exploited),"
        " (SELECT count(*) FROM temp.fresh JOIN exploited USING (cve)),"
        " (SELECT count(*) FROM (SELECT * FROM temp.fresh INTERSECT SELECT * FROM exploited))",
        "DELETE FROM exploited",
        "INSERT INTO exploited SELECT * FROM temp.fresh",
    ),
    "epss": _Queries(
        "SELECT (SELECT count(*) FROM temp.fresh), (SELECT count(*) FROM epss),"
        " (SELECT count(*) FROM temp.fresh JOIN epss USING (cve)),"
        " (SELECT count(*) FROM (SELECT * FROM temp.fresh INTERSECT SELECT * FROM epss))",
        "DELETE FROM epss",
        "INSERT INTO epss SELECT * FROM temp.fresh",
    ),
}


class Annotating:
    """The annotation tables during one import.

    Args:
        connection: To the file being built.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def load(self, table: str, rows: Iterable[Row]) -> dict[str, int]:
        """Read a table aside; count what it would change: `added`, `updated`, `unchanged`, `removed`."""
        self._connection.execute("DROP TABLE IF EXISTS temp.fresh")
        self._connection.execute(_CREATE)
        self._connection.executemany(_FILL, rows)
        total, before, both, same = self._connection.execute(_QUERIES[table].counts).fetchone()
        return {"added": total - both, "updated": both - same, "unchanged": same, "removed": before - both}

    def replace(self, table: str) -> None:
        """Put what was read aside in place."""
        self._connection.execute(_QUERIES[table].clear)
        self._connection.execute(_QUERIES[table].copy)
