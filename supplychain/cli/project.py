"""Options of the verbs that work on a project folder, and how they open it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import home, say
from supplychain.pipeline.workspace import Workspace, open_workspace

ProjectOption = Annotated[Path, typer.Option("--project", "-C", metavar="DIR", help="The project folder.")]
TrustOption = Annotated[
    Path | None, typer.Option("--trust", metavar="FILE", help="Who may claim what.", show_default="trust.yaml")
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="Where the evidence lies.", show_default=".supplychain/store"),
]
PoliciesOption = Annotated[
    Path | None,
    typer.Option("--policies", metavar="DIR", help="Rules and profiles.", show_default="those of the configuration"),
]


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The configuration.", show_default="supplychain.yaml of the project"),
]


def open_project(
    root: Path,
    *,
    trust: Path | None = None,
    store: Path | None = None,
    policies: Path | None = None,
    config: Path | None = None,
    make_trust: bool = False,
) -> Workspace:
    """Open a project with what the command line says laid over its configuration (see `open_workspace` for errors)."""
    workspace = open_workspace(root, home(), config=config, trust=trust, make_trust=make_trust)
    for note in workspace.notes:
        say(note)
    if policies is not None:
        workspace = replace(workspace, config=replace(workspace.config, policies=policies))
    if store is not None:
        from supplychain.store.directory import DirectoryStore

        workspace = replace(workspace, store=DirectoryStore(store))
    return workspace
