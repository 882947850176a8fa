"""`supplychain demo`: the whole story in a temporary folder."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import clock


def demo(
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Play in this new folder and keep it.")
    ] = None,
) -> None:
    """Needs git and no network; touches nothing outside its folder."""
    from supplychain.errors import UsageError
    from supplychain.pipeline.demo import Story

    snapshot = clock(None) - timedelta(hours=1)

    def tell(text: str) -> None:
        typer.echo(text, nl=False)

    if keep is not None:
        if keep.exists():
            raise UsageError(
                "the folder is there already", code="FILE_EXISTS", where=str(keep), expected="a new folder"
            )
        keep.mkdir(parents=True)
        Story(keep.absolute(), tell, at=snapshot).play()
        typer.echo(f"\nkept in {keep}")
        return
    with tempfile.TemporaryDirectory(prefix="supplychain-demo-") as folder:
        Story(Path(folder), tell, at=snapshot).play()
