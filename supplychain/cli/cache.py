"""`supplychain cache status|prune`: the blobs of images that were pulled, and how much room they may take."""

from __future__ import annotations

from typing import Annotated

import typer

from supplychain.cli.common import FormatOption, OutputFormat, emit_json, home

app = typer.Typer(no_args_is_help=True)


@app.command("status")
def status(format_: FormatOption = OutputFormat.TABLE) -> None:
    """How much is kept, and how much may be. The bound is `max_size` in `cache.yaml` of the user's folder."""
    from supplychain.artifact.image.pruning import kept_state, shown_size

    state = kept_state(home())
    if format_ is OutputFormat.JSON:
        emit_json({"folder": str(state.folder), "blobs": state.blobs, "size": state.size, "max_size": state.max_size})
        return
    typer.echo(f"{state.folder}: {state.blobs} blobs, {shown_size(state.size)} of {shown_size(state.max_size)}")


@app.command("prune")
def prune_(
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", metavar="SIZE", help="500M, 10G, 0 for nothing.", show_default="the setting"),
    ] = None,
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Remove what was not used for longest, until the rest fits. What somebody reads right now is fetched again."""
    from supplychain.artifact.image.pruning import parse_size, prune, shown_size

    done = prune(home(), max_size=None if max_size is None else parse_size(max_size))
    if format_ is OutputFormat.JSON:
        emit_json({"removed": done.removed, "freed": done.freed, "left": done.left})
        return
    typer.echo(f"{done.removed} removed, {shown_size(done.freed)} freed, {shown_size(done.left)} left")
