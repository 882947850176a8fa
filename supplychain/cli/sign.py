"""`supplychain sign FILE…`: a signature beside each file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import home


def sign(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The files to sign.")],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="PEM", help="The private key.", show_default="your own")
    ] = None,
) -> None:
    """Writes FILE.sigstore.json: a Sigstore bundle with an in-toto statement about the file, under your key."""
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.sign import sign_file
    from supplychain.pipeline.workspace import key_password, key_path
    from supplychain.signing.local_key import LocalKey

    signer = LocalKey.load(key or key_path(load_config(Path()), home()), password=key_password())
    for path in files:
        typer.echo(f"signed  {path}  {sign_file(path, signer)}")
