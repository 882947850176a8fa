"""`supplychain history ARTIFACT`: every claim and decision about it, in order."""

from __future__ import annotations

from pathlib import Path

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json
from supplychain.cli.gate import ArtifactArgument
from supplychain.cli.project import ProjectOption, StoreOption, TrustOption, open_project


def history(
    artifact: ArtifactArgument,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
) -> None:
    """Oldest first; what does not verify is listed last, with its reason."""
    from supplychain.errors import printable
    from supplychain.pipeline.history import history_of
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.public import others_of

    workspace = open_project(project, trust=trust, store=store)
    subject = artifact_of(artifact)
    more = others_of(artifact, subject, workspace.trust)
    entries = history_of(subject, workspace.store, workspace.trust, at=clock(at), more=more)
    if format_ is OutputFormat.JSON:
        emit_json({"history": entries})
        return
    for entry in entries:
        typer.echo(printable(f"{entry['time'] or '-':<22} {entry['what']:<14} {entry['told']}"))
