"""The program: finds the verb, runs it, and turns what happened into an exit code. Nothing else exits the process.

Only the module of the verb that is called is imported, so that a verification pays for nothing but verification.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import Abort, Exit, TyperException

from supplychain import __version__
from supplychain.errors import EXIT_CODES, SupplychainError

VERBS: dict[str, str] = {
    "demo": "The whole story in a temporary folder, offline, under a minute.",
    "init": "Write configuration, trust file and key pair for a project; never overwrites.",
    "run": "Every stage for a project, side by side, ending in the verdict for an environment.",
    "sbom": "Write the SBOM of a target.",
    "scan": "Look for known vulnerabilities and weaknesses; report, with what was not looked at.",
    "db": "The advisory database: import, update, status, export.",
    "build": "Run a build; state its provenance and its link.",
    "attest": "State and sign one claim about an artifact.",
    "sign": "Sign files.",
    "log": "Entries in a transparency log that are still to be made: list, flush.",
    "verify": "Verify evidence about an artifact.",
    "trust": "Check a trust file: who may claim what, and what looks like a slip.",
    "gate": "Decide about an artifact for an environment from its evidence.",
    "promote": "Gate an artifact and record its promotion.",
    "approve": "Say yes or no to an artifact for an environment, signed; or break the glass.",
    "waive": "Take a finding upon yourself, signed, for one artifact, until a day.",
    "history": "Every claim and decision about an artifact, in order.",
    "report": "What an artifact's evidence amounts to: the SLSA levels it reaches.",
    "store": "Move evidence between stores: copy, list.",
    "policy": "Check, test, explain, replay and document policies; pack and sign them.",
    "admit": "The admission verdict for artifacts, from their verified summaries.",
    "keys": "Make key pairs; show public keys.",
    "cache": "Blobs of images that were pulled: status, prune.",
    "doctor": "What is installed, found and configured.",
}
"""Verb to its one-line help. Each is a module `supplychain.cli.<verb>` with a function of that name, or an `app`."""

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


def main() -> None:
    """Run the command line and exit with a code of the table."""
    words = [word for word in sys.argv[1:2] if word in VERBS]
    app = build_app(words[0] if words else None)
    try:
        code = app(standalone_mode=False, prog_name="supplychain")
    except SupplychainError as error:
        _report(error)
        sys.exit(int(error.exit_code))
    except Exit as leaving:
        sys.exit(leaving.exit_code)
    except Abort:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except TyperException as error:
        context = getattr(error, "ctx", None)  # it knows which verb of a group was meant
        path = context.command_path if context else " ".join(["supplychain", *words])
        typer.echo(f"error [USAGE]: {error.format_message()}\n  next:     {path} --help", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def _report(error: SupplychainError) -> None:
    typer.echo(error.diagnostics(), err=True)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"supplychain {__version__}")
        raise typer.Exit(0)
