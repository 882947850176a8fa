"""Breaking the glass alone, for longer, for more rules, or for other things than was said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.people import People
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

END = AT + 2 * HOUR


@pytest.fixture
def people(world: World) -> People:
    people = People(world)
    people.ask("break_glass")
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH]), by="scanner")
    assert world.gate().codes == {"VULNERABILITY_FOUND"}
    return people


def break_glass(people: People, name: str, rule: str = "vulnerabilities", *more: str) -> None:
    words = ("--break-glass", rule, "--expires", format_time(END), *more)
    assert_told(people.approve(name, *words), ExitCode.OK)


def test_two_persons_can_and_it_is_told(people: People) -> None:
    break_glass(people, "ada")
    break_glass(people, "bob")
    outcome = people.world.gate()
    assert_told(outcome, ExitCode.OK)
    assert {"BREAK_GLASS_OPEN", "BREAK_GLASS_NOT_CLOSED"} <= outcome.warnings


def test_one_alone_cannot_with_two_keys_either(people: People) -> None:
    break_glass(people, "ada")
    break_glass(people, "ada-laptop", "vulnerabilities", "--approver", "bob")
    outcome = people.world.gate()
    assert outcome.codes == {"VULNERABILITY_FOUND"}
    assert "BREAK_GLASS_ALONE" in outcome.warnings


def test_a_profile_that_asks_for_one_still_needs_two(people: People) -> None:
    people.ask("break_glass", needed=1)
    break_glass(people, "ada")
    assert people.world.gate().codes == {"VULNERABILITY_FOUND"}


def test_it_ends_to_the_second_in_gate_and_admission(people: People) -> None:
    break_glass(people, "ada")
    break_glass(people, "bob")
    second = timedelta(seconds=1)
    assert_told(people.world.gate(at=AT + second), ExitCode.OK)
    assert_told(people.world.admit(at=END - second), ExitCode.OK)
    assert people.world.admit(at=END).codes == {"SUMMARY_EXPIRED"}
    assert_told(people.world.gate(at=END - second), ExitCode.OK)
    outcome = people.world.gate(at=END)
    assert outcome.codes == {"VULNERABILITY_FOUND"}
    assert "BREAK_GLASS_NOT_CLOSED" in outcome.warnings


def test_it_is_for_the_rules_that_were_named(people: People) -> None:
    break_glass(people, "ada", "sast")
    break_glass(people, "bob", "sast")
    assert people.world.gate().codes == {"VULNERABILITY_FOUND"}


def test_the_evidence_itself_cannot_be_broken(people: People) -> None:
    people.ask("break_glass", rules=["vulnerabilities", "provenance", "evidence"])
    for name in ("ada", "bob"):
        break_glass(people, name, "provenance")
    people.world.forget("provenance")
    outcome = people.world.gate()
    assert "PROVENANCE_MISSING" in outcome.codes
    assert "BREAK_GLASS_NOT_ALLOWED" in outcome.warnings


def test_closing_ends_it(people: People) -> None:
    break_glass(people, "ada")
    break_glass(people, "bob")
    assert_told(people.approve("cyd", "--close", at=AT - HOUR / 4), ExitCode.OK)
    outcome = people.world.gate()
    assert outcome.codes == {"VULNERABILITY_FOUND"}
    assert "BREAK_GLASS_NOT_CLOSED" not in outcome.warnings


def test_days_are_refused_when_signed(people: People) -> None:
    words = ("--break-glass", "vulnerabilities", "--expires", format_time(AT + 100 * HOUR))
    assert_told(people.approve("ada", *words), ExitCode.USAGE, "BAD_END")


def test_a_scan_that_did_not_look_still_blocks(people: People) -> None:
    people.world.forget("vulns")
    for name in ("ada", "bob"):
        break_glass(people, name)
    outcome = people.world.gate()
    assert outcome.exit_code == int(ExitCode.DENIED)
    assert "SCAN_MISSING" in outcome.codes
