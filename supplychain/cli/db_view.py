"""How `supplychain db` tells what it did and what the database knows: values in, text and JSON out."""

from __future__ import annotations

from typing import Any

import typer

from supplychain.advisory.database import AdvisoryDatabase, DatabaseFacts, SourceFacts
from supplychain.advisory.importing import ImportReport
from supplychain.advisory.merging import SourceReport
from supplychain.advisory.update.osv import UpdateReport
from supplychain.encoding import format_time


def print_status(value: dict[str, Any], sources: tuple[SourceFacts, ...]) -> None:
    """Tell a person what the database knows."""
    typer.echo(f"database   {value['path']}")
    typer.echo(f"digest     {value['digest']}" + ("  (checked)" if value["checked"] else ""))
    typer.echo(f"records    {value['records']:,}")
    typer.echo(f"as of      {value['built'] or 'unknown: no record says, and no snapshot was stated'}")
    for name, part in value["ecosystems"].items():
        typer.echo(f"ecosystem  {name}: {part['records']:,} records, as of {part['built'] or 'unknown'}")
    for facts in sources:
        as_of = format_time(facts.as_of) if facts.as_of else "unknown"
        typer.echo(f"feed       {facts.label}: {facts.records:,} records, as of {as_of}, from {facts.path}")


def status_json(database: AdvisoryDatabase, *, checked: bool) -> dict[str, Any]:
    """What `db status --format json` prints."""
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
                "format": facts.format,
                "path": facts.path,
                "as_of": format_time(facts.as_of) if facts.as_of else None,
                "records": facts.records,
                "imported": format_time(facts.imported),
            }
            for facts in database.sources()
        ],
    }


def report_json(report: ImportReport) -> dict[str, Any]:
    """What `db import --format json` prints."""
    return {**_state_json(report.state), "sources": [_source_json(source) for source in report.sources]}


def update_json(report: UpdateReport) -> dict[str, Any]:
    """What `db update --format json` prints."""
    parts = [
        {
            "ecosystem": part.ecosystem,
            "url": part.url,
            "how": part.how,
            "source": _source_json(part.source) if part.source else None,
        }
        for part in report.ecosystems
    ]
    return {**_state_json(report.state), "ecosystems": parts}


def _state_json(state: DatabaseFacts) -> dict[str, Any]:
    built = format_time(state.built) if state.built else None
    return {"digest": str(state.digest), "built": built, "records": state.records}


def _source_json(source: SourceReport) -> dict[str, Any]:
    return {
        "path": source.path,
        "kind": source.kind,
        "label": source.label,
        "labels": list(source.labels),
        "as_of": format_time(source.as_of) if source.as_of else None,
        "records": source.records,
        "added": source.added,
        "updated": source.updated,
        "unchanged": source.unchanged,
        "older": source.older,
        "removed": source.removed,
        "ignored": source.ignored,
        "ignored_names": list(source.ignored_names),
        "unplaced": source.unplaced,
    }


def source_line(source: SourceReport) -> str:
    """One source that was imported, for a person."""
    as_of = f"as of {format_time(source.as_of)}" if source.as_of else "no usable time: state --snapshot TIME"
    counts = {name: getattr(source, name) for name in ("added", "updated", "unchanged", "older", "removed")}
    parts = [f"{count:,} {'new' if word == 'added' else word}" for word, count in counts.items() if count]
    if source.unplaced:
        parts.append(f"{source.unplaced:,} about no package")
    if source.ignored:
        parts.append(f"{source.ignored:,} other files ignored, first {source.ignored_names[0]}")
    return f"imported  {source.path}  {source.label}, {as_of}: {', '.join(parts) or 'nothing'}"
