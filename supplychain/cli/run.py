"""`supplychain run [DIR] --to ENV`: every stage, ending in the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, leave
from supplychain.cli.project import (
    BaseOption,
    ConfigOption,
    EngineOption,
    PoliciesOption,
    StoreOption,
    TrustOption,
    open_project,
)
from supplychain.cli.sign import SignerOption


def run(
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="The project folder.")] = Path(),
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment to reach.")] = "dev",
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    trust: TrustOption = None,
    store: StoreOption = None,
    policies: PoliciesOption = None,
    config: ConfigOption = None,
    base: BaseOption = None,
    engine: EngineOption = None,
    signer: SignerOption = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="BASELINE", help="Tell what is new since a decision record, an SBOM or a git revision."
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Append the verdict as Markdown to a file.")
    ] = None,
) -> None:
    """Build, list, scan, state, sign, keep, verify, gate: for each environment up to ENV.

    Exits 0 for ALLOW, 10 for DENY, 3, 4, 5 or 7 for CANNOT-TELL.
    """
    from supplychain.pipeline.ahead import Ahead, begin

    begin()
    moment = clock(at)
    workspace = open_project(
        directory,
        trust=trust,
        store=store,
        policies=policies,
        engine=engine,
        config=config,
        signer=signer,
        make_trust=True,
        on_base=None if base is None else (base, moment),
    )
    ahead = Ahead(workspace, to, at=moment)  # while the following is imported

    from supplychain.cli.log import tell_pending
    from supplychain.cli.progress import observer
    from supplychain.encoding import pretty_json
    from supplychain.files import write_atomic
    from supplychain.pipeline.run import run_pipeline
    from supplychain.report.verdict import run_markdown, run_text

    with observer() as watching:
        result = run_pipeline(workspace, to, at=moment, since=since, observer=watching, ahead=ahead)
    body = result.to_json()
    write_atomic(directory / ".supplychain" / "last-run.json", pretty_json(body))
    if format_ is OutputFormat.JSON:
        emit_json(body)
    else:
        typer.echo(run_text(body), nl=False)
    if markdown is not None:
        with markdown.open("a", encoding="utf-8") as handle:
            handle.write(run_markdown(body))
    for _, error in result.failures:
        typer.echo(error.diagnostics(), err=True)
    tell_pending(workspace.config)
    leave(result.exit_code)
