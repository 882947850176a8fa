"""`db update`: OSV's per-ecosystem zips, `<base>/<Ecosystem>/all.zip` (https://google.github.io/osv.dev/data/).

1. Fetch what changed of every ecosystem: single records where few did, else the zip, conditionally and resumably.
2. Import all of it in one step. Until that is done, readers see the old database; when any of it fails, they keep it.
3. With the content it is written down which edition of each file it took up, so that both are always of one time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from supplychain.advisory.database import AdvisoryDatabase, DatabaseFacts
from supplychain.advisory.ecosystem import base_of
from supplychain.advisory.importers.sources import Source
from supplychain.advisory.importing import Progress, merge_source, rebuild
from supplychain.advisory.merging import Merge, SourceReport
from supplychain.advisory.remote import Remote
from supplychain.advisory.schema import database_path
from supplychain.advisory.update.delta import changed_since, fetch_records
from supplychain.advisory.update.download import NOTHING, Edition, Fetched, discard, fetch
from supplychain.advisory.update.http import Clock, Server
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, UsageError

DEFAULT_BASE = "https://osv-vulnerabilities.storage.googleapis.com"
"""Where OSV publishes its exports. `--base-url` and `SUPPLYCHAIN_OSV_URL` name another place."""
TIME_LIMIT = 1800.0
"""Seconds for the whole update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EcosystemReport:
    """What the update did about one ecosystem."""

    ecosystem: str
    url: str
    how: str
    """`unchanged`, `records` (single ones) or `zip`."""
    source: SourceReport | None = None
    """What was imported; None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateReport:
    """What an update did."""

    state: DatabaseFacts
    ecosystems: tuple[EcosystemReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Something fetched and not imported yet."""

    ecosystem: str
    url: str
    how: str
    source: Source
    fetched: Fetched | None = None

    def discard(self) -> None:
        if self.fetched:
            discard(self.fetched)
        else:
            self.source.path.unlink(missing_ok=True)


def update(
    home: Path, ecosystems: Sequence[str], *, base: str, clock: Clock, progress: Progress | None = None
) -> UpdateReport:
    """Bring the database of a user's folder up to date.

    Args:
        home: The user's folder.
        ecosystems: As OSV names them; none: those the database has OSV records of.
        base: Address of the server.
        clock: Time, and the limit of it.
        progress: Called while importing.

    Raises:
        UsageError: The address, or an ecosystem; or a feed is older than the one in the database (`DATABASE_OLDER`).
        MalformedInput: What came is no zip of advisories; it is not kept.
        ToolFailed: The server or the network failed, or another update runs; the database is as it was.
    """
    folder = home / "downloads"
    with ExitStack() as stack:
        server = stack.enter_context(Server(base, clock))
        stack.enter_context(_alone(folder))
        exists = database_path(home).exists()
        database = stack.enter_context(AdvisoryDatabase.open(database_path(home))) if exists else None
        names = _chosen(ecosystems, database, server)
        found = [(name, _changes(name, server, folder, database)) for name in names]
        changes = [change for _, change in found if change]
        reports = dict(_import(home, changes, clock, progress)) if changes else {}
    with AdvisoryDatabase.open(database_path(home)) as current:
        state = current.state()
    return UpdateReport(
        state=state,
        ecosystems=tuple(
            EcosystemReport(
                ecosystem=name,
                url=change.url if change else _url(server, name),
                how=change.how if change else "unchanged",
                source=reports.get(name),
            )
            for name, change in found
        ),
    )


def _chosen(ecosystems: Sequence[str], database: AdvisoryDatabase | None, server: Server) -> list[str]:
    names = list(dict.fromkeys(base_of(name.strip()) for name in ecosystems))
    if not names and database and (known := database.osv_ecosystems()):
        return known
    data = server.small(f"{server.base}/ecosystems.txt")
    offered = [line.strip() for line in data.decode("utf-8", "replace").splitlines() if line.strip()] if data else []
    bases = sorted({base_of(name) for name in offered})
    unknown = [name for name in names if (bases and name not in bases) or not name or "/" in name or name[0] == "."]
    if not names or unknown:
        raise UsageError(
            f"the server has no ecosystem {unknown[0]!r}" if names else "no ecosystem to update",
            code="UNKNOWN_ECOSYSTEM",
            where="--ecosystem",
            expected=", ".join(bases) or "names of OSV, for example PyPI",
            hint="name at least one: `supplychain db update --ecosystem PyPI`",
        )
    return names


def _changes(ecosystem: str, server: Server, folder: Path, database: AdvisoryDatabase | None) -> _Change | None:
    """What is new about one ecosystem, fetched; None: nothing."""
    url = _url(server, ecosystem)
    remote = database.remotes().get(url) if database else None
    if remote and database:
        changed = changed_since(server, url.removesuffix("/all.zip"), database)
        if changed and not changed.ids:
            return None
        path = folder / f"{quote(ecosystem, safe='')}.records.zip"
        if changed and fetch_records(server, url.removesuffix("/all.zip"), changed, path):
            source = Source(path=path, kind="zip", label=remote.label, name=url)
            return _Change(ecosystem=ecosystem, url=url, how="records", source=source)
    known = Edition(etag=remote.etag, modified=remote.modified) if remote else NOTHING
    fetched = fetch(server, url, folder, known)
    if fetched is None:
        return None
    source = Source(path=fetched.path, kind="zip", name=url)
    return _Change(ecosystem=ecosystem, url=url, how="zip", source=source, fetched=fetched)


def _import(
    home: Path, changes: Sequence[_Change], clock: Clock, progress: Progress | None
) -> Iterator[tuple[str, SourceReport]]:
    merge = Merge(snapshot=None, at=clock.now, allow_older=False)

    def work() -> list[tuple[str, SourceReport]]:
        return [(change.ecosystem, _merge(merge, change, progress)) for change in changes]

    try:
        _, reports = rebuild(home, merge, work)
    except SupplychainError as error:
        if isinstance(error, MalformedInput):
            # What is damaged must not be taken for a whole download next time.
            for change in changes:
                change.discard()
        raise
    for change in changes:
        change.discard()
    yield from reports


def _merge(merge: Merge, change: _Change, progress: Progress | None) -> SourceReport:
    report = merge_source(merge, change.source, progress)
    if change.fetched:
        edition = change.fetched.edition
        remote = Remote(etag=edition.etag, modified=edition.modified, label=report.label)
        merge.note_remote(change.url, remote)
    return report


def _url(server: Server, ecosystem: str) -> str:
    return f"{server.base}/{quote(ecosystem, safe='')}/all.zip"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "update.lock", timeout=0):
            yield
    except Timeout:
        raise ToolFailed(
            "another update is running", code="UPDATE_RUNNING", where=str(folder), hint="wait for it, then try again"
        ) from None
    except OSError as error:
        raise ToolFailed(f"cannot write: {error.strerror or error}", code="CANNOT_WRITE", where=str(folder)) from error
