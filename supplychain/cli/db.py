"""`supplychain db`: import advisories, fetch what changed, hand them over, and say what is known and as of when."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import Progress, import_sources
from supplychain.advisory.schema import database_path
from supplychain.advisory.update.http import Clock
from supplychain.advisory.update.osv import DEFAULT_BASE, TIME_LIMIT
from supplychain.advisory.update.osv import update as run_update
from supplychain.cli.common import FormatOption, OutputFormat, clock, emit_json, home
from supplychain.cli.db_view import print_status, report_json, source_line, status_json, update_json
from supplychain.cli.project import PoliciesOption, ProjectOption, TrustOption
from supplychain.encoding import format_time
from supplychain.errors import UsageError

app = typer.Typer(help="The advisory database: what is known, and as of when.", no_args_is_help=True)

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH…",
        help="Zips, folders, git checkouts or single files: OSV, RustSec, RubySec, Node.js security-wg, secdb, the"
        " Debian tracker's JSON, KEV, EPSS; or a kit made by `db export`.",
        show_default=False,
    ),
]
Snapshot = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="As of when the sources are, where their records do not say.", show_default=False
    ),
]
Ecosystems = Annotated[
    list[str] | None,
    typer.Option(
        "--ecosystem",
        metavar="NAME",
        help="As OSV names it; may be repeated. Default: those the database has OSV records of.",
        show_default=False,
    ),
]
BaseUrl = Annotated[
    str, typer.Option("--base-url", metavar="URL", envvar="SUPPLYCHAIN_OSV_URL", help="Where the exports are.")
]
TrustedRoot = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A Sigstore trusted root to hand over.", show_default=False)
]
FreshDays = Annotated[
    int, typer.Option(min=1, max=3650, metavar="DAYS", help="How long the kit may be imported without --allow-older.")
]
TimeLimit = Annotated[float, typer.Option("--time-limit", min=1, metavar="SECONDS", help="For the whole update.")]
AllowOlder = Annotated[bool, typer.Option(help="Accept a feed older than the same feed in the database.")]
Check = Annotated[bool, typer.Option(help="Read everything and compare it with its digests.")]


@app.command("import")
def import_(
    paths: Paths,
    snapshot: Snapshot = None,
    allow_older: AllowOlder = False,
    trust: TrustOption = None,
    project: ProjectOption = Path(),
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Merge advisories into the database: all of them or, on any error, none. A kit is verified against trust first."""
    from supplychain.pipeline.kit import is_kit

    kits = [path for path in paths if is_kit(path)]
    if kits:
        if len(paths) > 1 or snapshot:
            raise UsageError("a kit is imported alone, and tells itself as of when it is", where=str(kits[0]))
        _import_kit(kits[0], project, trust, allow_older=allow_older, format_=format_)
        return
    stated = clock(snapshot) if snapshot else None
    with _progress() as progress:
        report = import_sources(
            home(), paths, snapshot=stated, at=clock(None), allow_older=allow_older, progress=progress
        )
    if format_ is OutputFormat.JSON:
        emit_json(report_json(report))
        return
    for source in report.sources:
        typer.echo(source_line(source))
    typer.echo(f"database  {report.state.records:,} records  {report.state.digest}")


def _import_kit(path: Path, project: Path, trust: Path | None, *, allow_older: bool, format_: OutputFormat) -> None:
    from supplychain.pipeline.kit import import_kit
    from supplychain.pipeline.workspace import open_workspace

    believed = open_workspace(project, home(), trust=trust).trust
    done = import_kit(home(), path, believed, at=clock(None), allow_older=allow_older)
    kit = {
        "signers": list(done.signers),
        "made": format_time(done.manifest.made),
        "freshest_by": format_time(done.manifest.freshest_by),
        "digest": done.manifest.digest,
        "folder": str(done.folder),
        "extras": sorted(name for name in done.manifest.files if "/" in name),
    }
    if format_ is OutputFormat.JSON:
        emit_json({**report_json(done.report), "kit": kit})
        return
    typer.echo(f"verified  {path}  signed by {', '.join(done.signers)}, made {kit['made']}")
    typer.echo(f"imported  {path}  {len(done.manifest.feeds)} feeds, {done.manifest.records:,} records")
    if kit["extras"]:
        typer.echo(f"kept      {done.folder}  trust and policies of the kit; not in force until you name them")
    typer.echo(f"database  {done.report.state.records:,} records  {done.report.state.digest}")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where the kit goes.")],
    trust: TrustOption = None,
    policies: PoliciesOption = None,
    trusted_root: TrustedRoot = None,
    fresh_days: FreshDays = 30,
    project: ProjectOption = Path(),
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Write an air-gap kit, signed with your key: database, trust and policies, for `db import` on another machine."""
    from supplychain.errors import UsageError
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.kit import export_kit, kit_extras
    from supplychain.pipeline.resources import policies_folder
    from supplychain.pipeline.signers import open_signer

    config, at = load_config(project), clock(None)
    believed = trust or (config.trust if config.trust.exists() else None)
    place = Path(policies) if policies else config.policies.source if config.policies else policies_folder()
    if not isinstance(place, Path) or not place.is_dir():
        raise UsageError("a kit takes a folder of policies", where=str(place), expected="--policies DIR")
    extras = kit_extras(believed, trusted_root, place)
    signer = open_signer(config, home())
    done = export_kit(home(), path, signer, extras, at=at, freshest_by=at + timedelta(days=fresh_days))
    if format_ is OutputFormat.JSON:
        emit_json(
            {
                "path": str(done.path),
                "content": str(done.digest),
                "database": {"digest": done.manifest.digest, "records": done.manifest.records},
                "made": format_time(done.manifest.made),
                "freshest_by": format_time(done.manifest.freshest_by),
                "files": {name: {"sha256": d, "size": n} for name, (d, n) in done.manifest.files.items()},
            }
        )
        return
    typer.echo(f"exported  {done.path}  {done.manifest.records:,} records, {len(extras)} files of trust and policy")
    typer.echo(f"content   {done.digest}  freshest by {format_time(done.manifest.freshest_by)}")


@app.command()
def update(
    ecosystem: Ecosystems = None,
    base_url: BaseUrl = DEFAULT_BASE,
    time_limit: TimeLimit = TIME_LIMIT,
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Fetch what changed from a server of OSV's exports; on any failure the database stays as it was."""
    deadline = time.monotonic() + time_limit
    watch = Clock(now=clock(None), monotonic=time.monotonic, sleep=time.sleep, deadline=deadline)
    with _progress() as progress:
        report = run_update(home(), ecosystem or (), base=base_url, clock=watch, progress=progress)
    if format_ is OutputFormat.JSON:
        emit_json(update_json(report))
        return
    for part in report.ecosystems:
        typer.echo(f"updated   {part.ecosystem}  unchanged" if part.source is None else source_line(part.source))
    typer.echo(f"database  {report.state.records:,} records  {report.state.digest}")


@app.command()
def status(check: Check = False, format_: FormatOption = OutputFormat.TABLE) -> None:
    """What the database knows: ecosystems, feeds, their age, and the digest of the content."""
    with AdvisoryDatabase.open(database_path(home())) as database:
        if check:
            database.check()
        value = status_json(database, checked=check)
        if format_ is OutputFormat.JSON:
            emit_json(value)
            return
        print_status(value, database.sources())


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
