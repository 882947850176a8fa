"""`supplychain waive RULE-OR-ID --artifact … --until …`: a signed, scoped exception with an end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json
from supplychain.cli.project import ConfigOption, ProjectOption, StoreOption, TrustOption, open_project
from supplychain.cli.sign import SignerOption


def waive(
    what: Annotated[
        str, typer.Argument(metavar="RULE-OR-ID", help="A vulnerability by any of its ids, or a scan rule.")
    ],
    artifact: Annotated[str, typer.Option("--artifact", metavar="ARTIFACT", help="A file, or sha256:HEX.")],
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="The end, at most a year away: a time or a day.")
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it can be borne.")],
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="Who answers for it.")],
    env: Annotated[
        list[str] | None,
        typer.Option("--env", metavar="ENV", help="Only there. Repeatable.", show_default="everywhere"),
    ] = None,
    component: Annotated[
        str, typer.Option("--component", metavar="PURL", help="Only there; `*` for any characters.")
    ] = "",
    path: Annotated[str, typer.Option("--path", metavar="FILE", help="Only there, for a scan rule.")] = "",
    ticket: Annotated[str, typer.Option("--ticket", metavar="REF", help="Where it is followed up.")] = "",
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Signs the waiver with your key and keeps it with the evidence about the artifact.

    The trust file says who may sign waivers. From the second of its end on the finding counts again.
    """
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.waive import waive as sign_waiver
    from supplychain.statement.predicates.waiver import Waiver

    moment = clock(at)
    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    for name in env or ():
        workspace.ladder.before(name)
    waiver = Waiver(
        waives=what,
        owner=owner,
        reason=reason,
        begins=moment,
        until=_end(until, moment),
        environments=tuple(env or ()),
        component=component,
        path=path,
        ticket=ticket,
    )
    where = sign_waiver(workspace, artifact_of(artifact), waiver, at=moment)
    if format_ is OutputFormat.JSON:
        emit_json({"waiver": waiver.to_json(), "where": where})
    else:
        typer.echo(f"waived  {what}  until {waiver.to_json()['until']}  {where}")
    if component in ("", "*") and path in ("", "*"):
        typer.echo("warning: without --component or --path it covers what nobody has looked at", err=True)


def _end(text: str, moment: datetime) -> datetime:
    """Read `--until` and hold it to the limits of a waiver. Raises UsageError."""
    from supplychain.encoding import format_time, parse_time
    from supplychain.errors import MalformedInput, UsageError
    from supplychain.statement.predicates.waiver import LONGEST

    try:
        end = parse_time(f"{text}T00:00:00Z" if len(text) == 10 else text, where="--until").replace(microsecond=0)
    except MalformedInput as error:
        raise UsageError(error.message, where="--until", expected=error.expected, found=error.found) from None
    if not moment < end <= moment + LONGEST:
        raise UsageError(
            "a waiver ends after it begins, and at most a year later",
            code="BAD_END",
            where="--until",
            expected=f"after {format_time(moment)}, at most {format_time(moment + LONGEST)}",
            found=format_time(end),
        )
    return end
