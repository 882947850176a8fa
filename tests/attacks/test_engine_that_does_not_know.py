"""A policy the engine cannot evaluate: a rule that never fires must not read as a rule that has no objection."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World

HEAD = "package supplychain.house\n\n"
GOOD = HEAD + 'deny contains violation if {\n\tinput.environment == "elsewhere"\n\tviolation := {}\n}\n'


def _policies(folder: Path, source: str | None, *, rules: str = "[house]") -> str:
    (folder / "profiles").mkdir(parents=True)
    text = f"environment: staging\nrules: {rules}\nthresholds: {{}}\n"
    (folder / "profiles" / "staging.yaml").write_text(text)
    if source is not None:
        (folder / "house").mkdir()
        (folder / "house" / "house.rego").write_text(source)
    return str(folder)


def test_a_policy_without_objection(world: World, tmp_path: Path) -> None:
    assert_told(world.gate("staging", "--policies", _policies(tmp_path, GOOD)), ExitCode.OK)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (HEAD + "deny contains x if {\n\tinput.version == 0\n\tx := nobody.knows(1)\n}\n", "BUILTIN_REFUSED"),
        (HEAD + "deny contains x if {\n\tinput.version == 0\n\tx := time.now_ns()\n}\n", "BUILTIN_REFUSED"),
        (
            HEAD + 'deny contains x if {\n\tinput.version == 0\n\tx := http.send({"url": "http://x"})\n}\n',
            "BUILTIN_REFUSED",
        ),
        (HEAD + "deny contains x if {\n\tx := \n}\n", "POLICY_FAILED"),
        (HEAD + 'deny contains x if { x := to_number("x") }\n', "POLICY_FAILED"),
        (HEAD + "deny if { input.version == 0 }\n", "RULE_UNDEFINED"),
        (HEAD + "deny := true\n", "BAD_VIOLATION"),
        (HEAD + 'deny contains "no"\n', "BAD_VIOLATION"),
        (HEAD + "allow := true\n", "RULE_MISSING"),
        ("package other\n\ndeny contains 1\n", "RULE_MISSING"),
    ],
    ids=[
        "unknown",
        "clock",
        "network",
        "syntax",
        "failing",
        "undefined",
        "no set",
        "no reason",
        "no sets",
        "elsewhere",
    ],
)
def test_cannot_tell(world: World, tmp_path: Path, source: str, code: str) -> None:
    outcome = world.gate("staging", "--policies", _policies(tmp_path, source))
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.decision["verdict"] == "CANNOT_TELL"
    assert outcome.codes == {code}
    assert world.admit().codes == {"SUMMARY_MISSING"}, "no summary is made where nobody could tell"


@pytest.mark.parametrize(
    ("source", "rules", "code"),
    [(None, "[house]", "NO_RULES"), (GOOD, "[]", "NO_RULES"), (GOOD, "[gone]", "RULE_MISSING")],
)
def test_no_rules_allow_nothing(world: World, tmp_path: Path, source: str | None, rules: str, code: str) -> None:
    outcome = world.gate("staging", "--policies", _policies(tmp_path, source, rules=rules))
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes == {code}
