"""Options of the verbs that work on a project folder, and how they open it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import home, say

if TYPE_CHECKING:
    from supplychain.pipeline.workspace import Workspace

ProjectOption = Annotated[Path, typer.Option("--project", "-C", metavar="DIR", help="The project folder.")]
TrustOption = Annotated[
    Path | None, typer.Option("--trust", metavar="FILE", help="Who may claim what.", show_default="trust.yaml")
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="STORE",
        help="Where the evidence lies: DIR or oci:HOST/REPO.",
        show_default=".supplychain/store",
    ),
]
PoliciesOption = Annotated[
    str | None,
    typer.Option(
        "--policies",
        metavar="PLACE",
        help="Rules and profiles: DIR, FILE.tar.gz or oci:HOST/REPO[@DIGEST].",
        show_default="those of the configuration",
    ),
]
BaseOption = Annotated[
    str | None,
    typer.Option(
        "--policies-base", metavar="REVISION", help="Judge by the policies, thresholds and trust of a git revision."
    ),
]
EngineOption = Annotated[
    str | None,
    typer.Option("--engine", help="regorus, opa, opa:PROGRAM or opa-server:URL.", show_default="regorus"),
]


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The configuration.", show_default="supplychain.yaml of the project"),
]


def open_project(
    root: Path,
    *,
    trust: Path | None = None,
    store: str | None = None,
    policies: str | None = None,
    engine: str | None = None,
    config: Path | None = None,
    signer: str | None = None,
    make_trust: bool = False,
    on_base: tuple[str, datetime] | None = None,
) -> Workspace:
    """Open a project with what the command line says laid over its configuration (see `open_workspace` for errors).

    `on_base`: the git revision that judges, and the time of the decision.
    """
    from supplychain.pipeline.config_fields import PolicyPlace
    from supplychain.pipeline.policy_base import Named
    from supplychain.pipeline.workspace import open_workspace

    source = None if policies is None else PolicyPlace.parse(policies).source
    workspace = open_workspace(root, home(), config=config, trust=trust, make_trust=make_trust)
    if on_base is not None:
        named = Named(revision=on_base[0], config=config, trust=trust, policies=source)
        judged = workspace.on_base(named, at=on_base[1], make_trust=make_trust)
        workspace = replace(judged, notes=judged.notes[len(workspace.notes) :])  # its own trust does not count
    for note in workspace.notes:
        say(note)
    if source is not None:
        place = replace(workspace.config.policies or PolicyPlace(source=""), source=source)
        workspace = replace(workspace, config=replace(workspace.config, policies=place))
    if engine is not None:
        workspace = replace(workspace, config=replace(workspace.config, engine=engine))
    if signer is not None:
        from supplychain.pipeline.signers import Choice

        workspace = replace(workspace, choice=Choice(signer=signer))
    if store is not None:
        from supplychain.pipeline.workspace import records_folder
        from supplychain.store.place import open_store, parse_place

        kept = parse_place(store)
        records = records_folder(workspace.config, kept)
        workspace = replace(workspace, store=open_store(kept), records=records)
    return workspace
