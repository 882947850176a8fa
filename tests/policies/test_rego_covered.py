"""Every line of every rule is reached by its tests, under both engines; and the documents beside the rules name them all."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import regorus

from supplychain.policy.metadata import notes_of
from supplychain.report.policy import rules_markdown
from tests.policies import mutate

POLICIES = Path(__file__).resolve().parents[2] / "policies"
FILES = {path.relative_to(POLICIES).as_posix(): path.read_text("utf-8") for path in sorted(POLICIES.rglob("*.rego"))}
RULES = sorted({path.split("/")[0] for path in FILES} - {"lib"})
METADATA = re.compile(r"^# METADATA\n((?:#.*\n)+)(?:deny|cannot_tell|warn) contains", re.MULTILINE)


def own_tests(path: str) -> list[str]:
    """Full names of the tests in a file."""
    package = re.findall(r"^package (\S+)", FILES[path], re.MULTILINE)[0]
    names = dict.fromkeys(re.findall(r"^(test_\w+)", FILES[path], re.MULTILINE))
    return [f"data.{package}.{name}" for name in names]


def test_regorus_reaches_every_line() -> None:
    engine = regorus.Engine()
    for path, source in FILES.items():
        engine.add_policy(path, mutate.spelled(path, source))
    engine.set_enable_coverage(True)
    for path in FILES:
        for name in own_tests(path) if path.endswith("_test.rego") else []:
            assert engine.eval_rule_as_json(name) == "true", name
    report = json.loads(engine.get_coverage_report_as_json())["files"]
    assert {entry["path"] for entry in report} == set(FILES)
    assert {entry["path"]: entry["not_covered"] for entry in report if entry["not_covered"]} == {}


@pytest.mark.tools
def test_opa_reaches_every_line() -> None:
    opa = shutil.which("opa")
    if not opa:
        pytest.skip("needs the real opa on PATH")
    words = [opa, "test", "-b", str(POLICIES), "--coverage"]
    report = json.loads(subprocess.run(words, capture_output=True, text=True, timeout=300, check=True).stdout)
    missed = {path: entry["not_covered"] for path, entry in report["files"].items() if entry.get("not_covered")}
    assert missed == {}
    assert report["coverage"] == 100


@pytest.mark.parametrize("rule", RULES)
def test_every_code_is_named_by_a_test_of_its_rule(rule: str) -> None:
    own = {path: source for path, source in FILES.items() if path.startswith(f"{rule}/")}
    tests = "".join(source for path, source in own.items() if path.endswith("_test.rego"))
    blocks = [
        block for path, source in own.items() if not path.endswith("_test.rego") for block in METADATA.findall(source)
    ]
    codes = {code for block in blocks for code in re.findall(r"code: (\w+)", block)}
    assert codes
    assert sorted(code for code in codes if f'"{code}"' not in tests) == []


def test_the_list_of_rules_is_written_from_their_metadata() -> None:
    """`supplychain policy docs policies > policies/RULES.md`."""
    modules = [(path, source) for path, source in FILES.items() if not path.endswith("_test.rego")]
    assert (POLICIES / "RULES.md").read_text("utf-8") == rules_markdown(notes_of(modules))


def test_the_readme_has_a_row_for_every_rule() -> None:
    text = (POLICIES / "README.md").read_text("utf-8").split("\n## The rules\n")[1]
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(rows) == RULES


# The mutator


def test_mutants_that_cannot_be_noticed_are_there() -> None:
    """A line of the list that fits no mutant excuses nothing any more."""
    found = {
        f"{mutant.path} {mutant.what}"
        for path, source in FILES.items()
        if not path.endswith("_test.rego")
        for mutant in mutate.mutants_of(path, source)
    }
    excuses = mutate.excuses()
    assert [pattern for pattern, _ in excuses if not any(mutate.fits(pattern, name) for name in found)] == []
    assert all(reason for _, reason in excuses)


RULE = """package supplychain.house

deny contains "big" if {
	input.size > 3
	not input.excused
}
"""
TESTS = """package supplychain.house_test

import data.supplychain.house

test_big if house.deny == {"big"} with input as {"size": 4}

test_small if house.deny == set() with input as {"size": 3}
"""


def survivors(tests: str) -> list[str]:
    files = {"house/house.rego": RULE, "house/house_test.rego": tests}
    runner = mutate.Tests(files)
    mutants = mutate.mutants_of("house/house.rego", RULE)
    assert len(mutants) > 6
    return [mutant.what for mutant in mutants if runner.judge(mutant) == mutate.SURVIVED]


def test_a_mutant_that_no_test_notices_survives() -> None:
    assert survivors(TESTS) == ["condition dropped: not input.excused"]


def test_a_mutant_that_a_test_notices_does_not() -> None:
    more = 'test_excused if house.deny == set() with input as {"size": 4, "excused": true}\n'
    assert survivors(f"{TESTS}\n{more}") == []
