from __future__ import annotations

from xml.etree import ElementTree as ET

from report.samples import AT
from supplychain.report.junit import scan_junit
from supplychain.scan.coverage import Coverage
from supplychain.scan.interface import ScanResult


def test_findings_fail_and_lost_coverage_is_an_error(sast: ScanResult, dependencies: ScanResult) -> None:
    root = ET.fromstring(scan_junit([sast, dependencies], at=AT))
    first, second = root.findall("testsuite")
    assert (first.get("tests"), first.get("failures"), first.get("errors")) == ("3", "2", "1")
    assert (second.get("tests"), second.get("failures"), second.get("errors"), second.get("skipped")) == (
        "3",
        "1",
        "0",
        "1",
    )
    assert root.get("failures") == "3"
    error = first.find("testcase[@name='coverage']/error")
    assert error is not None
    assert "CANNOT-TELL" in error.get("message", "")
    assert "bad.py" in (error.text or "")


def test_failed_scan_is_no_passing_suite(failed: ScanResult) -> None:
    root = ET.fromstring(scan_junit([failed], at=AT))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")


def test_text_from_outside_keeps_the_document_whole(dependencies: ScanResult, failed: ScanResult) -> None:
    root = ET.fromstring(scan_junit([dependencies, failed], at=AT))
    message = root.find(".//failure").get("message")  # type: ignore[union-attr]
    assert message is not None
    assert message.startswith("<script>")
    assert "\x1b" not in message


def test_nothing_to_look_at_is_skipped() -> None:
    empty = ScanResult(
        kind="dependencies", scanner="none", version="", findings=(), coverage=Coverage(asked=0, looked_at=0)
    )
    root = ET.fromstring(scan_junit([empty], at=AT))
    assert root.find("testsuite/testcase/skipped") is not None
