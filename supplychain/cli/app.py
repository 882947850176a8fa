"""The command-line application, by the library that reads options and writes help.

Only the module of the verb that is called is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from supplychain import __version__
from supplychain.cli.main import VERBS
from supplychain.errors import EXIT_CODES

EPILOG = "\n\n".join(["Exit codes:", *(f"{int(code)}  {meaning}" for code, meaning in EXIT_CODES.items())])


def build_app(only: str | None = None) -> typer.Typer:
    """The command-line application, with all verbs or only one of them."""
    app = typer.Typer(
        name="supplychain",
        help="Supply-chain evidence anyone can check, and a gate that decides by it.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback()
    def top(
        version: Annotated[
            bool, typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_version)
        ] = False,
    ) -> None:
        """Supply-chain evidence anyone can check, and a gate that decides by it."""

    for verb, text in VERBS.items():
        if only in (None, verb):
            module = import_module(f"supplychain.cli.{verb}")
            if hasattr(module, "app"):
                app.add_typer(module.app, name=verb, help=text)
            else:
                app.command(verb, help=text + "\n\n" + (getattr(module, verb).__doc__ or ""))(getattr(module, verb))
    return app


def run_app(verb: str | None) -> int:
    """Run the command line of this process; the exit code. Raises whatever the verb raises."""
    app = build_app(verb)
    try:
        code = app(standalone_mode=False, prog_name="supplychain")
    except Exit as leaving:
        return leaving.exit_code
    except Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:
        context = getattr(error, "ctx", None)  # it knows which verb of a group was meant
        path = context.command_path if context else " ".join(["supplychain", *([verb] if verb else [])])
        typer.echo(f"error [USAGE]: {error.format_message()}\n  next:     {path} --help", err=True)
        return 2
    return code if isinstance(code, int) else 0


def _version(value: bool) -> None:
    if value:
        typer.echo(f"supplychain {__version__}")
        raise typer.Exit(0)
