"""VEX for a scan: reads the documents, says what the target is, and lets `scan.vex` judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from supplychain.advisory.vex import VexDocument
from supplychain.advisory.vex_document import parse_vex
from supplychain.advisory.vex_match import Thing
from supplychain.errors import MalformedInput, UsageError
from supplychain.files import MIB, read_bytes
from supplychain.inventory.cyclonedx_reader import is_purl
from supplychain.pipeline.collect import Collected
from supplychain.scan.vex import Scanned, Terms, apply_vex
from supplychain.scan.vex_report import VexReport

SHOWN = 20
"""How many lines of each sort are printed before the rest is counted."""


def read_vex(files: Sequence[Path]) -> tuple[VexDocument, ...]:
    """Read VEX documents.

    Raises:
        UsageError: A file is missing.
        MalformedInput: One is no VEX document.
    """
    documents = []
    for path in files:
        try:
            data = read_bytes(path, max_bytes=64 * MIB, what="a VEX document")
            documents.append(parse_vex(data, where=str(path)))
        except MalformedInput as error:
            error.hint = error.hint or "repair it; a VEX document that cannot be read excuses nothing"
            raise
    return tuple(documents)


def judge_by_vex(
    collected: Collected, documents: Sequence[VexDocument], products: Sequence[str], terms: Terms
) -> tuple[Collected, VexReport]:
    """Set the status of findings by VEX.

    Args:
        collected: From `run_scans`.
        documents: From `read_vex`.
        products: purls by which the target is known to its suppliers.
        terms: The clock, and what is believed.

    Raises:
        UsageError: One of `products` is no purl.
    """
    for product in products:
        if not is_purl(product):
            raise UsageError("not a package URL", where="--product", expected="pkg:type/name@version", found=product)
    sbom = collected.sbom
    thing = Thing(purls=tuple(products))
    if sbom is not None:
        digests = tuple(subject.digest for subject in sbom.subjects)
        thing = Thing(name=sbom.name, version=sbom.version, digests=digests, purls=tuple(products))
    scanned = Scanned(thing=thing, components=sbom.components if sbom else ())
    results, report = apply_vex(collected.results, documents, scanned, terms)
    return replace(collected, results=tuple(results)), report


def vex_lines(report: VexReport) -> list[str]:
    """What a person must be told: what silenced nothing, what reached further than it says, what disagrees."""
    lines = [f"note: vex {document.where}: {note}" for document in report.documents for note in document.notes]
    groups = (
        ("silenced nothing", [f"{outcome.statement.document} {outcome.line()}" for outcome in report.useless]),
        (
            "settled findings without naming a version",
            [f"{outcome.statement.document} {outcome.line()}".removesuffix(": ") for outcome in report.wide],
        ),
        ("disagree, the newest counts, of one time the worse", [conflict.line() for conflict in report.conflicts]),
    )
    for title, entries in groups:
        if entries:
            lines.append(f"warning: vex: {len(entries)} of {len(report.outcomes)} statements {title}:")
            lines += [f"  {entry}" for entry in entries[:SHOWN]]
            lines += [f"  and {len(entries) - SHOWN} more"] if len(entries) > SHOWN else []
    return lines
