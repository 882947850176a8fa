"""The advisory database, read: which advisories concern a package, and which ecosystems it can speak for.

One SQLite file, opened read-only and never changed in place: `importing` writes a new file and renames it over the old
one, so a reader sees one whole database or the other. An ecosystem counts as covered only when a feed published
records about that ecosystem alone: an npm export that mentions a Python package in passing says nothing about Python.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType

import msgspec

from supplychain.advisory import codec, schema
from supplychain.advisory.ecosystem import base_of, normal_ecosystem, normal_name
from supplychain.advisory.facts import DatabaseFacts, SourceFacts
from supplychain.advisory.record import Advisory, Affected
from supplychain.advisory.remote import Remote
from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed

__all__ = ["AdvisoryDatabase", "DatabaseFacts", "Entry", "SourceFacts"]
BATCH = 400
"""How many names one query asks for."""
_ANNOTATIONS = {
    "exploited": (
        "SELECT 1 FROM exploited LIMIT 1",
        "SELECT cve, added FROM json_each(?) JOIN exploited ON cve = value",
    ),
    "epss": ("SELECT 1 FROM epss LIMIT 1", "SELECT cve, score FROM json_each(?) JOIN epss ON cve = value"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One package in one advisory; `number` names the advisory within this database."""

    number: int
    affected: Affected


class AdvisoryDatabase:
    """An open database; a context manager. Every method raises ToolFailed `DATABASE_DAMAGED` for a damaged file."""

    def __init__(self, connection: sqlite3.Connection, path: Path, meta: dict[str, str]) -> None:
        self.path = path
        self._connection = connection
        self._meta = meta
        with self._guard():
            self._numbers = dict(connection.execute("SELECT name, number FROM ecosystem"))
            self._covered = dict(
                connection.execute(
                    "SELECT name, max(as_of IS NOT NULL) FROM covered JOIN ecosystem ON number = ecosystem"
                    " JOIN source USING (label) GROUP BY name"
                )
            )

    @staticmethod
    def open(path: Path) -> AdvisoryDatabase:
        """Open a database read-only and check its header, size, row count and that its import was finished.

        Raises:
            ToolFailed: `DATABASE_MISSING`, `DATABASE_DAMAGED`, `DATABASE_NEWER_SCHEMA` or `DATABASE_OLDER_SCHEMA`.
        """
        if not path.is_file():
            raise schema.missing(path)
        connection = None
        try:
            # Immutable: no lock files beside it, so a read-only folder will do; nobody changes the file in place.
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
            opened = AdvisoryDatabase(connection, path, schema.check_header(connection, path))
        except sqlite3.Error as error:
            _close(connection)
            raise schema.damaged(path, str(error)) from error
        except ToolFailed:
            _close(connection)
            raise
        return opened

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> AdvisoryDatabase:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def state(self, ecosystems: Iterable[str] | None = None) -> DatabaseFacts:
        """The facts a scan states about its database.

        Args:
            ecosystems: Those the scan asks about; the oldest of their feeds gives `built`, so that a fresh feed of one
                ecosystem cannot make another look fresh. None: the newest of all feeds.
        """
        # Fresh scores of exploitation do not make knowledge about packages fresh.
        times = [facts.as_of for facts in self.sources() if facts.as_of and facts.format not in ("kev", "epss")]
        built = max(times, default=None)
        if ecosystems is not None:
            asked = [self.built(name) for name in ecosystems if self.covers(name)]
            built = None if None in asked else min((at for at in asked if at), default=None)
        return DatabaseFacts(
            digest=Digest.parse(self._meta["digest"], where=str(self.path)),
            built=built,
            records=int(self._meta["records"]),
        )

    def ecosystems(self) -> dict[str, int]:
        """The ecosystems it can speak for, release included, each with its number of records."""
        with self._guard():
            rows = self._connection.execute(
                "SELECT name, count(DISTINCT advisory) FROM ecosystem JOIN affected ON ecosystem = number GROUP BY name"
            )
            return {name: count for name, count in sorted(rows) if name in self._covered}

    def osv_ecosystems(self) -> list[str]:
        """The ecosystems, without release, of which it has feeds of OSV records."""
        query = (
            "SELECT DISTINCT name FROM source JOIN covered USING (label) JOIN ecosystem ON number = ecosystem"
            " WHERE kind <> 'file' AND format = 'osv'"
        )
        with self._guard():
            return sorted({base_of(name) for (name,) in self._connection.execute(query)})

    def covers(self, ecosystem: str) -> bool:
        """Whether it can speak for an ecosystem; records for `Debian` speak for every release of it."""
        return normal_ecosystem(ecosystem) in self._covered or base_of(ecosystem) in self._covered

    def built(self, ecosystem: str) -> datetime | None:
        """As of when its knowledge of one ecosystem is: the oldest of the feeds that cover it."""
        names = (normal_ecosystem(ecosystem), base_of(ecosystem))
        with self._guard():
            rows = self._connection.execute(
                "SELECT kind, as_of FROM source JOIN covered USING (label) JOIN ecosystem ON number = ecosystem"
                " WHERE name IN (?, ?) AND as_of IS NOT NULL",
                names,
            ).fetchall()
        feeds = [at for kind, at in rows if kind != "file"]
        text = min(feeds, default=None) or max((at for _, at in rows), default=None)
        return datetime.fromisoformat(text) if text else None

    def sources(self) -> tuple[SourceFacts, ...]:
        """The feeds that were imported, by label."""
        with self._guard():
            rows = self._connection.execute("SELECT * FROM source ORDER BY label").fetchall()
        return tuple(
            SourceFacts(
                label=label,
                kind=kind,
                format=format_,
                path=path,
                as_of=datetime.fromisoformat(as_of) if as_of else None,
                records=records,
                imported=datetime.fromisoformat(imported),
                pattern=pattern,
            )
            for label, kind, format_, path, as_of, records, imported, pattern in rows
        )

    def entries(self, ecosystem: str, names: Sequence[str]) -> Iterator[tuple[str, Entry]]:
        """What advisories say about packages of one ecosystem, by name, in a fixed order.

        Args:
            ecosystem: With its release; records for the ecosystem without a release are included.
            names: As the ecosystem compares them.
        """
        wanted = dict.fromkeys((normal_ecosystem(ecosystem), base_of(ecosystem)))
        numbers = [self._numbers[name] for name in wanted if name in self._numbers]
        for number in numbers:
            for start in range(0, len(names), BATCH):
                yield from self._batch(number, names[start : start + BATCH])

    def _batch(self, number: int, names: Sequence[str]) -> Iterator[tuple[str, Entry]]:
        marks = ",".join("?" * len(names))  # only question marks enter the text of the query, never a name
        query = (
            f"SELECT package, advisory, part FROM affected WHERE ecosystem = ? AND package IN ({marks})"  # noqa: S608 - see `marks`
            " ORDER BY package, advisory, place"
        )
        with self._guard():
            for package, advisory, part in self._connection.execute(query, (number, *names)):
                yield package, Entry(number=advisory, affected=codec.decode_part(part))

    def heads(self, numbers: Iterable[int]) -> dict[int, Advisory]:
        """The advisories of these numbers, without their packages."""
        query = "SELECT head FROM advisory WHERE number = ?"
        found = {}
        with self._guard():
            for number in numbers:
                (head,) = self._connection.execute(query, (number,)).fetchone()
                found[number] = codec.decode_head(head)
        return found

    def exploited(self, cves: Sequence[str]) -> dict[str, str] | None:
        """Which of some CVEs are known to be exploited, and since when that is known; None: no catalogue is here."""
        return self._annotations("exploited", cves)

    def epss(self, cves: Sequence[str]) -> dict[str, str] | None:
        """The EPSS scores of some CVEs as decimal text; None: there are none here."""
        return self._annotations("epss", cves)

    def _annotations(self, table: str, cves: Sequence[str]) -> dict[str, str] | None:
        any_row, query = _ANNOTATIONS[table]
        with self._guard():
            if self._connection.execute(any_row).fetchone() is None:
                return None
            return dict(self._connection.execute(query, (json.dumps(list(cves)),)))

    def knows(self, name: str, modified: datetime) -> bool:
        """Whether a record is here in an edition not older than a time."""
        with self._guard():
            row = self._connection.execute("SELECT known_at FROM advisory WHERE id = ?", (name,)).fetchone()
        return row is not None and row[0] is not None and datetime.fromisoformat(row[0]) >= modified

    def covered_by(self, label: str) -> tuple[str, ...]:
        """The ecosystems one feed speaks for."""
        query = "SELECT name FROM covered JOIN ecosystem ON number = ecosystem WHERE label = ? ORDER BY name"
        with self._guard():
            return tuple(name for (name,) in self._connection.execute(query, (label,)))

    def rows(self) -> Iterator[tuple[str | None, bytes, list[bytes]]]:
        """Every record by id: as of when it is, its head and its packages as `codec` lays them down."""
        query = "SELECT part FROM affected WHERE advisory = ? ORDER BY place"
        with self._guard():
            for number, known_at, head in self._connection.execute(
                "SELECT number, known_at, head FROM advisory ORDER BY id"
            ):
                yield known_at, head, [part for (part,) in self._connection.execute(query, (number,))]

    def annotation_rows(self, table: str) -> Iterator[tuple[str, str, str]]:
        """Every row of a table about CVEs, in order."""
        with self._guard():
            yield from self._connection.execute(schema.ANNOTATIONS[table])

    def remotes(self) -> dict[str, Remote]:
        """What was fetched by `db update`, by address."""
        with self._guard():
            rows = self._connection.execute("SELECT url, etag, modified, label FROM remote").fetchall()
        return {url: Remote(etag=etag, modified=modified, label=label) for url, etag, modified, label in rows}

    def advisories_for(self, ecosystem: str, name: str) -> tuple[Advisory, ...]:
        """Every advisory about one package, each with only that package's entries, by id."""
        parts: dict[int, list[Affected]] = {}
        for _, entry in self.entries(ecosystem, [normal_name(ecosystem, name)]):
            parts.setdefault(entry.number, []).append(entry.affected)
        with self._guard():
            found = [replace(head, affected=tuple(parts[number])) for number, head in self.heads(parts).items()]
        return tuple(sorted(found, key=lambda advisory: advisory.id))

    def check(self) -> None:
        """Read everything and compare it with the digests. Raises ToolFailed `DATABASE_DAMAGED`."""
        with self._guard():
            (verdict,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise schema.damaged(self.path, verdict)
            self._check_records()
            if str(schema.content_digest(self._connection)) != self._meta["digest"]:
                raise schema.damaged(self.path, "the content does not match the digest of the last import")

    def _check_records(self) -> None:
        names = {number: name for name, number in self._numbers.items()}
        for number, name, digest, head in self._connection.execute("SELECT number, id, digest, head FROM advisory"):
            rows = self._connection.execute(
                "SELECT ecosystem, package, part FROM affected WHERE advisory = ? ORDER BY place", (number,)
            ).fetchall()
            if codec.record_digest(head, [part for _, _, part in rows]) != digest or codec.decode_head(head).id != name:
                raise schema.damaged(self.path, f"the record {name} does not match its digest")
            for ecosystem, package, part in rows:
                affected = codec.decode_part(part)
                if (names.get(ecosystem), package) != (normal_ecosystem(affected.ecosystem), affected.package):
                    raise schema.damaged(self.path, f"the record {name} is filed under another package")

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn every sign of damage into the one error for it."""
        try:
            yield
        except (sqlite3.Error, msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
            raise schema.damaged(self.path, f"{type(error).__name__}: {error}") from error


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()
