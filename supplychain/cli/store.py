"""`supplychain store copy|list`: move evidence between stores, and see what lies in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import FormatOption, OutputFormat, emit_json, leave
from supplychain.cli.project import ProjectOption, StoreOption
from supplychain.errors import UsageError, printable

if TYPE_CHECKING:
    from supplychain.pipeline.store_copy import Moved
    from supplychain.store.place import Place

app = typer.Typer(no_args_is_help=True)


@app.command("copy")
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A folder, or oci:HOST/REPO.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="A folder, or oci:HOST/REPO.")],
    artifact: Annotated[
        list[str] | None,
        typer.Option("--artifact", metavar="ARTIFACT", help="A file, or its digest; may be repeated."),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything that FROM can list.")] = False,
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Evidence goes over byte by byte, with the documents it refers to. Twice is once; nothing is verified here.

    Exits 0 when all of it is there now, 4 when something failed (the rest was copied), 3 when there was nothing.
    """
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.store_copy import copy_evidence, exit_code
    from supplychain.store.place import open_store, parse_place

    if bool(artifact) == all_:
        raise UsageError("say what to copy", where="--artifact, --all", expected="one of the two")
    here, there = parse_place(source), parse_place(target)
    _check_source(here, source)
    if here == there:
        raise UsageError("both are the same store", where=target, expected="two stores")
    wanted = None if all_ else [artifact_of(text) for text in artifact or ()]
    moved = copy_evidence(open_store(here), open_store(there), wanted)
    if format_ is OutputFormat.JSON:
        emit_json({"from": source, "to": target, "artifacts": [one.to_json() for one in moved]})
    for one in moved:
        _tell(one, table=format_ is OutputFormat.TABLE)
    leave(exit_code(moved))


@app.command("list")
@app.command("ls", hidden=True)
def list_(
    artifact: Annotated[
        str | None, typer.Argument(metavar="[ARTIFACT]", help="A file, or its digest; none: about what there is any.")
    ] = None,
    store: StoreOption = None,
    project: ProjectOption = Path(),
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """What lies in a store, as it says of itself. Nothing of it is verified: `supplychain verify` does that."""
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.store_copy import listing
    from supplychain.store.place import open_store, parse_place

    place = parse_place(store) if store is not None else load_config(project).store
    _check_source(place, store or str(place))
    opened = open_store(place)
    if artifact is None:
        subjects = [str(digest) for digest in opened.subjects()]
        if format_ is OutputFormat.JSON:
            emit_json({"subjects": subjects})
        else:
            typer.echo("".join(f"{digest}\n" for digest in subjects), nl=False)
        return
    entries = listing(artifact_of(artifact), opened)
    if format_ is OutputFormat.JSON:
        emit_json({"unverified": entries})
        return
    for entry in entries:
        kind = entry["kind"] or f"[{entry['error']}]"
        typer.echo(printable(f"unverified  {kind:<12} {entry['size']:>9,}  {entry['ref']}"))


def _tell(one: Moved, *, table: bool) -> None:
    if table:
        said = f"{len(one.copied)} copied, {one.present} there already, {one.documents} documents"
        typer.echo(f"{one.subject}  {said}")
    for ref in one.empty:
        typer.echo(printable(f"left behind, no envelope: {ref}"), err=True)
    for error in one.failed:
        typer.echo(error.diagnostics(), err=True)
    if not one.found and not one.failed:
        typer.echo(f"nothing is kept about {one.subject}", err=True)


def _check_source(place: Place, text: str) -> None:
    """A folder that is not there is a typing error, not an empty store."""
    if isinstance(place, Path) and not place.is_dir():
        raise UsageError(
            "no such store", code="FILE_MISSING", where=text, expected="a folder with evidence, or oci:HOST/REPO"
        )
