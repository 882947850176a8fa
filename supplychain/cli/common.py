"""What the verbs share: the user's folder, colour, the usual options, and what `output` has: the clock, JSON."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from supplychain.cli.output import OutputFormat, clock, emit_json
from supplychain.errors import ExitCode

__all__ = [
    "At",
    "BaseImage",
    "FormatOption",
    "OutputFormat",
    "Platform",
    "clock",
    "emit_json",
    "home",
    "leave",
    "paint",
    "say",
]


At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Decide as of this RFC 3339 time instead of now.", show_default=False),
]
Platform = Annotated[
    str | None,
    typer.Option("--platform", metavar="OS/ARCH", help="Which images of several: one, some with commas, or all."),
]
BaseImage = Annotated[
    str | None,
    typer.Option("--base", metavar="IMAGE", help="What an image is built on: oci:LAYOUT[:TAG] or a reference."),
]
FormatOption = Annotated[OutputFormat, typer.Option("--format", help="table for people, json for machines.")]


def home() -> Path:
    """The folder of everything kept for this user: `$SUPPLYCHAIN_HOME`, else the platform's data folder."""
    given = os.environ.get("SUPPLYCHAIN_HOME")
    if given:
        return Path(given).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("supplychain", appauthor=False))


def say(text: str) -> None:
    """Tell a person something on standard error; standard output stays for results."""
    typer.echo(text, err=True)


def paint(text: str, colour: str, *, stream: object = None) -> str:
    """Colour a word when the stream is a terminal and `NO_COLOR` is not set."""
    target = stream or sys.stdout
    if os.environ.get("NO_COLOR") or not getattr(target, "isatty", lambda: False)():
        return text
    return typer.style(text, fg=colour, bold=True)


def leave(code: ExitCode) -> NoReturn:
    """End the command with an exit code of the table."""
    raise typer.Exit(int(code))
