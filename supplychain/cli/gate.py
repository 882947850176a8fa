"""`supplychain gate ARTIFACT --env ENV`: the decision, its record and a VSA."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, leave, say
from supplychain.cli.project import (
    BaseOption,
    ConfigOption,
    EngineOption,
    PoliciesOption,
    ProjectOption,
    StoreOption,
    TrustOption,
    open_project,
)
from supplychain.cli.sign import SignerOption

if TYPE_CHECKING:
    from supplychain.pipeline.gate import Gated
    from supplychain.pipeline.workspace import Workspace

ArtifactArgument = Annotated[
    str, typer.Argument(metavar="ARTIFACT", help="A file, its digest sha256:HEX, or an image NAME@sha256:HEX.")
]


def gate(
    artifact: ArtifactArgument,
    env: Annotated[str, typer.Option("--env", metavar="ENV", help="The environment to decide for.")],
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    base: BaseOption = None,
    engine: EngineOption = None,
    signer: SignerOption = None,
) -> None:
    """Exits 0 for ALLOW, 10 for DENY, 7 for CANNOT-TELL."""
    from supplychain.pipeline.ahead import begin

    moment = clock(at)
    begin()
    workspace = open_project(
        project,
        trust=trust,
        store=store,
        policies=policies,
        engine=engine,
        config=config,
        signer=signer,
        on_base=None if base is None else (base, moment),
    )
    gated = decided(workspace, artifact, env, moment)
    tell(gated, format_)
    leave(gated.decision.verdict.exit_code)


def decided(workspace: Workspace, artifact: str, env: str, moment: datetime) -> Gated:
    """Gate an artifact as it was named on the command line."""
    from supplychain.pipeline.gate import gate as decide_and_record
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.public import others_of

    subject = artifact_of(artifact)
    more = others_of(artifact, subject, workspace.trust)
    return decide_and_record(workspace, subject, env, at=moment, more=more)


def tell(gated: Gated, format_: OutputFormat, **more: object) -> None:
    """Print a decision, and where it is remembered; `more`: further fields of the JSON document."""
    from supplychain.encoding import format_time
    from supplychain.report.verdict import decision_text

    body = gated.decision.to_json()
    if gated.later is not None:
        which = f"a summary for {gated.decision.environment} is dated {format_time(gated.later)}, after this decision"
        say(f"warning: {which}: from then on that one counts; look at the clock of whoever made it")
    if format_ is OutputFormat.JSON:
        emit_json({**body, **more})
        return
    typer.echo(decision_text(body), nl=False)
    typer.echo(f"record       {gated.record}")
    typer.echo(f"summary      {gated.summary or 'none: CANNOT-TELL makes no summary'}")
