"""`supplychain gate ARTIFACT --env ENV`: the decision, its record and a VSA."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, leave
from supplychain.cli.project import ConfigOption, PoliciesOption, ProjectOption, StoreOption, TrustOption, open_project

ArtifactArgument = Annotated[str, typer.Argument(metavar="ARTIFACT", help="A file, or its digest sha256:HEX.")]


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
) -> None:
    """Exits 0 for ALLOW, 10 for DENY, 7 for CANNOT-TELL."""
    from supplychain.pipeline.admit import artifact_of
    from supplychain.pipeline.gate import gate as decide_and_record
    from supplychain.report.verdict import decision_text

    workspace = open_project(project, trust=trust, store=store, policies=policies, config=config)
    gated = decide_and_record(workspace, artifact_of(artifact), env, at=clock(at))
    body = gated.decision.to_json()
    if format_ is OutputFormat.JSON:
        emit_json(body)
    else:
        typer.echo(decision_text(body), nl=False)
        typer.echo(f"record       {gated.record}")
        typer.echo(f"summary      {gated.summary or 'none: CANNOT-TELL makes no summary'}")
    leave(gated.decision.verdict.exit_code)
