"""`supplychain approve ARTIFACT --env ENV --reason …`: a signed yes or no of a person; also to break the glass."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, say
from supplychain.cli.project import ConfigOption, ProjectOption, StoreOption, TrustOption, open_project
from supplychain.cli.sign import SignerOption

_USUAL = {"approve": timedelta(days=7), "reject": timedelta(days=30), "break_glass": timedelta(hours=4)}


def approve(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A file, or sha256:HEX.")],
    env: Annotated[str, typer.Option("--env", metavar="ENV", help="For which environment.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    reject: Annotated[bool, typer.Option("--reject", help="Say no: it blocks until it ends or you approve.")] = False,
    break_glass: Annotated[
        list[str] | None,
        typer.Option("--break-glass", metavar="RULE", help="Let this rule be broken, for hours. Repeatable."),
    ] = None,
    close: Annotated[bool, typer.Option("--close", help="End a broken glass.")] = False,
    approver: Annotated[
        str, typer.Option("--approver", metavar="NAME", help="How you are called.", show_default="the signer's name")
    ] = "",
    expires: Annotated[
        str,
        typer.Option(
            "--expires",
            metavar="TIME",
            help="The end: a time or a day.",
            show_default="7 days; --reject 30 days; --break-glass 4 hours",
        ),
    ] = "",
    ticket: Annotated[str, typer.Option("--ticket", metavar="REF", help="Where it is followed up.")] = "",
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Signs the approval with your key and keeps it with the evidence about the artifact.

    The trust file says who may approve for which environment, and which keys are one person's. How many people it
    takes is policy. It is for these bytes: another build needs another approval.
    """
    from supplychain.errors import printable
    from supplychain.pipeline.approve import approve as sign_approval
    from supplychain.pipeline.approve import not_breakable, own_name
    from supplychain.pipeline.named import artifact_of
    from supplychain.statement.predicates.approval import Approval

    moment = clock(at)
    verdict = _verdict(reject, bool(break_glass), close)
    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    workspace.ladder.before(env)
    approval = Approval(
        environment=env,
        verdict=verdict,
        approver=approver or own_name(workspace),
        reason=reason,
        begins=moment,
        until=_end(expires, moment, verdict),
        rules=tuple(break_glass or ()),
        ticket=ticket,
    )
    done = sign_approval(workspace, artifact_of(artifact), approval, at=moment)
    if format_ is OutputFormat.JSON:
        emit_json({"approval": approval.to_json(), "signers": list(done.signers), "where": done.where})
    else:
        until = approval.to_json()["until"]
        about = f"{done.artifact.name}  for {env}  by {', '.join(done.signers)}"
        typer.echo(printable(f"{verdict}  {about}  until {until}  {done.where}"))
    for rule in not_breakable(workspace, approval, at=moment):
        say(f"warning: the policies for {env} let nobody break the rule {rule}: for it this does nothing")


def _verdict(reject: bool, break_glass: bool, close: bool) -> str:
    """The one verdict that is asked for. Raises UsageError when several are."""
    from supplychain.errors import UsageError

    asked = [name for name, given in (("reject", reject), ("break_glass", break_glass), ("close", close)) if given]
    if len(asked) > 1:
        raise UsageError(
            "an approval says one thing",
            where="--reject, --break-glass, --close",
            expected="at most one of them",
            found=", ".join(asked),
        )
    return asked[0] if asked else "approve"


def _end(text: str, moment: datetime, verdict: str) -> datetime:
    """Read `--expires` and hold it to the limits of an approval. Raises UsageError."""
    from supplychain.encoding import format_time, parse_time
    from supplychain.errors import MalformedInput, UsageError
    from supplychain.statement.predicates.approval import LONGEST, LONGEST_BREAK

    if not text:
        return moment + _USUAL.get(verdict, timedelta(days=30))
    try:
        end = parse_time(f"{text}T00:00:00Z" if len(text) == 10 else text, where="--expires").replace(microsecond=0)
    except MalformedInput as error:
        raise UsageError(error.message, where="--expires", expected=error.expected, found=error.found) from None
    longest = LONGEST_BREAK if verdict == "break_glass" else LONGEST
    if not moment < end <= moment + longest:
        raise UsageError(
            f"it ends after it begins, and at most {longest} later",
            code="BAD_END",
            where="--expires",
            expected=f"after {format_time(moment)}, at most {format_time(moment + longest)}",
            found=format_time(end),
        )
    return end
