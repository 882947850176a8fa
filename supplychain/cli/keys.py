"""`supplychain keys generate|public`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


class KeyKind(StrEnum):
    """Algorithms a key can be made for."""

    P256 = "ecdsa-p256"
    P384 = "ecdsa-p384"
    ED25519 = "ed25519"


@app.command("generate")
def generate(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the private key goes; FILE.pub gets the public one.")
    ],
    kind: Annotated[KeyKind, typer.Option("--type", help="The algorithm.")] = KeyKind.P256,
) -> None:
    """Make a key pair; never overwrites. The private key is encrypted when SUPPLYCHAIN_KEY_PASSWORD is set."""
    from supplychain.errors import UsageError
    from supplychain.files import write_atomic, write_new
    from supplychain.pipeline.workspace import key_password
    from supplychain.signing.local_key import generate_pem

    private, public = generate_pem(kind.value, password=key_password())
    if not write_new(path, private, mode=0o600):
        raise UsageError("there is a key already", code="FILE_EXISTS", where=str(path), hint="choose another name")
    target = path.with_name(path.name + ".pub")
    write_atomic(target, public)
    typer.echo(f"private key  {path}\npublic key   {target}")


@app.command("public")
def public_key(
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A private key; without it, your own.")] = None,
) -> None:
    """Print the public half of a key as PEM."""
    from supplychain.cli.common import home
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.workspace import key_password, key_path
    from supplychain.signing.local_key import LocalKey

    chosen = path or key_path(load_config(Path()), home())
    typer.echo(LocalKey.load(chosen, password=key_password()).public_key.pem, nl=False)
