"""`supplychain attest …`: state and sign one claim about an artifact, and keep it. One sub-command for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.attest_test import attest_test
from supplychain.cli.build import LinkDirOption
from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json
from supplychain.cli.gate import ArtifactArgument
from supplychain.cli.project import ConfigOption, ProjectOption, StoreOption, TrustOption, open_project
from supplychain.cli.sign import SignerOption
from supplychain.cli.verify_layout import InspectionsOption, LayoutKeyOption, LinksOption, ParameterOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.pipeline.attest_claims import Attested

app = typer.Typer(help="State and sign one claim about an artifact.", no_args_is_help=True)
app.command("test")(attest_test)

FileOption = Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The document.")]


@app.command("provenance")
def attest_provenance(
    artifact: ArtifactArgument,
    file: FileOption,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Sign a SLSA provenance v1 that another builder wrote: a predicate, or an unsigned statement."""
    from supplychain.pipeline.attest_claims import attest_provenance as attest
    from supplychain.pipeline.named import artifact_of

    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    _tell([attest(workspace, artifact_of(artifact), file, at=clock(at))], format_)


@app.command("sbom")
def attest_sbom(
    artifact: ArtifactArgument,
    file: FileOption,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Sign a CycloneDX or SPDX document by its digest; the document is kept beside."""
    from supplychain.pipeline.attest_claims import attest_sbom as attest
    from supplychain.pipeline.named import artifact_of

    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    _tell([attest(workspace, artifact_of(artifact), file, at=clock(at))], format_)


@app.command("scan")
def attest_scan(
    artifact: ArtifactArgument,
    file: FileOption,
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="What a SARIF log is about: sast, secrets, iac, …")
    ] = "sast",
    finished: Annotated[
        str, typer.Option("--finished", metavar="TIME", help="When the scan ended.", show_default="as log or file say")
    ] = "",
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Sign what a scan saw: the JSON of `scan`, or SARIF of any scanner.

    SARIF does not tell what was looked at, so its coverage is stated as unknown; a profile may tolerate that.
    """
    from supplychain.pipeline.attest_claims import attest_scan as attest
    from supplychain.pipeline.named import artifact_of

    moment, ended = clock(at), clock(finished) if finished else None
    _check_kind(kind)
    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    _tell(attest(workspace, artifact_of(artifact), file, kind=kind, finished=ended, at=moment), format_)


@app.command("link")
def attest_link(
    step: Annotated[str, typer.Option("--step", metavar="NAME", help="What layouts call this step.")],
    material: Annotated[
        list[Path] | None,
        typer.Option(
            "--material",
            metavar="PATH",
            help="What it takes in: a file or folder; may be repeated.",
            show_default="every source file",
        ),
    ] = None,
    product: Annotated[
        list[str] | None,
        typer.Option("--product", metavar="GLOB", help="What it makes; may be repeated.", show_default=False),
    ] = None,
    link_dir: LinkDirOption = None,
    start: Annotated[bool, typer.Option("--start", help="The step begins: record its materials.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="The step has ended: record its products and sign.")] = False,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Sign an in-toto link: what one step took in and made. For a step that is one command, `build` does it all."""
    from supplychain.errors import UsageError
    from supplychain.pipeline.link_record import StepOrder, record_step, start_step, stop_step

    if start and stop:
        raise UsageError("a step starts or stops", where="--start, --stop", expected="one of them, or neither")
    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    order = StepOrder(step=step, materials=tuple(material or ()), products=tuple(product or ()), link_dir=link_dir)
    if start:
        path = start_step(workspace, order)
        if format_ is OutputFormat.JSON:
            emit_json({"started": step, "where": str(path)})
        else:
            typer.echo(f"started   {step}  {path}")
        return
    kept = stop_step(workspace, order) if stop else record_step(workspace, order)
    if format_ is OutputFormat.JSON:
        emit_json({"attested": [kept.to_json()]})
        return
    typer.echo(f"attested  link        {kept.where}")
    if kept.classic:
        typer.echo(f"link file {kept.classic}")


@app.command("layout")
def attest_layout(
    artifact: ArtifactArgument,
    layout: Annotated[Path, typer.Option("--layout", metavar="FILE", help="A signed in-toto layout.")],
    layout_key: LayoutKeyOption = None,
    link_dir: LinksOption = None,
    layout_parameter: ParameterOption = None,
    allow_inspections: InspectionsOption = False,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Check an artifact against a layout as `verify --layout` does, and sign the result for policy.

    A layout that was not followed is signed as FAILED, and exits 6.
    """
    from supplychain.cli.verify_layout import layout_order, tell
    from supplychain.pipeline.layout_check import check_and_state
    from supplychain.pipeline.named import artifact_of

    subject, moment = artifact_of(artifact), clock(at)
    order = layout_order(artifact, layout, layout_key, link_dir, layout_parameter, inspections=allow_inspections)
    assert order is not None  # noqa: S101 - the layout is required here
    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    answer, where = check_and_state(workspace, subject, order, at=moment)
    tell(subject, answer, format_, where=where)
    if answer.error is not None:
        raise answer.error


def _check_kind(kind: str) -> None:
    import re

    from supplychain.errors import UsageError

    if not re.fullmatch(r"[a-z][a-z_]{0,40}", kind) or kind == "dependencies":
        raise UsageError(
            "not a kind of scan that SARIF can tell of",
            where="--kind",
            expected="lower-case letters, and not dependencies: SARIF names no components",
            found=kind[:60],
        )


def _tell(attested: Sequence[Attested], format_: OutputFormat) -> None:
    if format_ is OutputFormat.JSON:
        emit_json({"attested": [one.to_json() for one in attested]})
        return
    for one in attested:
        typer.echo(f"attested  {one.kind:<12}{one.where}")
