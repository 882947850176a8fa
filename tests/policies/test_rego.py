"""The Rego tests beside the rules, run by the engine that decides; and the same by the real `opa` where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import regorus

from tests.policies.mutate import spelled

POLICIES = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(POLICIES.rglob("*.rego"))
TESTS = [
    (re.search(r"^package (\S+)", text, re.MULTILINE).group(1), name)
    for path in FILES
    for text in [path.read_text(encoding="utf-8")]
    for name in re.findall(r"^(test_\w+) if", text, re.MULTILINE)
]


@pytest.fixture(scope="module")
def engine() -> regorus.Engine:
    engine = regorus.Engine()
    for path in FILES:
        place = str(path.relative_to(POLICIES))
        engine.add_policy(place, spelled(place, path.read_text(encoding="utf-8")))
    package, name = TESTS[0]
    engine.eval_rule_as_json(f"data.{package}.{name}")  # analysed once; every clone shares it
    return engine


def test_there_are_tests_for_every_rule() -> None:
    rules = {path.parent.name for path in FILES if path.parent.name != "lib"}
    assert rules == {package.split(".")[1].removesuffix("_test") for package, _ in TESTS} - {"lib"}
    assert len(TESTS) > 100


@pytest.mark.parametrize(("package", "name"), TESTS, ids=[f"{p}.{n}" for p, n in TESTS])
def test_regorus(engine: regorus.Engine, package: str, name: str) -> None:
    assert json.loads(engine.clone().eval_rule_as_json(f"data.{package}.{name}")) is True


@pytest.mark.tools
@pytest.mark.parametrize("words", [["check", "--strict", "-b"], ["test", "-b"]], ids=["check", "test"])
def test_opa(words: list[str]) -> None:
    if not shutil.which("opa"):
        pytest.skip("needs the real opa on PATH")
    done = subprocess.run(["opa", *words, str(POLICIES)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
