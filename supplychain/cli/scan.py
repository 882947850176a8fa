"""`supplychain scan TARGET`: what is known to be wrong with a thing, and what could not be looked at.

It reports and is no gate: findings alone exit 0, with `--fail-on` 10. What could not be looked at exits 4; nothing to
look at exits 3.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from supplychain.cli.common import At, BaseImage, Platform, clock, home, leave, paint, say
from supplychain.errors import ExitCode, MalformedInput, UsageError
from supplychain.inventory.target import FORMS, Target, parse_target
from supplychain.pipeline.collect import (
    KINDS,
    Collected,
    Request,
    Threshold,
    choose_kinds,
    judge_new,
    judge_results,
    run_scans,
)
from supplychain.scan.interface import ScanResult

if TYPE_CHECKING:
    from supplychain.scan.baseline import Baseline, Comparison
    from supplychain.scan.merge import Merged
    from supplychain.scan.vex import Terms


class ScanFormat(StrEnum):
    """How the results are printed."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    GITHUB = "github"


def scan(
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"What to scan: {FORMS}.")] = ".",
    *,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="NAMES", help=f"Only these: {','.join(KINDS)}.", show_default="all that fit"),
    ] = None,
    format_: Annotated[ScanFormat, typer.Option("--format", help="How to print the results.")] = ScanFormat.TABLE,
    fail_on: Annotated[
        Threshold | None,
        typer.Option("--fail-on", help="Exit 10 for a finding at least this bad.", show_default="never"),
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", help="Leave out files matching this.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write here, not to standard output.")] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds for each external tool.", min=1)] = 900.0,
    vex: Annotated[
        list[Path] | None,
        typer.Option("--vex", metavar="FILE", help="OpenVEX or CycloneDX VEX: what suppliers say. Repeatable."),
    ] = None,
    product: Annotated[
        list[str] | None,
        typer.Option("--product", metavar="PURL", help="What suppliers call the target, for --vex. Repeatable."),
    ] = None,
    vex_max_age: Annotated[
        int | None,
        typer.Option("--vex-max-age", metavar="DAYS", help="Older statements do not count.", min=1, max=100_000),
    ] = None,
    vex_wide: Annotated[
        bool, typer.Option("--vex-wide", help="A product without a version means all its versions.")
    ] = False,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Ask pip-audit about Python dependencies too; it needs a network.")
    ] = False,
    second_opinion_url: Annotated[
        str, typer.Option("--second-opinion-url", metavar="URL", help="An OSV query API to ask.", show_default="PyPI")
    ] = "",
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="BASELINE", help="An SBOM, a scan's JSON, a decision record or a git revision."
        ),
    ] = None,
    fail_on_new: Annotated[
        Threshold | None,
        typer.Option("--fail-on-new", help="As --fail-on, for findings new since the baseline.", show_default="never"),
    ] = None,
    licenses_from: Annotated[
        list[str] | None,
        typer.Option(
            "--licenses-from", metavar="PLACE", help="env:PYTHON or sbom:FILE that knows more licences. Repeatable."
        ),
    ] = None,
    platform: Platform = None,
    base: BaseImage = None,
    at: At = None,
) -> None:
    """Look for known vulnerabilities and weaknesses.

    Says on standard error, as CANNOT-TELL, what it could not look at, and exits 4 for it; 3 when there was nothing.
    """
    from supplychain.advisory.schema import database_path

    # Findings hold no cycles, so looking for some while there come to be thousands of them is work for nothing.
    gc.set_threshold(500_000)
    moment = clock(at)
    wanted = parse_target(target, platform=platform, home=home(), base=base)
    kinds = choose_kinds(only, wanted)
    request = Request(
        target=wanted,
        kinds=kinds,
        database=database_path(home()),
        exclude=tuple(exclude or ()),
        timeout_s=timeout,
        second_opinion=second_opinion or bool(second_opinion_url),
        osv_url=second_opinion_url,
        licenses_from=_inventories(licenses_from or (), kinds),
        at=moment,
    )
    if request.second_opinion and "deps" not in kinds:
        raise UsageError("a second opinion is about dependencies, which are not scanned here", where="--second-opinion")
    baseline = _baseline(since, fail_on_new, request)
    more: dict[str, Any] = {}
    if vex:
        from supplychain.scan.vex import Terms

        terms = Terms(at=moment, max_age=timedelta(days=vex_max_age) if vex_max_age else None, accept_wide=vex_wide)
        collected, more["vex"] = _with_vex(request, vex, product or (), terms, tell=format_ is not ScanFormat.JSON)
    else:
        collected = run_scans(request)
    results = collected.results
    if collected.merged:
        more["second_opinion"] = collected.merged.to_json()
        if format_ is not ScanFormat.JSON:
            _tell_differences(collected.merged)
    more |= _tell_images(collected, asked=platform is not None)
    comparison = _compared(baseline, results) if baseline else None
    _write(_formatted(results, format_, moment, more, comparison, colours=output is None), output)
    _tell_coverage(results)
    new = comparison.not_known if comparison else ()
    leave(ExitCode.DENIED if judge_new(new, fail_on_new) else judge_results(results, fail_on))


def _inventories(texts: Sequence[str], kinds: Sequence[str]) -> tuple[Target, ...]:
    """Read `--licenses-from`, which means what `licenses_from` of the configuration does."""
    if not texts:
        return ()
    from supplychain.pipeline.config_fields import inventories_in

    if "licenses" not in kinds:
        expected = "--only licenses"
        raise UsageError("licences are not scanned here", where="--licenses-from", expected=expected)
    try:
        return inventories_in(tuple(texts), Path(), "--licenses-from")
    except MalformedInput as error:
        raise UsageError(error.message, where=error.where, expected=error.expected, found=error.found) from None


def _baseline(since: str | None, fail_on_new: Threshold | None, request: Request) -> Baseline | None:
    if since is None:
        if fail_on_new is not None:
            raise UsageError("new since when?", where="--fail-on-new", expected="--since BASELINE beside it")
        return None
    from supplychain.pipeline.baseline import read_baseline

    return read_baseline(since, request)


def _compared(baseline: Baseline, results: tuple[ScanResult, ...]) -> Comparison:
    """Hold the results against the baseline, and tell the outcome on standard error."""
    from supplychain.pipeline.baseline import baseline_lines
    from supplychain.scan.baseline import compare_with

    comparison = compare_with(baseline, results)
    for line in baseline_lines(comparison):
        say(line)
    return comparison


def _tell_images(collected: Collected, *, asked: bool) -> dict[str, Any]:
    """Say which images were scanned; the same for the JSON document."""
    if not collected.images:
        return {}
    from supplychain.cli.image_notes import tell_image, tell_origins

    for index, scanned in enumerate(collected.images):
        tell_image(scanned.image, scanned.base, asked=asked, first=index == 0)
        tell_origins(scanned.image, scanned.base, scanned.origins)
    return {"images": [scanned.to_json() for scanned in collected.images]}


def _tell_differences(merged: Merged, limit: int = 20) -> None:
    from supplychain.report.coverage import plain

    told = [difference for difference in merged.differences if difference.disagrees]
    for difference in told[:limit]:
        say(f"note: second opinion: {plain(difference.line())}")
    if len(told) > limit:
        say(f"note: second opinion: and {len(told) - limit} more differences")


def _with_vex(
    request: Request, files: Sequence[Path], products: Sequence[str], terms: Terms, *, tell: bool
) -> tuple[Collected, dict[str, Any]]:
    """Scan, apply VEX and give its account; `tell`: say on standard error what silenced nothing."""
    from supplychain.pipeline.vex import judge_by_vex, read_vex, vex_lines

    if "deps" not in request.kinds:
        raise UsageError("VEX is about dependencies, which are not scanned here", where="--vex", expected="--only deps")
    documents = read_vex(files)
    collected, report = judge_by_vex(run_scans(request), documents, products, terms)
    for line in vex_lines(report) if tell else ():
        say(line)
    return collected, report.to_json()


def _formatted(
    results: tuple[ScanResult, ...],
    format_: ScanFormat,
    moment: datetime,
    more: dict[str, Any],
    comparison: Comparison | None,
    *,
    colours: bool,
) -> bytes:
    from supplychain.encoding import pretty_json

    match format_:
        case ScanFormat.TABLE:
            from supplychain.report import table

            return (table.scan_table(results, paint) if colours else table.scan_table(results)).encode()
        case ScanFormat.JSON:
            from supplychain.report import findings

            document = {**findings.scan_document(results), **more}
            if comparison is not None:
                from supplychain.pipeline.baseline import with_since

                document = with_since(document, comparison, results)
            return findings.scan_json(document)
        case ScanFormat.SARIF:
            from supplychain.report import sarif

            return pretty_json(sarif.scan_sarif(results, at=moment))
        case ScanFormat.JUNIT:
            from supplychain.report import junit

            return junit.scan_junit(results, at=moment)
        case ScanFormat.MARKDOWN:
            from supplychain.report import markdown

            return markdown.scan_markdown(results).encode()
        case ScanFormat.GITHUB:
            from supplychain.report import github

            return github.scan_annotations(results).encode()
        case _:
            assert_never(format_)


def _write(document: bytes, output: Path | None) -> None:
    from supplychain.files import write_atomic

    if output is not None:
        write_atomic(output, document)
        return
    sys.stdout.buffer.write(document)
    sys.stdout.buffer.flush()


def _tell_coverage(results: Sequence[ScanResult]) -> None:
    from supplychain.report.coverage import coverage_line, is_incomplete, lost, skip_lines, unsupported

    for result in results:
        if is_incomplete(result):
            say(f"CANNOT-TELL {coverage_line(result)}; not looked at:")
            for line in skip_lines(lost(result)):
                say(f"  {line}")
        elif not result.coverage.asked:
            say(f"note: {result.kind}: nothing to look at")
        for line in skip_lines(unsupported(result)):
            say(f"note: {result.kind}: not looked at: {line}")
