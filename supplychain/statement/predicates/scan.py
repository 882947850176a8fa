"""`urn:supplychain:predicate:scan:v1`: what any scan but a vulnerability scan saw, with its coverage.

Schema and example: `attestations/predicates/scan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from supplychain.encoding import format_time, parse_time
from supplychain.statement.predicates.fields import Fields, span_of

if TYPE_CHECKING:
    from supplychain.scan.interface import ScanResult

TYPE = "urn:supplychain:predicate:scan:v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The predicate."""

    kind: str
    scanner: str
    version: str
    started: datetime
    finished: datetime
    findings: tuple[Mapping[str, Any], ...]
    coverage: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    """What else the findings were held against: `baseline`, where there was one."""

    @staticmethod
    def of(result: ScanResult, *, at: datetime, beside: Mapping[str, Any] | None = None) -> Scan:
        """State what a scan saw. `at` is the time of the scan."""
        return Scan(
            kind=result.kind,
            scanner=result.scanner,
            version=result.version,
            started=at,
            finished=at,
            findings=tuple(finding.to_json() for finding in result.findings),
            coverage=result.coverage.to_json(),
            beside=beside or {},
        )

    @staticmethod
    def as_written(predicate: Mapping[str, Any]) -> Scan | None:
        """Read the predicate quickly if it is as `to_json` writes it (see `registry.parse_predicate`)."""
        scanner, metadata, findings = predicate["scanner"], predicate["metadata"], predicate["findings"]
        kind, name, version, coverage = scanner["kind"], scanner["name"], scanner["version"], predicate["coverage"]
        if not type(kind) is type(name) is type(version) is str or type(coverage) is not dict:
            return None
        if type(findings) is not list or set(map(type, findings)) - {dict}:
            return None
        started, finished = span_of(metadata)
        return Scan(
            kind=kind,
            scanner=name,
            version=version,
            started=started,
            finished=finished,
            findings=tuple(findings),
            coverage=coverage,
            beside=_beside(predicate) if "baseline" in predicate else {},
        )

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Scan:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        scanner, metadata = top.object("scanner"), top.object("metadata")
        return Scan(
            kind=scanner.text("kind"),
            scanner=scanner.text("name"),
            version=scanner.text("version"),
            started=parse_time(metadata.text("scanStartedOn"), where=where),
            finished=parse_time(metadata.text("scanFinishedOn"), where=where),
            findings=tuple(item.value for item in top.objects("findings")),
            coverage=top.object("coverage").value,
            beside=_beside(predicate),
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as its schema has it."""
        return {
            "scanner": {"name": self.scanner, "version": self.version, "kind": self.kind},
            "metadata": {"scanStartedOn": format_time(self.started), "scanFinishedOn": format_time(self.finished)},
            "findings": [dict(finding) for finding in self.findings],
            "coverage": dict(self.coverage),
            **self.beside,
        }


def _beside(predicate: Mapping[str, Any]) -> dict[str, Any]:
    return {name: predicate[name] for name in ("baseline",) if isinstance(predicate.get(name), dict)}
