"""What every scanner is: a name, a version, a cache key, and one method that never reads as clean when it failed.

`Scanner.scan` is a template: it calls `_scan` and turns a tool's failure into coverage lost, so that no implementation
can forget to. Only errors that are the user's to mend (usage, malformed input) pass through.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from supplychain.errors import ToolFailed
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """What one scanner saw."""

    kind: str
    """`dependencies`, `sast`, …"""
    scanner: str
    version: str
    findings: tuple[Finding, ...]
    coverage: Coverage
    platform: str = ""
    """Of the image that was scanned, where several are scanned at once."""

    def to_json(self) -> dict[str, Any]:
        """`{"findings": […], "coverage": {…}, "scanner": {…}}` (DESIGN section 11)."""
        return {
            "scanner": {"name": self.scanner, "version": self.version, "kind": self.kind},
            "findings": [finding.to_json() for finding in self.findings],
            "coverage": self.coverage.to_json(),
        }


class Scanner(ABC):
    """Base of all scanners."""

    kind: ClassVar[str]
    name: ClassVar[str]

    @abstractmethod
    def version(self) -> str:
        """Version of the tool. Raises ToolFailed when it is not there."""

    @abstractmethod
    def fingerprint(self) -> dict[str, object]:
        """Everything that decides the result: tool, version, rules or database digest, input digests (JSON values)."""

    @abstractmethod
    def _scan(self) -> ScanResult:
        """Look. Raises ToolFailed when the tool cannot."""

    def scan(self) -> ScanResult:
        """Look, and account for what could not be looked at.

        Returns:
            Findings and coverage. When the tool failed: no findings, and a coverage that says so.

        Raises:
            UsageError: The target or configuration is wrong.
            MalformedInput: An input is not what its format demands.
        """
        try:
            return self._scan()
        except ToolFailed as error:
            limit = error.code == "TIME_LIMIT"
            skip = Skip(
                what=self.name,
                reason=Reason.TIME_LIMIT if limit else Reason.TOOL_FAILED,
                detail="; ".join(part for part in (error.message, error.found) if part),
            )
            coverage = Coverage(asked=1, looked_at=0, skipped=(skip,), time_limit_hit=limit)
            return ScanResult(kind=self.kind, scanner=self.name, version="unknown", findings=(), coverage=coverage)
