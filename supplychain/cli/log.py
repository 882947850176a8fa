"""`supplychain log list|flush`: entries in a transparency log that are still to be made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import FormatOption, OutputFormat, emit_json, home, leave, say
from supplychain.cli.sign import RootOption, SignerOption

if TYPE_CHECKING:
    from supplychain.pipeline.config import Config

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Root = Annotated[Path, typer.Argument(metavar="[DIR]", help="The project folder.")]


def tell_pending(config: Config) -> None:
    """Warn about log entries of a project that are still to be made, if there are any."""
    from supplychain.pipeline.signers import queue_folder

    waiting = len(list(queue_folder(config).glob("*.json")))
    if waiting:
        say(f"warning [LOG_PENDING]: {waiting} signatures have no log entry yet")
        say(f"  next:     supplychain log flush {config.root}")


@app.command("list")
def list_pending(root: Root = Path(), output: FormatOption = OutputFormat.TABLE) -> None:
    """Signatures that no log has yet, and why."""
    from supplychain.errors import printable
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.pending import notes
    from supplychain.pipeline.signers import queue_folder

    found = notes(queue_folder(load_config(root)))
    if output is OutputFormat.JSON:
        emit_json({"pending": [{"bundle": n.about, "log": n.log, "reason": n.reason} for n in found]})
        return
    for note in found:
        typer.echo(printable(f"pending  {note.about}  {note.log}  {note.reason}"))
    if not found:
        say("nothing is pending")


@app.command("flush")
def flush(
    root: Root = Path(),
    trusted_root: RootOption = None,
    signer: SignerOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Make the log entries that are still to be made, and complete the bundles. Needs no key.

    Exit code 4 when one could not be made; it stays pending, and the others are done.
    """
    from supplychain.errors import ExitCode, printable
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.pending import flush as flush_notes
    from supplychain.pipeline.signers import Choice
    from supplychain.store.place import open_store

    config = load_config(root)
    done = flush_notes(config, home(), open_store(config.store), Choice(signer=signer, trusted_root=trusted_root))
    if output is OutputFormat.JSON:
        emit_json({"flushed": [one.to_json() for one in done]})
    for one in done:
        if one.error is not None:
            say(one.error.diagnostics())
        elif output is OutputFormat.TABLE:
            typer.echo(printable(f"logged   {one.about}  {one.log}  index {one.index}"))
    if not done:
        say("nothing is pending")
    if any(one.error is not None for one in done):
        leave(ExitCode.TOOL_FAILED)
