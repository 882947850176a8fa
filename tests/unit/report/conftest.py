"""Scan results that every report has to tell."""

from __future__ import annotations

import pytest

from report.samples import AT, NASTY, source_finding
from supplychain.artifact.digest import Digest
from supplychain.inventory.component import Component
from supplychain.scan.coverage import Coverage, DatabaseState, Reason, Skip
from supplychain.scan.finding import Finding, Level, Status
from supplychain.scan.interface import ScanResult


@pytest.fixture
def sast() -> ScanResult:
    skips = (
        Skip(what="bad.py", reason=Reason.UNREADABLE, detail="Syntax error at line 3"),
        Skip(what="go (2 files)", reason=Reason.UNSUPPORTED_LANGUAGE),
    )
    return ScanResult(
        kind="sast",
        scanner="semgrep",
        version="1.0",
        findings=(source_finding(3), source_finding(9)),
        coverage=Coverage(asked=5, looked_at=4, skipped=skips),
    )


@pytest.fixture
def dependencies() -> ScanResult:
    django = Component(name="django", version="1.8", purl="pkg:pypi/django@1.8", origin="requirements.txt")
    findings = (
        Finding(
            id="PYSEC-1", title=NASTY, level=Level.CRITICAL, component=django, fixed=("1.9", "2.0"), aliases=("CVE-1",)
        ),
        Finding(id="GHSA-2", title="Old", level=Level.UNKNOWN, component=django, status=Status.NOT_AFFECTED),
    )
    database = DatabaseState(digest=Digest.of_bytes(b"x"), built=AT, records=10)
    return ScanResult(
        kind="dependencies",
        scanner="supplychain-osv",
        version="0.1",
        findings=findings,
        coverage=Coverage(asked=7, looked_at=7, database=database),
    )


@pytest.fixture
def failed() -> ScanResult:
    skip = Skip(what="semgrep", reason=Reason.TIME_LIMIT, detail=NASTY)
    coverage = Coverage(asked=1, looked_at=0, skipped=(skip,), time_limit_hit=True)
    return ScanResult(kind="sast", scanner="semgrep", version="unknown", findings=(), coverage=coverage)
