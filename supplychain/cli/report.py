"""`supplychain report ARTIFACT`: what its verified evidence amounts to."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, clock, emit_json
from supplychain.cli.gate import ArtifactArgument
from supplychain.cli.project import ProjectOption, StoreOption, TrustOption, open_project
from supplychain.errors import NothingToCheck


class ReportFormat(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def report(
    artifact: ArtifactArgument,
    format_: Annotated[ReportFormat, typer.Option("--format", help="How to print it.")] = ReportFormat.TABLE,
    at: At = None,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
) -> None:
    """The SLSA build and source level its evidence reaches, and what the next level asks for."""
    from supplychain.pipeline.gate import collect_dossier
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.public import others_of
    from supplychain.promotion.levels import levels_of
    from supplychain.report.levels import levels_markdown, levels_text

    workspace = open_project(project, trust=trust, store=store)
    moment = clock(at)
    wanted = artifact_of(artifact)
    more = others_of(artifact, wanted, workspace.trust)
    dossier = collect_dossier(wanted, workspace.store, workspace.trust, at=moment, more=more)
    if not dossier.statements and not dossier.rejected:
        raise NothingToCheck("nothing is known about this artifact", code="NO_EVIDENCE", where=str(wanted))
    levels = [level.to_json() for level in levels_of(dossier, at=moment)]
    named = f"{wanted.name} {wanted.digest}".strip()
    match format_:
        case ReportFormat.JSON:
            emit_json({"artifact": {"name": wanted.name, "digest": wanted.digest.to_set()}, "levels": levels})
        case ReportFormat.MARKDOWN:
            typer.echo(levels_markdown(named, levels), nl=False)
        case ReportFormat.TABLE:
            typer.echo(levels_text(named, levels), nl=False)
