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
    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"


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
    signer: Annotated[
        str | None,
        typer.Argument(metavar="[SIGNER]", help="A private key, or a signer by URI; without it, the configured one."),
    ] = None,
) -> None:
    """Print the public half of a key as PEM, wherever the key is."""
    from supplychain.cli.common import home
    from supplychain.errors import UsageError
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.signers import signer_uri
    from supplychain.signing.interface import KeySigner
    from supplychain.signing.registry import load_signer

    text, base = (signer, Path()) if signer else signer_uri(load_config(Path()), home())
    found = load_signer(text, base=base)
    if not isinstance(found, KeySigner):
        raise UsageError(
            "keyless signing has no public key to hand out",
            code="NO_PUBLIC_KEY",
            where=text,
            hint="name the certificate's issuer and subject in the trust file",
        )
    typer.echo(found.public_key.pem, nl=False)
