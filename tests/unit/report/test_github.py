from __future__ import annotations

from supplychain.report.github import scan_annotations
from supplychain.scan.interface import ScanResult


def test_lost_coverage_comes_first(sast: ScanResult, dependencies: ScanResult) -> None:
    lines = scan_annotations([sast, dependencies]).splitlines()
    assert lines[0].startswith("::error title=CANNOT-TELL::sast: looked at 4 of 5")
    assert "%0Abad.py" in lines[0]
    assert lines[1].startswith("::notice title=coverage::dependencies")
    assert lines[-1].startswith("::error title=python-eval,file=src/a b.py,line=9,col=5::")


def test_text_from_outside_starts_no_command(dependencies: ScanResult) -> None:
    lines = scan_annotations([dependencies]).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("::") for line in lines)
