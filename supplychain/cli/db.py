"""`supplychain db`: import advisories, and say what is known and as of when."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from supplychain.advisory.database import AdvisoryDatabase, SourceFacts
from supplychain.advisory.importing import ImportReport, Progress, import_sources
from supplychain.advisory.merging import SourceReport
from supplychain.advisory.schema import database_path
from supplychain.cli.common import FormatOption, OutputFormat, clock, emit_json, home
from supplychain.encoding import format_time

app = typer.Typer(help="The advisory database: what is known, and as of when.", no_args_is_help=True)

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH…", help="Zips, folders, git checkouts or single files of OSV records.", show_default=False
    ),
]
Snapshot = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="As of when the sources are, where their records do not say.", show_default=False
    ),
]
AllowOlder = Annotated[bool, typer.Option(help="Accept a feed older than the same feed in the database.")]
Check = Annotated[bool, typer.Option(help="Read everything and compare it with its digests.")]


@app.command("import")
def import_(
    paths: Paths,
    snapshot: Snapshot = None,
    allow_older: AllowOlder = False,
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Merge OSV records into the database: all of them or, on any error, none."""
    stated = clock(snapshot) if snapshot else None
    with _progress() as progress:
        report = import_sources(
            home(), paths, snapshot=stated, at=clock(None), allow_older=allow_older, progress=progress
        )
    if format_ is OutputFormat.JSON:
        emit_json(_report_json(report))
        return
    for source in report.sources:
        typer.echo(_source_line(source))
    typer.echo(f"database  {report.state.records:,} records  {report.state.digest}")


@app.command()
def status(check: Check = False, format_: FormatOption = OutputFormat.TABLE) -> None:
    """What the database knows: ecosystems, feeds, their age, and the digest of the content."""
    with AdvisoryDatabase.open(database_path(home())) as database:
        if check:
            database.check()
        value = _status_json(database, checked=check)
        if format_ is OutputFormat.JSON:
            emit_json(value)
            return
        _print_status(value, database.sources())


def _print_status(value: dict[str, Any], sources: tuple[SourceFacts, ...]) -> None:
    typer.echo(f"database   {value['path']}")
    typer.echo(f"digest     {value['digest']}" + ("  (checked)" if value["checked"] else ""))
    typer.echo(f"records    {value['records']:,}")
    typer.echo(f"as of      {value['built'] or 'unknown: no record says, and no snapshot was stated'}")
    for name, part in value["ecosystems"].items():
        typer.echo(f"ecosystem  {name}: {part['records']:,} records, as of {part['built'] or 'unknown'}")
    for facts in sources:
        as_of = format_time(facts.as_of) if facts.as_of else "unknown"
        typer.echo(f"feed       {facts.label}: {facts.records:,} records, as of {as_of}, from {facts.path}")


def _status_json(database: AdvisoryDatabase, *, checked: bool) -> dict[str, Any]:
    state = database.state()
    ecosystems = {}
    for name, records in database.ecosystems().items():
        built = database.built(name)
        ecosystems[name] = {"records": records, "built": format_time(built) if built else None}
    return {
        "path": str(database.path),
        "digest": str(state.digest),
        "built": format_time(state.built) if state.built else None,
        "records": state.records,
        "checked": checked,
        "ecosystems": ecosystems,
        "feeds": [
            {
                "label": facts.label,
                "kind": facts.kind,
                "path": facts.path,
                "as_of": format_time(facts.as_of) if facts.as_of else None,
                "records": facts.records,
                "imported": format_time(facts.imported),
            }
            for facts in database.sources()
        ],
    }


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "digest": str(report.state.digest),
        "built": format_time(report.state.built) if report.state.built else None,
        "records": report.state.records,
        "sources": [
            {
                "path": source.path,
                "kind": source.kind,
                "label": source.label,
                "as_of": format_time(source.as_of) if source.as_of else None,
                "records": source.records,
                "added": source.added,
                "updated": source.updated,
                "unchanged": source.unchanged,
                "older": source.older,
                "ignored": source.ignored,
                "ignored_names": list(source.ignored_names),
            }
            for source in report.sources
        ],
    }


def _source_line(source: SourceReport) -> str:
    as_of = f"as of {format_time(source.as_of)}" if source.as_of else "no usable time: state --snapshot TIME"
    counts = {"new": source.added, "updated": source.updated, "unchanged": source.unchanged, "older": source.older}
    parts = [f"{count:,} {word}" for word, count in counts.items() if count]
    if source.ignored:
        parts.append(f"{source.ignored:,} other files ignored, first {source.ignored_names[0]}")
    return f"imported  {source.path}  {source.label}, {as_of}: {', '.join(parts)}"


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A counter on standard error while a person watches; nothing otherwise."""
    if not sys.stderr.isatty():
        yield None
        return

    def show(path: str, count: int) -> None:
        sys.stderr.write(f"\r\x1b[Kreading {path}: {count:,} records")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
