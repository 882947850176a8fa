"""`supplychain init [DIR]`: configuration, trust file, key pair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import home


def init(directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project folder.")] = Path()) -> None:
    """What is there already is left as it is."""
    from supplychain.pipeline.initialise import initialise

    done = initialise(directory, home())
    for path in done.written:
        typer.echo(f"wrote  {path}")
    for path in done.kept:
        typer.echo(f"kept   {path}")
    typer.echo("\nnext   supplychain db import PATH   (OSV records: a zip, a folder or a git checkout)")
    typer.echo(f"       supplychain run {directory} --to staging")
