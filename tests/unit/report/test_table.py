from __future__ import annotations

from supplychain.report.table import scan_table
from supplychain.scan.interface import ScanResult


def test_worst_first_then_coverage(sast: ScanResult, dependencies: ScanResult) -> None:
    lines = scan_table([sast, dependencies]).splitlines()
    assert lines[0].split()[:2] == ["critical", "PYSEC-1"]
    assert "django 1.8 (requirements.txt)" in lines[0]
    assert "[fixed in 2.0]" in lines[0]
    assert any(line.startswith("not affected  GHSA-2") for line in lines)
    assert "CANNOT-TELL  sast: looked at 4 of 5, 2 findings" in lines
    assert "    bad.py: unreadable (Syntax error at line 3)" in lines
    assert "    go (2 files): unsupported language" in lines
    assert lines[-1] == "dependencies: looked at 7 of 7, 2 findings, database of 2026-01-31"


def test_no_control_character_reaches_the_terminal(dependencies: ScanResult, failed: ScanResult) -> None:
    text = scan_table([dependencies, failed])
    assert not any(ord(letter) < 32 and letter != "\n" for letter in text)
    assert len(text.splitlines()) == 7


def test_failed_scan_is_loud(failed: ScanResult) -> None:
    text = scan_table([failed])
    assert text.startswith("CANNOT-TELL  sast: looked at 0 of 1, 0 findings, time limit hit")


def test_paint_colours_levels(dependencies: ScanResult) -> None:
    text = scan_table([dependencies], lambda word, colour: f"<{colour}>{word}</>")
    assert "<magenta>critical" in text
