"""Import: merge sources of advisories into the advisory database, all of them or none.

The new database is built in a file of its own and renamed over the old one when it is whole and on disk; an import
that fails or is killed at any instant leaves the old one untouched. The newest edition of a record wins, so importing
the same sources twice, or in another order, gives the same content and the same digest.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from supplychain.advisory import schema
from supplychain.advisory.database import AdvisoryDatabase, DatabaseFacts
from supplychain.advisory.importers.item import Item
from supplychain.advisory.importers.reader import Reader
from supplychain.advisory.importers.sources import Source
from supplychain.advisory.merging import Merge, SourceReport
from supplychain.encoding import format_time
from supplychain.errors import NothingToCheck, ToolFailed, UsageError

LOCK_SECONDS = 60.0
_CLOCK_SKEW = timedelta(days=1)
_PREFIX = ".advisories-"
T = TypeVar("T")
Progress = Callable[[str, int], None]
"""Called now and then with the path and the number of records read from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did."""

    state: DatabaseFacts
    sources: tuple[SourceReport, ...]
    """In the order given."""


def import_sources(
    home: Path,
    paths: Sequence[Path],
    *,
    snapshot: datetime | None,
    at: datetime,
    allow_older: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Merge sources into the database of a user's folder.

    Args:
        home: The user's folder; the database is `home/advisories.sqlite`.
        paths: Zips, folders, git checkouts or single files of advisories (`importers.reader` tells the formats).
        snapshot: As of when the sources are, where their records do not say.
        at: Now.
        allow_older: Accept a feed that is older than the same feed in the database. Newer records stay.
        progress: Called while reading.

    Raises:
        UsageError: A path is wrong; the snapshot lies in the future or before the records; a feed is older than the one
            in the database (`DATABASE_OLDER`).
        MalformedInput: A source or record is malformed; nothing was imported.
        NothingToCheck: A source holds no record; nothing was imported.
        ToolFailed: The database in place is damaged, the folder cannot be written, or another import does not end.
    """
    sources = [Source.of(path) for path in paths]
    if not sources:
        raise UsageError("nothing to import", expected="at least one path")
    if snapshot and snapshot > at + _CLOCK_SKEW:
        raise UsageError("the snapshot lies in the future", where="--snapshot", found=format_time(snapshot))
    merge = Merge(snapshot=snapshot, at=at, allow_older=allow_older)

    def work() -> tuple[SourceReport, ...]:
        return tuple(merge_source(merge, source, progress) for source in sources)

    state, reports = rebuild(home, merge, work)
    return ImportReport(state=state, sources=reports)


def rebuild(home: Path, merge: Merge, work: Callable[[], T]) -> tuple[DatabaseFacts, T]:
    """Build a new database from the old one and put it in its place, whole or not at all.

    Args:
        home: The user's folder.
        merge: Begun and finished here, on a copy of the database that is there.
        work: Merges into it; called once.

    Returns:
        The state of the new database and what `work` returned.

    Raises:
        ToolFailed: The database in place is damaged, the folder cannot be written, or another import does not end.
    """
    path = schema.database_path(home)
    with _locked(home), _work_file(path) as file:
        done = _build(file, merge, work)
        _into_place(file, path)
    with AdvisoryDatabase.open(path) as database:
        return database.state(), done


def _build(file: Path, merge: Merge, work: Callable[[], T]) -> T:
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        # The file is nobody's until it is renamed, so a journal would protect nothing.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -65536")
        if not file.stat().st_size:
            schema.create(connection)
        connection.execute("BEGIN")
        merge.begin(connection)
        done = work()
        merge.finish()
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _cannot_write(file, error) from error
    finally:
        connection.close()
    return done


def merge_source(merge: Merge, source: Source, progress: Progress | None) -> SourceReport:
    """Merge one source into the database being built. Raises as `import_sources`."""
    reader = Reader(source)
    report = merge.source(source, _counted(reader, source.name or str(source.path), progress), reader)
    if not report.records:
        raise _no_records(report)
    return report


def _counted(reader: Reader, name: str, progress: Progress | None) -> Iterator[Item]:
    for count, item in enumerate(reader.items(), 1):
        if progress and count % 500 == 0:
            progress(name, count)
        yield item


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "advisories.lock", timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise ToolFailed(
            "another import has not ended",
            code="DATABASE_LOCKED",
            where=str(home),
            expected=f"the lock within {LOCK_SECONDS:g} s",
            hint="wait for it, then import again",
        ) from None
    except OSError as error:
        raise _cannot_write(home, error) from error


@contextmanager
def _work_file(path: Path) -> Iterator[Path]:
    """A copy of the database to build on, or an empty file; removed whatever happens, also what a kill left behind."""
    for left in path.parent.glob(f"{_PREFIX}*.tmp*"):
        left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX, suffix=".tmp")
    os.close(handle)
    work = Path(name)
    try:
        if path.exists():
            AdvisoryDatabase.open(path).close()
            shutil.copyfile(path, work)
        yield work
    finally:
        work.unlink(missing_ok=True)


def _into_place(work: Path, path: Path) -> None:
    with work.open("rb") as handle:
        os.fsync(handle.fileno())
    work.chmod(0o644)
    work.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _no_records(report: SourceReport) -> NothingToCheck:
    return NothingToCheck(
        "no advisory in it; nothing was imported",
        code="NO_RECORDS",
        where=report.path,
        expected="advisories about packages",
        found=f"{report.ignored:,} other files"
        + (f", first {report.ignored_names[0]}" if report.ignored else "")
        + (f"; {report.unplaced:,} advisories about no package" if report.unplaced else ""),
    )


def _cannot_write(where: Path, error: Exception) -> ToolFailed:
    return ToolFailed(
        f"cannot write the advisory database: {error}",
        code="CANNOT_WRITE",
        where=str(where),
        hint="check the permissions of the folder and the space on the disk",
    )
