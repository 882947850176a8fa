"""Policies that cannot be evaluated, as somebody meets them on the command line: CANNOT-TELL, with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

REASON = '{"code": "HOUSE", "message": "m", "fix": "f"}'
ENDLESS = (
    "deny contains 1 if count([1 | some a in numbers.range(1, 9999); some b in numbers.range(1, 9999); a == b]) < 0"
)

BAD: dict[str, tuple[str, str, int | None]] = {
    "syntax": ("deny contains {", "POLICY_FAILED", 4),
    "not_rego": ("\x01\x02", "POLICY_FAILED", 3),
    "nul": (f"deny contains 1 if false\n\x00\ndeny contains {REASON}", "BAD_POLICY", 4),
    "unknown_function": ("deny contains 1 if nothing.at_all(input)", "BUILTIN_REFUSED", 3),
    "unknown_function_that_is_never_reached": ("deny contains 1 if {\n\tfalse\n\tnothing(1)\n}", "BUILTIN_REFUSED", 5),
    "clock": ("deny contains 1 if time.now_ns() > 0", "BUILTIN_REFUSED", 3),
    "network": ('deny contains 1 if http.send({"method": "get", "url": "http://127.0.0.1"})', "BUILTIN_REFUSED", 3),
    "missing_field": ("deny contains 1 if input.artefact.name", "INPUT_FIELD_MISSING", 3),
    "throws": (f"deny contains {REASON} if to_number(input.artifact.name) > 1", "POLICY_FAILED", 3),
    "two_values": ("x := 1 if true\n\nx := 2 if true\n\ndeny contains 1 if x == 3", "POLICY_FAILED", 5),
    "single_value": (f"deny := {REASON}", "BAD_VIOLATION", 3),
    "undefined": (f"deny := {REASON} if false", "RULE_UNDEFINED", 3),
    "no_reason": ('deny contains "because"', "BAD_VIOLATION", None),
    "half_a_reason": ('deny contains {"code": "X", "message": "m"}', "BAD_VIOLATION", None),
    "endless": (ENDLESS, "POLICY_TIMEOUT", 3),
}
"""Name to what stands below the package, the code, and the line that is told."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def house(world: World, source: str, *, package: str = "package supplychain.house\n\n") -> Path:
    folder = world.project / "policies"
    (folder / "profiles").mkdir(parents=True)
    (folder / "house").mkdir()
    (folder / "house" / "house.rego").write_text(package + source + "\n")
    (folder / "profiles" / "staging.yaml").write_text("environment: staging\nrules: [house]\nthresholds: {}\n")
    (world.project / "supplychain.yaml").write_text(
        "version: 1\nname: shop\npolicies: policies\ntimeouts: {policy: 1}\n"
    )
    return folder


def reason(outcome: Outcome) -> dict[str, Any]:
    (violation,) = outcome.decision["violations"]
    return dict(violation)


@pytest.mark.parametrize("name", list(BAD))
def test_the_gate_cannot_tell(world: World, name: str) -> None:
    source, code, line = BAD[name]
    house(world, source)
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.decision["verdict"] == "CANNOT_TELL"
    told = reason(outcome)
    assert (told["code"], told["kind"], told["rule"]) == (code, "cannot_tell", "engine")
    if line is not None:
        assert f"house/house.rego:{line}" in told["message"]
    else:
        assert "house.deny" in told["message"]
    assert not list(world.store.folder(world.artifact.digest).glob("vsa-*staging*")), "nothing is summarised"


@pytest.mark.parametrize("name", ["syntax", "unknown_function", "unknown_function_that_is_never_reached", "clock"])
def test_a_check_finds_it_without_evidence(world: World, name: str) -> None:
    source, code, line = BAD[name]
    told = world.run("policy", "check", house(world, source), "--format", "json")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    problem = next(problem for problem in told.json["problems"] if problem["code"] == code)
    assert f"house.rego:{line}" in problem["where"]
    text = world.run("policy", "check", "policies")
    assert f"CANNOT-TELL [{code}]" in text.stderr
    assert f"house.rego:{line}" in text.stderr


def test_bad_policies_block_in_promotion_too(world: World) -> None:
    house(world, BAD["syntax"][0])
    outcome = world.run("promote", world.file, "--to", "staging", "--at", "2026-11-21T00:00:00Z")
    assert outcome.exit_code == ExitCode.POLICY_NOT_EVALUATED


def test_the_good_one_works(world: World) -> None:
    """Without this the rest proves nothing."""
    house(world, f'deny contains {REASON} if input.artifact.name == "other"')
    assert_told(world.gate(), ExitCode.OK)


def test_it_can_be_decided_again(world: World) -> None:
    house(world, BAD["throws"][0])
    world.gate()
    assert_told(world.run("policy", "replay"), ExitCode.OK)
    told = world.run("policy", "explain", world.file, "--env", "staging")
    assert_told(told, ExitCode.POLICY_NOT_EVALUATED, "POLICY_FAILED")


@pytest.mark.parametrize(
    ("change", "exit_code", "code"),
    [
        (lambda folder: (folder / "profiles" / "staging.yaml").write_text("rules: ["), ExitCode.MALFORMED, "MALFORMED"),
        (lambda folder: (folder / "profiles" / "staging.yaml").write_text("a: 1"), ExitCode.MALFORMED, "BAD_PROFILE"),
        (lambda folder: (folder / "profiles" / "staging.yaml").unlink(), ExitCode.USAGE, "PROFILE_MISSING"),
        (shutil.rmtree, ExitCode.USAGE, "POLICY_MISSING"),
    ],
    ids=["yaml", "fields", "profile", "folder"],
)
def test_a_set_that_is_none(world: World, change: Any, exit_code: ExitCode, code: str) -> None:
    change(house(world, "deny contains 1 if false"))
    outcome = world.gate()
    assert outcome.exit_code == exit_code
    assert code in (outcome.error, "MALFORMED")


@pytest.mark.parametrize(
    ("rules", "source", "code"),
    [
        ("[]", "deny contains 1 if false", "NO_RULES"),
        ("[other]", "deny contains 1 if false", "RULE_MISSING"),
        ("[house]", "allow := true", "RULE_MISSING"),
    ],
)
def test_rules_that_are_not_there(world: World, rules: str, source: str, code: str) -> None:
    folder = house(world, source)
    (folder / "profiles" / "staging.yaml").write_text(f"environment: staging\nrules: {rules}\nthresholds: {{}}\n")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert reason(outcome)["code"] == code


def test_a_file_that_is_not_utf8(world: World) -> None:
    (house(world, "deny contains 1 if false") / "house" / "more.rego").write_bytes(
        b"package supplychain.house\n# \xff\n"
    )
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert reason(outcome)["code"] == "BAD_POLICY"
    assert "house/more.rego" in reason(outcome)["message"]


def test_one_bad_rule_of_many_hides_none(world: World) -> None:
    """What the good rules say is not lost to a DENY that nobody sees: it is not told at all, and nothing passes."""
    folder = house(world, BAD["throws"][0])
    (folder / "good").mkdir()
    (folder / "good" / "good.rego").write_text(f"package supplychain.good\n\ndeny contains {REASON}\n")
    (folder / "profiles" / "staging.yaml").write_text("environment: staging\nrules: [good, house]\nthresholds: {}\n")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)


def test_what_could_not_be_loaded_is_explained_by_that(world: World) -> None:
    folder = house(world, "deny contains 1 if false")
    (folder / "profiles" / "staging.yaml").write_text("environment: staging\nrules: []\nthresholds: {}\n")
    assert_told(world.gate(), ExitCode.POLICY_NOT_EVALUATED)
    told = world.run("policy", "explain", world.file, "--env", "staging")
    assert_told(told, ExitCode.NOTHING_TO_CHECK, "INPUT_GONE")
    assert "there are no rules" in told.stderr
