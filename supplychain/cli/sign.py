"""`supplychain sign FILE…`: a signature beside each file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import FormatOption, OutputFormat, emit_json, home, say

SignerOption = Annotated[
    str | None,
    typer.Option(
        "--signer",
        "--key",
        metavar="URI",
        help="A PEM file, or a signer by URI: file:, sigstore:, aws-kms:, gcp-kms:, azure-kms:, vault:, hsm:.",
        show_default="your own key",
    ),
]
TokenOption = Annotated[
    Path | None,
    typer.Option(
        "--identity-token", metavar="FILE", help="The identity token for keyless signing.", show_default=False
    ),
]
TimestampOption = Annotated[
    str | None, typer.Option("--timestamp-url", metavar="URL", help="An RFC 3161 authority.", show_default=False)
]
LogOption = Annotated[
    str | None,
    typer.Option("--log-url", metavar="URL", help="A Rekor log; …/api/v2 for version 2.", show_default=False),
]
RootOption = Annotated[
    Path | None,
    typer.Option("--trusted-root", metavar="FILE", help="What timestamp and log are held against.", show_default=False),
]


def sign(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="The files to sign.")],
    signer: SignerOption = None,
    identity_token: TokenOption = None,
    timestamp: TimestampOption = None,
    log: LogOption = None,
    trusted_root: RootOption = None,
    blob: Annotated[
        bool, typer.Option("--blob", help="Sign the file itself, without a statement, as `cosign sign-blob` does.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Writes FILE.sigstore.json: a Sigstore bundle with an in-toto statement about the file, by the signer.

    When the log does not answer and there is a timestamp, the bundle goes out without a log entry; `supplychain log
    flush` makes it later.
    """
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.sign import sign_blob, sign_file
    from supplychain.pipeline.signers import Choice, open_signer

    choice = Choice(
        signer=signer, identity_token=identity_token, timestamp=timestamp, log=log, trusted_root=trusted_root
    )
    by = open_signer(load_config(Path()), home(), choice)
    signed = []
    for path in files:
        one = sign_blob(path, by) if blob else sign_file(path, by)
        signed.append(one)
        if output is OutputFormat.TABLE:
            typer.echo(f"signed  {path}  {one.bundle}")
        if one.log == "pending":
            say(f"warning [LOG_PENDING]: {one.bundle} has no log entry yet ({one.reason})")
            say("  next:     supplychain log flush")
    if output is OutputFormat.JSON:
        emit_json({"signed": [one.to_json() for one in signed]})
