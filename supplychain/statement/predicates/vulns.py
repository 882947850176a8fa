"""in-toto `vulns` v0.1: the vulnerabilities a scan found, extended by coverage.

https://github.com/in-toto/attestation/blob/main/spec/predicates/vuln.md. The extension is the field `coverage`
(documented in `attestations/predicates/vulns`); readers of the plain predicate ignore it, as in-toto asks of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from supplychain.encoding import format_time, parse_time
from supplychain.statement.predicates.fields import Fields

if TYPE_CHECKING:
    from supplychain.scan.finding import Finding
    from supplychain.scan.interface import ScanResult

TYPE = "https://in-toto.io/attestation/vulns/v0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulns:
    """The predicate."""

    scanner_uri: str
    scanner_version: str
    database: Mapping[str, Any]
    result: tuple[Mapping[str, Any], ...]
    started: datetime
    finished: datetime
    coverage: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What else the findings were held against: `baseline` and `vex`, each where there was one."""

    @staticmethod
    def of(result: ScanResult, *, at: datetime, beside: Mapping[str, Any] | None = None) -> Vulns:
        """State what a dependency scan saw. `at` is the time of the scan."""
        known = result.coverage.database
        database: dict[str, Any] = {"uri": "urn:supplychain:database:v1"}
        if known:
            database |= {"digest": known.digest.to_set(), "version": str(known.digest)[:19]}
            database |= {"lastUpdate": format_time(known.built)} if known.built else {}
        return Vulns(
            scanner_uri=f"urn:supplychain:scanner:{result.scanner}",
            scanner_version=result.version,
            database=database,
            result=tuple(_result(finding) for finding in result.findings),
            started=at,
            finished=at,
            coverage=result.coverage.to_json(),
            beside=beside or {},
        )

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Vulns:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        scanner, metadata = top.object("scanner"), top.object("metadata")
        return Vulns(
            scanner_uri=scanner.text("uri"),
            scanner_version=scanner.text("version", optional=True),
            database=scanner.object("db", optional=True).value,
            result=tuple(item.value for item in scanner.objects("result")),
            started=parse_time(metadata.text("scanStartedOn"), where=where),
            finished=parse_time(metadata.text("scanFinishedOn"), where=where),
            coverage=top.object("coverage", optional=True).value,
            beside={name: predicate[name] for name in ("baseline", "vex") if isinstance(predicate.get(name), dict)},
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as in-toto spells it, and `coverage`."""
        return {
            "scanner": {
                "uri": self.scanner_uri,
                "version": self.scanner_version,
                "db": dict(self.database),
                "result": [dict(item) for item in self.result],
            },
            "metadata": {"scanStartedOn": format_time(self.started), "scanFinishedOn": format_time(self.finished)},
            "coverage": dict(self.coverage),
            **self.beside,
        }


def with_plain_annotations(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """The predicate with each result's list of annotations as one object, which is what policy reads."""
    scanner = predicate.get("scanner")
    results = scanner.get("result") if isinstance(scanner, dict) else None
    if not isinstance(scanner, dict) or not isinstance(results, list):
        return dict(predicate)
    return {**predicate, "scanner": {**scanner, "result": [_plain(result) for result in results]}}


def _plain(result: object) -> object:
    notes = result.get("annotations") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(notes, list):
        return result
    merged = {key: value for note in notes if isinstance(note, dict) for key, value in note.items()}
    return {**result, "annotations": merged}


def _result(finding: Finding) -> dict[str, Any]:
    part = finding.component
    notes: dict[str, Any] = {
        "aliases": list(finding.aliases),
        "component": part.purl if part else "",
        "name": part.name if part else "",
        "version": part.version if part else None,
        "fixed": list(finding.fixed),
        "severity": finding.level.value,
        "status": finding.status.value,
        "title": finding.title,
        "seenBy": list(finding.seen_by),
        "knownExploited": finding.exploited,
        "epss": finding.epss,
    }
    if finding.excuse:
        notes["vex"] = finding.excuse.to_json()
    if finding.new is not None:
        notes["new"] = finding.new
    if finding.paths is not None:
        notes |= {
            "upgrade": finding.upgrade,
            "direct": part.direct if part else None,
            "paths": [list(path) for path in finding.paths],
        }
    scores = [{"method": method, "score": score} for method, score in finding.scores]
    return {"id": finding.id, "severity": scores, "annotations": [notes]}
