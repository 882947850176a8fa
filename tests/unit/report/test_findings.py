from __future__ import annotations

from supplychain.report.findings import scan_document
from supplychain.scan.interface import ScanResult


def test_one_scan_keeps_its_coverage(dependencies: ScanResult) -> None:
    document = scan_document([dependencies])
    assert [finding["id"] for finding in document["findings"]] == ["PYSEC-1", "GHSA-2"]
    assert document["findings"][0]["component"]["purl"] == "pkg:pypi/django@1.8"
    assert document["coverage"] == dependencies.coverage.to_json()


def test_several_scans_are_merged(sast: ScanResult, dependencies: ScanResult) -> None:
    document = scan_document([sast, dependencies])
    assert len(document["findings"]) == 4
    assert document["coverage"]["complete"] is False
    assert [scan["kind"] for scan in document["coverage"]["scans"]] == ["sast", "dependencies"]
    assert document["scans"][0] == {
        "kind": "sast",
        "scanner": {"name": "semgrep", "version": "1.0"},
        "findings": 2,
        "complete": False,
    }
