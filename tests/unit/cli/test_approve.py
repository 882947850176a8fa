"""`supplychain approve`: what it signs, and what it refuses to sign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from supplychain.pipeline.approve import UNBREAKABLE
from tests.simulator.people import POLICIES, People
from tests.simulator.runner import assert_told
from tests.simulator.world import World


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(World(tmp_path / "world"))


def test_it_says_who_signed_and_until_when(people: People) -> None:
    outcome = people.approve("bob", "--format", "json", "--ticket", "REL-1")
    assert_told(outcome, ExitCode.OK)
    body = outcome.json
    assert body["signers"] == ["bob"]
    assert body["approval"]["approver"] == "bob"
    assert (body["approval"]["from"], body["approval"]["until"]) == ("2026-11-20T23:30:00Z", "2026-11-27T23:30:00Z")
    assert (people.world.project / body["where"]).is_file()
    told = people.approve("bob")
    assert "approve  shop-1.0.whl  for staging  by bob  until 2026-11-27T23:30:00Z" in told.stdout


def test_by_digest_it_is_called_as_the_evidence_calls_it(people: People) -> None:
    outcome = people.approve("bob", artifact=str(people.world.artifact.digest))
    assert_told(outcome, ExitCode.OK)
    assert "shop-1.0.whl" in outcome.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--reject", "--close"), "USAGE"),
        (("--reject", "--break-glass", "tests"), "USAGE"),
        (("--expires", "2026-11-20"), "BAD_END"),
        (("--expires", "2028-01-01"), "BAD_END"),
        (("--expires", "tomorrow"), "USAGE"),
        (("--break-glass", "tests", "--expires", "2026-11-24"), "BAD_END"),
    ],
)
def test_what_is_no_approval_is_refused(people: People, words: tuple[str, ...], code: str) -> None:
    assert_told(people.approve("bob", *words), ExitCode.USAGE, code)


def test_an_environment_that_is_not_on_the_ladder(people: People) -> None:
    outcome = people.approve("bob", env="moon")
    assert outcome.exit_code == int(ExitCode.USAGE)
    assert "moon" in outcome.stderr


def test_somebody_who_may_not_is_told_now(people: People) -> None:
    people.rule["signers"] = ["ada"]
    people.write_trust()
    assert_told(people.approve("bob"), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")


def test_breaking_what_nobody_can_break_is_told_at_once(people: People) -> None:
    """In an emergency nobody should learn at the gate that the name of a rule was misspelt."""
    told = people.approve("bob", "--break-glass", "vulnerabilities")
    assert "let nobody break the rule vulnerabilities" in told.stderr
    people.ask("break_glass")
    told = people.approve("bob", "--break-glass", "vulnerabilities", "--break-glass", "vulnerability")
    assert_told(told, ExitCode.OK)
    assert "let nobody break the rule vulnerability:" in told.stderr
    assert "vulnerabilities:" not in told.stderr
    people.ask("break_glass", rules=["provenance"])
    assert "let nobody break the rule provenance" in people.approve("bob", "--break-glass", "provenance").stderr


def test_an_odd_profile_keeps_nobody_from_breaking_the_glass(people: People) -> None:
    people.ask("break_glass", rules=["vulnerabilities", ["sast"], {"a": 1}])
    told = people.approve("bob", "--break-glass", "vulnerabilities", "--break-glass", "sast")
    assert_told(told, ExitCode.OK)
    assert "let nobody break the rule sast:" in told.stderr
    assert "vulnerabilities:" not in told.stderr


def test_policies_that_cannot_be_loaded_keep_nobody_from_breaking_the_glass(people: People) -> None:
    (people.world.project / "policies" / "profiles" / "staging.yaml").write_text("[", encoding="utf-8")
    told = people.approve("bob", "--break-glass", "vulnerabilities")
    assert_told(told, ExitCode.OK)
    assert "warning" not in told.stderr


def test_what_is_unbreakable_is_what_the_policies_say() -> None:
    text = (POLICIES / "lib" / "break_glass.rego").read_text("utf-8")
    (line,) = re.findall(r"^unbreakable := \{(.*)\}$", text, re.MULTILINE)
    assert {word.strip(' "') for word in line.split(",")} == UNBREAKABLE
