"""One person approves twice, with two keys: persons are counted, never keys. Nor does an author approve the own work."""

from __future__ import annotations

import pytest
import yaml

from supplychain.errors import ExitCode
from tests.simulator.people import People
from tests.simulator.runner import assert_told
from tests.simulator.world import World


@pytest.fixture
def people(world: World) -> People:
    people = People(world)
    people.ask("approvals", needed=2)
    assert_told(people.approve("ada"), ExitCode.OK)
    return people


def refused(people: People) -> set[str]:
    outcome = people.world.gate()
    assert_told(outcome, ExitCode.DENIED)
    return outcome.codes


def test_two_persons_pass(people: People) -> None:
    assert refused(people) == {"APPROVALS_TOO_FEW"}
    assert_told(people.approve("bob"), ExitCode.OK)
    assert_told(people.world.gate(), ExitCode.OK)


def test_two_keys_of_one_person(people: People) -> None:
    assert_told(people.approve("ada-laptop", "--approver", "bob"), ExitCode.OK)
    assert refused(people) == {"APPROVALS_TOO_FEW"}


def test_one_key_under_two_names(people: People) -> None:
    path = people.world.project / "trust.yaml"
    trust = yaml.safe_load(path.read_text("utf-8"))
    trust["identities"]["bob"]["key"] = trust["identities"]["cyd"]["key"]
    path.write_text(yaml.safe_dump(trust), encoding="utf-8")
    people.ask("approvals", needed=3)
    assert_told(people.approve("cyd"), ExitCode.OK)
    outcome = people.world.gate()
    assert_told(outcome, ExitCode.DENIED)
    (violation,) = outcome.decision["violations"]
    assert violation["code"] == "APPROVALS_TOO_FEW"
    assert violation["evidence"]["people"] == ["ada@shop.example", "bob"]


def test_the_author_and_another(people: People) -> None:
    assert_told(people.approve("dora"), ExitCode.OK)
    assert refused(people) == {"APPROVALS_TOO_FEW"}
    assert "APPROVAL_BY_AUTHOR" in people.world.gate().warnings


def test_approving_again_and_again(people: People) -> None:
    for ticket in ("a", "b", "c"):
        assert_told(people.approve("ada", "--ticket", ticket), ExitCode.OK)
    assert refused(people) == {"APPROVALS_TOO_FEW"}
