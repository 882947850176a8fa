"""Read back what `scan --format json` wrote for one scan, so that it can be signed where the artifact is known."""

from __future__ import annotations

from typing import cast

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object, parse_time
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.scan.coverage import Coverage, DatabaseState, Reason, Skip
from supplychain.scan.finding import Finding, Level, Location, Status
from supplychain.scan.interface import ScanResult
from supplychain.statement.predicates.fields import Fields


def read_scan_document(data: bytes, *, where: str) -> ScanResult:
    """Read the results of one scan.

    Raises:
        MalformedInput: `NOT_A_SCAN`: not the JSON of one scan, or findings that VEX or a waiver has judged already:
            what is signed is what was seen, and it is judged at the gate.
    """
    try:
        return _read(Fields(parse_json_object(data, where=where), where))
    except (MalformedInput, ValueError) as error:
        if isinstance(error, MalformedInput) and error.code != "BAD_PREDICATE":
            raise
        found = error.message if isinstance(error, MalformedInput) else str(error)
        raise _malformed(where, "the JSON of `scan --only KIND --format json`, or SARIF", found) from None


def _read(top: Fields) -> ScanResult:
    scans = top.objects("scans")
    if len(scans) != 1:
        raise _malformed(top.where, "the results of one scan (scan --only KIND)", f"{len(scans)} scans")
    scanner = scans[0].object("scanner")
    findings = tuple(_finding(item) for item in top.objects("findings"))
    if len(findings) != scans[0].number("findings"):
        raise _malformed(top.where, f"{scans[0].number('findings')} findings", str(len(findings)))
    return ScanResult(
        kind=scans[0].text("kind"),
        scanner=scanner.text("name"),
        version=scanner.text("version", optional=True) or "unknown",
        findings=findings,
        coverage=_coverage(top.object("coverage")),
    )


def _finding(item: Fields) -> Finding:
    if item.text("status") != Status.AFFECTED:
        raise _malformed(item.where, "findings as they were seen: status affected", item.text("status"))
    place, part = item.object("location", optional=True), item.object("component", optional=True)
    return Finding(
        id=item.text("id"),
        title=item.text("title", optional=True),
        level=Level(item.text("severity")),
        aliases=item.texts("aliases", optional=True),
        scores=tuple((s.text("method"), s.text("score")) for s in item.objects("scores", optional=True)),
        component=_component(part) if part.value else None,
        location=_location(place) if place.value else None,
        fixed=item.texts("fixed", optional=True),
        seen_by=item.texts("seen_by", optional=True),
        help=item.text("help", optional=True),
        exploited=cast("bool | None", item.value.get("exploited")),
        epss=item.text("epss", optional=True) or None,
    )


def _component(part: Fields) -> Component:
    return Component(
        name=part.text("name"),
        version=part.text("version", optional=True) or None,
        purl=part.text("purl", optional=True),
        origin=part.text("origin", optional=True),
    )


def _location(place: Fields) -> Location:
    return Location(
        path=place.text("path"),
        line=place.number("line"),
        column=place.number("column", optional=True) or 1,
        end_line=place.number("end_line", optional=True),
    )


def _coverage(top: Fields) -> Coverage:
    rules, database = top.text("rules", optional=True), top.object("database", optional=True)
    skipped = tuple(
        Skip(
            what=item.text("what"),
            reason=Reason(item.text("reason")),
            detail=item.text("detail", optional=True),
            count=item.number("count", optional=True) or 1,
        )
        for item in top.objects("skipped")
    )
    return Coverage(
        asked=top.number("asked"),
        looked_at=top.number("looked_at"),
        skipped=skipped,
        database=_database(database) if database.value else None,
        rules=Digest.parse(rules, where=top.where) if rules else None,
        time_limit_hit=top.value.get("time_limit_hit") is not False,
        excluded=top.texts("excluded", optional=True),
    )


def _database(item: Fields) -> DatabaseState:
    built = item.text("built", optional=True)
    return DatabaseState(
        digest=Digest.parse(item.text("digest"), where=item.where),
        built=parse_time(built, where=item.where) if built else None,
        records=item.number("records"),
    )


def _malformed(where: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput("not the results of a scan", code="NOT_A_SCAN", where=where, expected=expected, found=found)
