"""Merging the database of a verified kit into the user's: the rules for every feed, for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from supplychain.advisory import codec
from supplychain.advisory.importers.sources import Source
from supplychain.advisory.importing import ImportReport, rebuild
from supplychain.advisory.kit import Feed, KitContent
from supplychain.advisory.merging import Merge, SourceReport
from supplychain.advisory.tally import Tally, report_of
from supplychain.errors import MalformedInput

_KINDS = ("zip", "folder", "file", "document")
_TABLES = {"kev": "exploited", "epss": "epss"}


def import_content(home: Path, kit: KitContent, *, name: str, at: datetime, allow_older: bool) -> ImportReport:
    """Merge a kit into the database of a user's folder, all of it or nothing.

    Args:
        home: The user's folder.
        kit: Open; verified by the caller.
        name: What the kit is called, for the list of feeds.
        at: Now.
        allow_older: Accept feeds that are older than the same feeds in the database. Newer records stay.

    Raises:
        UsageError: `DATABASE_OLDER`.
        MalformedInput: The kit is damaged; nothing was imported.
        ToolFailed: As `importing.rebuild`.
    """
    merge = Merge(snapshot=None, at=at, allow_older=allow_older)
    state, report = rebuild(home, merge, lambda: _merge(merge, kit, name))
    return ImportReport(state=state, sources=(report,))


def _merge(merge: Merge, kit: KitContent, name: str) -> SourceReport:
    tallies = {feed.label: _tally(merge, feed) for feed in kit.manifest.feeds}
    for feed in kit.manifest.feeds:
        if feed.kind != "file":
            merge.feeds.refuse_older(name, tallies[feed.label])
    older = [feed for feed in kit.manifest.feeds if merge.feeds.is_older(feed.label, feed.as_of)]
    total = Tally(label="kit")
    seen = _records(merge, kit, [feed.pattern for feed in older if feed.pattern], total)
    for feed in kit.manifest.feeds:
        if feed.pattern and feed not in older:
            total.counts["removed"] += merge.remove(feed.pattern, seen)
        if feed.format in _TABLES and feed not in older:
            merge.annotating.load(_TABLES[feed.format], kit.annotations(_TABLES[feed.format]))
            merge.annotating.replace(_TABLES[feed.format])
        merge.feeds.note(name, feed.kind, (feed.format,), tallies[feed.label])
        if feed.kind in ("zip", "folder"):
            merge.feeds.supersede(tallies[feed.label])
    return _report(kit, name, total)


def _tally(merge: Merge, feed: Feed) -> Tally:
    bases, _, prefixes = feed.label.partition(": ")
    tally = Tally(label=feed.label, as_of=feed.as_of, pattern=feed.pattern)
    tally.counts["added"] = feed.records
    tally.covered = {merge.number(name) for name in feed.covered}
    tally.bases, tally.prefixes = set(bases.split(", ")), set(prefixes.split(", "))
    return tally


def _records(merge: Merge, kit: KitContent, outdated: Sequence[str], total: Tally) -> set[str]:
    """Merge the records, but for those of documents that are here in a newer edition; return the ids in documents."""
    seen: set[str] = set()
    for known_at, head, parts in kit.records():
        advisory = codec.decode_head(head, tuple(codec.decode_part(part) for part in parts))
        if "@" in advisory.id:
            seen.add(advisory.id)
            if any(fnmatchcase(advisory.id, pattern) for pattern in outdated):
                total.counts["older"] += 1
                continue
        edition = datetime.fromisoformat(known_at) if known_at else None
        total.counts[merge.record(advisory, total, edition=edition)] += 1
    return seen


def _report(kit: KitContent, name: str, total: Tally) -> SourceReport:
    feeds = kit.manifest.feeds
    if total.records != kit.manifest.records or any(feed.kind not in _KINDS for feed in feeds):
        raise MalformedInput(
            "not a kit: it does not hold the records it tells of",
            code="BAD_KIT",
            where=name,
            expected=f"{kit.manifest.records:,} records",
            found=f"{total.records:,}",
        )
    times = [feed.as_of for feed in feeds if feed.as_of]
    total.as_of = min(times, default=None)
    return report_of(Source(path=kit.path, kind="kit", name=name), [total])
