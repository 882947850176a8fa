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
from supplychain.statement.predicates.fields import Fields, span_of

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
    def as_written(predicate: Mapping[str, Any]) -> Vulns | None:
        """Read the predicate quickly if it is as `to_json` writes it (see `registry.parse_predicate`)."""
        scanner, metadata, coverage = predicate["scanner"], predicate["metadata"], predicate["coverage"]
        uri, version, database, result = scanner["uri"], scanner["version"], scanner["db"], scanner["result"]
        if not type(uri) is type(version) is str or not type(database) is type(coverage) is dict:
            return None
        if type(result) is not list or set(map(type, result)) - {dict}:
            return None
        started, finished = span_of(metadata)
        return Vulns(
            scanner_uri=uri,
            scanner_version=version,
            database=database,
            result=tuple(result),
            started=started,
            finished=finished,
            coverage=coverage,
            beside=_beside(predicate) if "baseline" in predicate or "vex" in predicate else {},
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
            beside=_beside(predicate),
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


def _beside(predicate: Mapping[str, Any]) -> dict[str, Any]:
    return {name: predicate[name] for name in ("baseline", "vex") if isinstance(predicate.get(name), dict)}


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
