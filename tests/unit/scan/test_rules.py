"""Every rule against its fixture, with the real semgrep in one run, by both of its engines."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from supplychain.errors import ToolFailed
from supplychain.scan.finding import Level
from supplychain.scan.interface import ScanResult
from supplychain.scan.rules import load_rules
from supplychain.scan.semgrep import ENGINES, SemgrepScanner

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "assets" / "sast"


@pytest.fixture(scope="module")
def fast() -> ScanResult:
    return SemgrepScanner(FIXTURES, engines=ENGINES[:1]).scan()


def places(result: ScanResult) -> set[tuple[str, int, str]]:
    return {(f.location.path, f.location.line, f.id) for f in result.findings if f.location}


def marked(word: str) -> set[tuple[str, int, str]]:
    """Path, line and rule of every `# <word>: <rule>` comment; it is about the line below."""
    found = set()
    for file in FIXTURES.glob("*.py"):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if match := re.fullmatch(rf"\s*# {word}: (.+)", line):
                found |= {(file.name, number + 1, rule) for rule in match[1].split(", ")}
    return found


def test_every_rule_has_a_fixture_with_both_cases() -> None:
    rules = set(load_rules().rules)
    assert len(rules) >= 25
    assert {file.stem for file in FIXTURES.glob("*.py")} == rules
    assert {rule for _, _, rule in marked("ruleid")} == rules
    assert {rule for _, _, rule in marked("ok")} == rules


def test_rules_find_what_is_marked_and_nothing_else(fast: ScanResult) -> None:
    assert fast.coverage.complete
    assert places(fast) == marked("ruleid")


def test_both_engines_find_the_same(fast: ScanResult) -> None:
    slow = SemgrepScanner(FIXTURES, engines=ENGINES[1:]).scan()
    assert slow.findings == fast.findings
    assert slow.coverage == fast.coverage


def test_our_own_code_has_no_finding() -> None:
    result = SemgrepScanner(ROOT / "supplychain").scan()
    assert result.coverage.looked_at > 50
    assert places(result) == set()


def test_findings_carry_level_title_and_advice(fast: ScanResult) -> None:
    found = next(f for f in fast.findings if f.id == "python-os-system")
    assert found.level is Level.HIGH
    assert found.title.endswith(".")
    assert "subprocess.run" in found.help
    assert found.seen_by == ("semgrep",)


def test_rules_without_a_rule_fail(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="rule set is broken"):
        load_rules(tmp_path)


def test_rule_must_be_named_like_its_file(tmp_path: Path) -> None:
    shutil.copy(next((ROOT / "supplychain/scan/rules").glob("*.yaml")), tmp_path / "other.yaml")
    with pytest.raises(ToolFailed, match="rule set is broken"):
        load_rules(tmp_path)
