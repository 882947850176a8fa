"""The tables of the advisory database (SQLite), their version, and the checks before any of them is believed."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed

APPLICATION_ID = 0x53434144
"""`SCAD` in the header of the file: a supplychain advisory database."""
SCHEMA = 3
"""Written to `user_version`. A higher number than this is refused, a lower one asks for a new import."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
    label TEXT PRIMARY KEY, kind TEXT NOT NULL, format TEXT NOT NULL, path TEXT NOT NULL, as_of TEXT,
    records INTEGER NOT NULL, imported TEXT NOT NULL, pattern TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE ecosystem (number INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
CREATE TABLE covered (label TEXT, ecosystem INTEGER, PRIMARY KEY (label, ecosystem)) WITHOUT ROWID;
CREATE TABLE advisory (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, known_at TEXT, digest BLOB NOT NULL, head BLOB NOT NULL
);
CREATE TABLE affected (
    ecosystem INTEGER, package TEXT, advisory INTEGER, place INTEGER, part BLOB NOT NULL,
    PRIMARY KEY (ecosystem, package, advisory, place)
) WITHOUT ROWID;
CREATE INDEX affected_of ON affected (advisory);
CREATE TABLE exploited (cve TEXT PRIMARY KEY, added TEXT NOT NULL, ransomware TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE epss (cve TEXT PRIMARY KEY, score TEXT NOT NULL, percentile TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE remote (
    url TEXT PRIMARY KEY, etag TEXT NOT NULL, modified TEXT NOT NULL, label TEXT NOT NULL, fetched TEXT NOT NULL
) WITHOUT ROWID;
"""
ANNOTATIONS = {"epss": "SELECT * FROM epss ORDER BY cve", "exploited": "SELECT * FROM exploited ORDER BY cve"}
"""Tables about CVEs that annotate findings (they tell nothing about packages), and all their rows in order."""


def database_path(home: Path) -> Path:
    """Where the user's advisory database lies."""
    return home / "advisories.sqlite"


def create(connection: sqlite3.Connection) -> None:
    """Lay out an empty database."""
    connection.executescript(TABLES)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def content_digest(connection: sqlite3.Connection) -> Digest:
    """SHA-256 over the ids and digests of all records, by id, and the annotations: the same however imported."""
    digest = hashlib.sha256()
    for name, record in connection.execute("SELECT id, digest FROM advisory ORDER BY id"):
        digest.update(name.encode("utf-8") + b"\0" + record)
    for name, query in ANNOTATIONS.items():
        for row in connection.execute(query):
            digest.update("\0".join((name, *row)).encode("utf-8") + b"\n")
    return Digest(algorithm="sha256", hex=digest.hexdigest())


def check_header(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    """Check that the file is one of ours, whole, and of a known schema; return its `meta`.

    Raises:
        ToolFailed: `DATABASE_DAMAGED`, `DATABASE_NEWER_SCHEMA` or `DATABASE_OLDER_SCHEMA`.
        sqlite3.DatabaseError: The file is no SQLite database.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    if application != APPLICATION_ID:
        raise damaged(path, "not an advisory database of this tool")
    if version != SCHEMA:
        raise _other_schema(path, version)
    if pages * size != path.stat().st_size:
        raise damaged(path, f"cut short: {path.stat().st_size:,} bytes instead of {pages * size:,}")
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    (records,) = connection.execute("SELECT count(*) FROM advisory").fetchone()
    if meta.get("complete") != "1" or "digest" not in meta:
        raise damaged(path, "an import into it did not finish")
    if meta.get("records") != str(records):
        raise damaged(path, f"{records:,} records instead of {meta.get('records')}")
    return meta


def damaged(path: Path, found: str) -> ToolFailed:
    """The error for a database that must not be believed."""
    return ToolFailed(
        "the advisory database is damaged",
        code="DATABASE_DAMAGED",
        where=str(path),
        found=found,
        hint="remove the file and import again: `supplychain db import PATH`",
    )


def missing(path: Path) -> ToolFailed:
    """The error for no database."""
    return ToolFailed(
        "there is no advisory database",
        code="DATABASE_MISSING",
        where=str(path),
        hint="import one: `supplychain db import PATH` (a zip or folder of OSV records)",
    )


def _other_schema(path: Path, version: int) -> ToolFailed:
    newer = version > SCHEMA
    return ToolFailed(
        f"the advisory database was written by {'a newer' if newer else 'an older'} version of this tool",
        code="DATABASE_NEWER_SCHEMA" if newer else "DATABASE_OLDER_SCHEMA",
        where=str(path),
        expected=f"schema {SCHEMA}",
        found=f"schema {version}",
        hint="update this tool" if newer else "remove the file and import again",
    )
