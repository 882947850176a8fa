"""`supplychain policy`: check, test, explain, replay, docs, and how a policy set travels: pack, push, sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, leave, say
from supplychain.cli.project import (
    ConfigOption,
    EngineOption,
    PoliciesOption,
    ProjectOption,
    StoreOption,
    TrustOption,
    open_project,
)
from supplychain.errors import ExitCode

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Place = Annotated[
    str | None, typer.Argument(metavar="[PLACE]", help="DIR, FILE.tar.gz or oci:…; default: those of the project.")
]


@app.command()
def check(
    place: Place = None,
    engine: EngineOption = None,
    project: ProjectOption = Path(),
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Load every profile: syntax, calls, engine support, METADATA, thresholds. Exits 0, or 7 with file and line."""
    from supplychain.pipeline.policy import check_policies
    from supplychain.pipeline.policy_files_at import files_at
    from supplychain.policy.engines import DEFAULT, engine_of

    checked = check_policies(files_at(project, place), engine_of(engine or DEFAULT))
    if format_ is OutputFormat.JSON:
        emit_json(checked.to_json())
    else:
        for problem in checked.problems:
            say(problem.diagnostics())
        typer.echo(f"policies     {checked.digest}")
        for name, digest in checked.sets.items():
            typer.echo(f"{name:<12} {digest}")
    leave(ExitCode.POLICY_NOT_EVALUATED if checked.problems else ExitCode.OK)


@app.command("test")
def run_test_rules(
    place: Place = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Tell the lines that no test reaches.")] = False,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Break good evidence in every way; what no rule notices fails.")
    ] = False,
    only: Annotated[
        str,
        typer.Option(
            "--only", metavar="PATH", help="Break the rules below a path instead; what no test notices fails."
        ),
    ] = "",
    engine: EngineOption = None,
    project: ProjectOption = Path(),
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Run `test_` rules. Exits 0; 7 when a test fails, a mutant survives, or lines are never reached."""
    from supplychain.cli.policy_test import tell, test_policies
    from supplychain.pipeline.policy_files_at import files_at

    report = test_policies(files_at(project, place), engine or "regorus", coverage=coverage, mutate=mutate, only=only)
    if format_ is OutputFormat.JSON:
        emit_json(report)
    else:
        tell(report)
    leave(ExitCode.OK if report["passed"] else ExitCode.POLICY_NOT_EVALUATED)


@app.command()
def explain(
    decision: Annotated[str, typer.Argument(metavar="DECISION|ARTIFACT", help="A record, its digest; or with --env.")],
    env: Annotated[str | None, typer.Option("--env", metavar="ENV", help="The newest decision about ARTIFACT.")] = None,
    engine: EngineOption = None,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Why it is denied or allowed: rule, file and line, evidence; and the smallest change found that allows."""
    from supplychain.pipeline.policy import explain_decision
    from supplychain.report.policy import explained_text

    workspace = open_project(project, trust=trust, store=store, engine=engine, config=config)
    body = explain_decision(workspace, decision, env).to_json()
    if format_ is OutputFormat.JSON:
        emit_json(body)
    else:
        typer.echo(explained_text(body), nl=False)


@app.command()
def replay(
    decision: Annotated[
        str | None, typer.Argument(metavar="[DECISION]", help="A record or its digest; default: all of the store.")
    ] = None,
    policies: PoliciesOption = None,
    engine: EngineOption = None,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
) -> None:
    """Run stored decisions again, byte for byte; with --policies tell what those would have decided.

    Exits 0; 7 when a decision is not the same again, or cannot be run again.
    """
    from supplychain.pipeline.policy import fetch, kept_decision, stored_decisions
    from supplychain.pipeline.policy import replay as run_again
    from supplychain.report.policy import replay_text

    workspace = open_project(project, trust=trust, store=store, engine=engine, config=config)
    files = fetch(workspace, policies, at=clock(at)) if policies else None
    decisions = (kept_decision(workspace, decision, None),) if decision else stored_decisions(workspace)
    found = tuple(run_again(workspace, decisions, workspace.engine(), files))
    entries = [entry.to_json() for entry in found]
    blocked = sum(e["then"] == "ALLOW" and e["now"] != "ALLOW" for e in entries)
    if format_ is OutputFormat.JSON:
        same = sum(entry.same for entry in found)
        emit_json({"decisions": entries, "total": len(entries), "same": same, "would_block": blocked})
    else:
        typer.echo(replay_text(entries, other=files is not None), nl=False)
    good = all(entry.error is None and (files is not None or entry.same) for entry in found)
    leave(ExitCode.OK if good else ExitCode.POLICY_NOT_EVALUATED)


@app.command()
def docs(place: Place = None, project: ProjectOption = Path()) -> None:
    """Print the rules as Markdown, from their METADATA."""
    from supplychain.pipeline.policy_files_at import files_at
    from supplychain.policy.metadata import notes_of
    from supplychain.policy.policy_set import modules_of
    from supplychain.report.policy import rules_markdown

    typer.echo(rules_markdown(notes_of(modules_of(files_at(project, place)))), nl=False)


@app.command()
def pack(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The .tar.gz to write.")],
    place: Place = None,
    project: ProjectOption = Path(),
) -> None:
    """Write a policy set as .tar.gz; the same files give the same bytes."""
    from supplychain.files import write_atomic
    from supplychain.pipeline.policy_files_at import files_at

    files = files_at(project, place)
    write_atomic(output, files.pack())
    typer.echo(f"policies     {files.digest}")


@app.command()
def push(
    reference: Annotated[str, typer.Argument(metavar="oci:HOST/REPO:TAG")],
    place: Place = None,
    project: ProjectOption = Path(),
) -> None:
    """Put a policy set into a registry as an OCI artifact; prints its address by digest."""
    from supplychain.pipeline.policy_files_at import files_at
    from supplychain.pipeline.policy_place import push_policies

    typer.echo(push_policies(files_at(project, place), reference))


@app.command()
def sign(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The policy folder.")],
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    config: ConfigOption = None,
    at: At = None,
) -> None:
    """Sign a policy set: DIR/policies.sigstore.json. It travels with the set, whatever carries it."""
    from supplychain.files import write_atomic
    from supplychain.pipeline.policy_place import sign_policies
    from supplychain.policy.policy_files import SIGNATURE, of_folder

    workspace = open_project(project, trust=trust, config=config)
    files = of_folder(folder)
    write_atomic(folder / SIGNATURE, sign_policies(files, workspace.signer(), at=clock(at)))
    typer.echo(f"policies     {files.digest}")
    typer.echo(f"signature    {folder / SIGNATURE}")
