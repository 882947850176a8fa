"""`supplychain attest test ARTIFACT --file REPORT…`: what tests and tools said about an artifact, signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, say
from supplychain.cli.project import ConfigOption, ProjectOption, StoreOption, TrustOption, open_project
from supplychain.cli.sign import SignerOption


def attest_test(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="A file, or sha256:HEX.")],
    file: Annotated[list[Path], typer.Option("--file", "-f", metavar="REPORT", help="A report. Repeatable.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Refuse anything but: tests, coverage, complexity or performance.",
            show_default="whatever the reports are about",
        ),
    ] = "",
    report_format: Annotated[
        str,
        typer.Option("--report-format", metavar="NAME", help="The reports' format.", show_default="told by content"),
    ] = "",
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="REPORT", help="Benchmarks to compare with.", show_default="none"),
    ] = None,
    finished: Annotated[
        str,
        typer.Option("--finished", metavar="TIME", help="When it was done.", show_default="as the report or file says"),
    ] = "",
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Where the run can be looked at.")] = "",
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    config: ConfigOption = None,
    signer: SignerOption = None,
) -> None:
    """Reads JUnit, Cobertura, coverage.py, lcov, radon, lizard, pytest-benchmark and hyperfine reports.

    One signed statement for each kind of report, kept with the evidence about the artifact; of a kind only the newest
    statement counts, so name all its reports at once. An empty report is no pass.
    """
    from supplychain.errors import UsageError, printable
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.quality import ReportRequest, attest_quality, read_reports, replaced_by
    from supplychain.scan.importers.formats import FORMATS

    moment = clock(at)
    if report_format and report_format not in FORMATS:
        raise UsageError("no such format", where="--report-format", expected=", ".join(FORMATS), found=report_format)
    request = ReportRequest(
        files=tuple(file),
        format_=report_format,
        baseline=baseline,
        finished=clock(finished) if finished else None,
        url=url,
    )
    results = read_reports(request, at=moment)
    strange = [result.kind for result in results if kind and result.kind != kind]
    if strange:
        raise UsageError("a report is about something else", where="--file", expected=kind, found=strange[0])
    workspace = open_project(project, trust=trust, store=store, config=config, signer=signer)
    subject = artifact_of(artifact)
    for about, names in replaced_by(workspace, subject, results, at=moment):
        lost = printable(names)
        say(f"warning: {lost} will not count any more: of {about} the newest statement does, so name all at once")
    places = attest_quality(workspace, subject, results, at=moment)
    if format_ is OutputFormat.JSON:
        kept = [{"statement": r.to_json(), "where": where} for r, where in zip(results, places, strict=True)]
        emit_json({"attested": kept})
        return
    for result, where in zip(results, places, strict=True):
        typer.echo(f"attested  {result.kind:<12}{result.result:<8}{where}")
