"""What the verbs share: the user's folder, the clock, JSON on standard output, colour, and the usual options.

This is the one place (with the server's edge) that reads the clock; everything below takes `at` as an argument.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from supplychain.encoding import parse_time, pretty_json
from supplychain.errors import ExitCode, MalformedInput, UsageError


class OutputFormat(StrEnum):
    """How a verb prints its result."""

    TABLE = "table"
    JSON = "json"


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


def clock(at: str | None) -> datetime:
    """The time to decide at: the given one, else now, in whole seconds UTC. Raises UsageError for no time."""
    if at is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        return parse_time(at, where="--at").replace(microsecond=0)
    except MalformedInput as error:
        raise UsageError(error.message, where="--at", expected=error.expected, found=error.found) from None


def emit_json(value: object) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(pretty_json(value).decode("utf-8"))
    sys.stdout.flush()


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
