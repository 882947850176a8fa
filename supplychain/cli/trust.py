"""`supplychain trust check [FILE]`: is the trust file sound, and who may claim what?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, leave
from supplychain.cli.project import ProjectOption
from supplychain.errors import ExitCode, UsageError, printable

if TYPE_CHECKING:
    from supplychain.pipeline.trust_check import Checked

app = typer.Typer(no_args_is_help=True)


@app.callback()
def top() -> None:
    """Look at trust files."""


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A trust file.", show_default="trust.yaml of the project")
    ] = None,
    artifact: Annotated[
        str | None, typer.Option("--for", metavar="ARTIFACT", help="Only who may speak about an artifact of this name.")
    ] = None,
    claim: Annotated[
        str | None, typer.Option("--claim", metavar="KIND", help="Only who may make this kind of claim.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 10 when there is a warning.")] = False,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
) -> None:
    """Explains who may claim what about which artifacts, and warns of what looks like a slip.

    Exits 0 for a sound file (10 with --strict and a warning), 5 for one that is malformed, 6 when its trusted root is
    not the one it pins.
    """
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.trust_check import check_trust
    from supplychain.pipeline.verify_by_trust import predicate_type

    path = file or load_config(project).trust
    if claim is not None and artifact is None:
        raise UsageError(
            "give the artifact the claim is about", where="--claim", expected="--for ARTIFACT --claim KIND"
        )
    checked = check_trust(path, at=clock(at), artifact=artifact, claim=predicate_type(claim))
    if format_ is OutputFormat.JSON:
        emit_json({"file": str(path), **checked.to_json()})
    else:
        _tell(path, checked, asked=artifact)
    leave(ExitCode.DENIED if strict and checked.remarks else ExitCode.OK)


def _tell(path: Path, checked: Checked, *, asked: str | None) -> None:
    for grant in checked.grants:
        who = ", ".join(name if state == "valid" else f"{name} ({state})" for name, state in grant.signers)
        many = f"{grant.threshold} of " if grant.threshold > 1 else ""
        line = f"{', '.join(grant.claims):<24} about {', '.join(grant.artifacts)}: {many}{who}"
        if grant.environments != ("*",):
            line += f"; for {', '.join(grant.environments)}"
        line += "".join(f"; {builder} up to level {level}" for builder, level in grant.builders)
        line += f"; built from {grant.public}" if grant.public else ""
        typer.echo(printable(line if grant.possible else f"{line}; nobody can, now"))
    if not checked.grants:
        typer.echo(printable(f"nobody may claim that about {asked}"))
    for remark in checked.remarks:
        typer.echo(printable(f"{path}:{remark.line}: warning [{remark.code}]: {remark.message}"), err=True)
        typer.echo(printable(f"  next:     {remark.fix}"), err=True)
