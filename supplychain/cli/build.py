"""`supplychain build --product GLOB -- COMMAND`: run a build and state what it took in and made."""

from __future__ import annotations

import sys
from codecs import getincrementaldecoder
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json
from supplychain.cli.project import ConfigOption, ProjectOption, StoreOption, open_project
from supplychain.cli.sign import SignerOption

LinkDirOption = Annotated[
    Path | None,
    typer.Option(
        "--link-dir",
        metavar="DIR",
        help="Write the link there too, for in-toto's own programs.",
        show_default=False,
    ),
]


def build(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND…", help="Program and arguments, after `--`.")],
    product: Annotated[
        list[str] | None,
        typer.Option(
            "--product",
            metavar="GLOB",
            help="What it makes, below the project folder; may be repeated.",
            show_default="build.products of the configuration",
        ),
    ] = None,
    step: Annotated[str, typer.Option("--step", metavar="NAME", help="What layouts call this step.")] = "build",
    material: Annotated[
        list[Path] | None,
        typer.Option(
            "--material",
            metavar="PATH",
            help="What it takes in: a file or folder; may be repeated.",
            show_default="every source file",
        ),
    ] = None,
    link_dir: LinkDirOption = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=1, help="Longest build.")] = 3600.0,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Signs SLSA provenance and an in-toto link about every product, and keeps both with its evidence.

    The command runs in the project folder with a clean environment: to set a variable, and have it recorded, write
    `-- env NAME=VALUE COMMAND`. Its output goes to standard error.

    Exits 0 when the products are stated, 4 when the command failed, 3 when it made nothing that was asked for.
    """
    from supplychain.pipeline.build_command import BuildOrder, build_and_state

    moment = clock(at)
    workspace = open_project(project, store=store, config=config, signer=signer, make_trust=False)
    configured = workspace.config.build.products if workspace.config.build else ()
    order = BuildOrder(
        command=tuple(command),
        products=tuple(product or configured),
        materials=tuple(material or ()),
        step=step,
        link_dir=link_dir,
        timeout_s=timeout,
    )
    decode = getincrementaldecoder("utf-8")(errors="replace").decode
    done = build_and_state(workspace, order, at=moment, seen=lambda piece: _show(decode(piece)))
    if format_ is OutputFormat.JSON:
        emit_json(done.to_json())
        return
    for made in done.products:
        typer.echo(f"built       {made.name}  {made.digest}")
    typer.echo(f"materials   {done.materials}")
    typer.echo(f"provenance  {done.provenance}")
    typer.echo(f"link        {done.link.where}")
    if done.link.classic:
        typer.echo(f"link file   {done.link.classic}")


def _show(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
