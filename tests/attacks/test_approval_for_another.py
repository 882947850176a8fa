"""An approval for another artifact, another environment or another time, or by somebody who may not give it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_approval
from supplychain.statement.predicates.approval import TYPE, Approval
from supplychain.statement.statement import Statement
from tests.simulator.people import People
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

APPROVAL = Approval(
    environment="staging", verdict="approve", approver="a", reason="r", begins=AT - HOUR, until=AT + HOUR
)


@pytest.fixture
def people(world: World) -> People:
    people = People(world)
    people.ask("approvals", needed=1)
    assert world.gate().codes == {"APPROVALS_TOO_FEW"}
    return people


def test_for_these_bytes_it_counts(people: People) -> None:
    assert_told(people.approve("ada"), ExitCode.OK)
    assert_told(people.world.gate(), ExitCode.OK)


def test_for_another_environment(people: People) -> None:
    assert_told(people.approve("ada", env="production"), ExitCode.OK)
    assert people.world.gate().codes == {"APPROVALS_TOO_FEW"}


def test_for_an_environment_the_signer_may_not_decide_about(people: People) -> None:
    people.rule["environments"] = ["dev"]
    people.write_trust()
    assert_told(people.approve("ada"), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    assert people.world.gate().codes == {"APPROVALS_TOO_FEW"}


def test_for_other_bytes(people: People) -> None:
    world = people.world
    other = Artifact(name=world.artifact.name, digest=Digest.of_bytes(b"other"))
    assert_told(people.approve("ada", artifact=str(other.digest)), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    world.rules.append({"claims": ["approval"], "signers": ["release"], "artifacts": ["shop-*"]})
    people.write_trust()
    path = world.put(state_approval(other, APPROVAL))
    world.put_raw(path.read_bytes(), "approval-0000000000000000")
    outcome = world.gate()
    assert outcome.codes == {"APPROVALS_TOO_FEW"}
    assert outcome.rejected == {"WRONG_ARTIFACT"}


@pytest.mark.parametrize(("signer", "code"), [("attacker", "UNKNOWN_SIGNER"), ("scanner", "NOT_ALLOWED")])
def test_by_somebody_who_may_not(people: People, signer: str, code: str) -> None:
    people.world.put(state_approval(people.world.artifact, APPROVAL), by=signer)
    outcome = people.world.gate()
    assert outcome.codes == {"APPROVALS_TOO_FEW"}
    assert outcome.rejected == {code}


def test_ended_by_a_second(people: People) -> None:
    assert_told(people.approve("ada", "--expires", format_time(AT + HOUR)), ExitCode.OK)
    assert_told(people.world.gate(at=AT + HOUR - timedelta(seconds=1)), ExitCode.OK)
    assert people.world.gate(at=AT + HOUR).codes == {"APPROVALS_TOO_FEW"}


def test_without_the_limits_of_its_type(people: People) -> None:
    people.world.rules.append({"claims": ["approval"], "signers": ["release"], "artifacts": ["shop-*"]})
    people.write_trust()
    for changes in ({"until": "2036-11-21T00:00:00Z"}, {"verdict": "yes"}, {"rules": ["evidence"]}, {"reason": " "}):
        people.world.put(Statement.make([people.world.artifact], TYPE, {**APPROVAL.to_json(), **changes}))
    outcome = people.world.gate()
    assert outcome.codes == {"APPROVALS_TOO_FEW", "EVIDENCE_UNREADABLE"}, "what cannot be read may be a no"
    assert outcome.rejected == {"BAD_PREDICATE"}
