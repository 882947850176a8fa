from __future__ import annotations

from dataclasses import replace

from report.samples import NASTY, source_finding
from supplychain.report.markdown import SHOWN_FINDINGS, escape, scan_markdown
from supplychain.scan.interface import ScanResult


def test_table_and_coverage(sast: ScanResult, dependencies: ScanResult) -> None:
    text = scan_markdown([sast, dependencies])
    assert "> **CANNOT-TELL**" in text
    assert "| critical | PYSEC-1 | django 1.8 &#40;requirements.txt&#41; |" in text
    assert "- **CANNOT-TELL** sast: looked at 4 of 5, 2 findings" in text
    assert "  - not looked at: bad.py: unreadable" in text


def test_complete_scan_does_not_cry(dependencies: ScanResult) -> None:
    assert "CANNOT-TELL" not in scan_markdown([dependencies])


def test_text_from_outside_is_shown_not_read(dependencies: ScanResult) -> None:
    text = scan_markdown([dependencies])
    rows = [line for line in text.splitlines() if "PYSEC-1" in line]
    assert len(rows) == 1
    assert rows[0].count("|") == 6
    assert not any(word in text for word in ("<script", "[a](b)", "`", "@team", "\x1b"))
    assert "\n" not in escape(NASTY)


def test_long_lists_are_counted(sast: ScanResult) -> None:
    many = replace(sast, findings=tuple(source_finding(n + 1) for n in range(SHOWN_FINDINGS + 3)))
    assert "and 3 more findings" in scan_markdown([many])
