"""Waivers that must not count: ended by a second, for another artifact, forged, or signed by somebody who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_waiver
from supplychain.statement.predicates.waiver import TYPE, Waiver
from supplychain.statement.statement import Statement
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

WAIVER = Waiver(
    waives="OSV-2026-1",
    owner="mallory",
    reason="because",
    begins=AT - HOUR / 2,
    until=AT + HOUR,
    component="pkg:pypi/jinja2@3.1.4",
)


@pytest.fixture
def vulnerable(world: World) -> World:
    world.rules.append({"claims": ["waiver"], "signers": ["release"], "artifacts": ["shop-*"]})
    world.write_trust()
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH]), by="scanner")
    assert_told(world.gate(), ExitCode.DENIED)
    return world


def test_the_honest_waiver_counts(vulnerable: World) -> None:
    vulnerable.put(state_waiver(vulnerable.artifact, WAIVER))
    assert_told(vulnerable.gate(), ExitCode.OK)


def test_ended_by_a_second(vulnerable: World) -> None:
    vulnerable.put(state_waiver(vulnerable.artifact, WAIVER))
    assert_told(vulnerable.gate(at=WAIVER.until - timedelta(seconds=1)), ExitCode.OK)
    outcome = vulnerable.gate(at=WAIVER.until)
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"VULNERABILITY_FOUND"}


def test_deleting_the_waiver_does_not_keep_its_summary_alive(vulnerable: World) -> None:
    """The end is in the signed summary; it does not depend on finding the waiver again."""
    vulnerable.put(state_waiver(vulnerable.artifact, WAIVER))
    assert_told(vulnerable.gate(at=AT + HOUR / 2), ExitCode.OK)
    vulnerable.forget("waiver")
    assert_told(vulnerable.admit(at=WAIVER.until - timedelta(seconds=1)), ExitCode.OK)
    outcome = vulnerable.admit(at=WAIVER.until)
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"SUMMARY_EXPIRED"}


def test_for_another_artifact(vulnerable: World) -> None:
    other = Artifact(name=vulnerable.artifact.name, digest=Digest.of_bytes(b"other"))
    path = vulnerable.put(state_waiver(other, WAIVER))
    vulnerable.put_raw(path.read_bytes(), "waiver-0000000000000000")
    outcome = vulnerable.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"WRONG_ARTIFACT"}


@pytest.mark.parametrize(("signer", "code"), [("attacker", "UNKNOWN_SIGNER"), ("scanner", "NOT_ALLOWED")])
def test_signed_by_somebody_who_may_not(vulnerable: World, signer: str, code: str) -> None:
    vulnerable.put(state_waiver(vulnerable.artifact, WAIVER), by=signer)
    outcome = vulnerable.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {code}


def test_scoped_wider_than_its_signer_may(vulnerable: World) -> None:
    vulnerable.rules[-1]["environments"] = ["dev"]
    vulnerable.write_trust()
    vulnerable.put(state_waiver(vulnerable.artifact, WAIVER))
    outcome = vulnerable.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"NOT_ALLOWED"}


@pytest.mark.parametrize(
    "changes",
    [{"until": "2036-11-21T00:00:00Z"}, {"until": None}, {"owner": ""}, {"until": "2026-11-21T01:00:00.5Z"}],
    ids=["ten years", "no end", "no owner", "two spellings of a second"],
)
def test_without_the_limits_of_its_type(vulnerable: World, changes: dict[str, object]) -> None:
    predicate = {key: value for key, value in {**WAIVER.to_json(), **changes}.items() if value is not None}
    vulnerable.put(Statement.make([vulnerable.artifact], TYPE, predicate))
    outcome = vulnerable.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"BAD_PREDICATE"}


def test_end_moved_after_signing(vulnerable: World) -> None:
    path = vulnerable.put(state_waiver(vulnerable.artifact, WAIVER))
    vulnerable.tamper(path, lambda body: body["predicate"].update(until="2027-01-01T00:00:00Z"))
    outcome = vulnerable.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}


def test_dated_into_the_future(vulnerable: World) -> None:
    later = Waiver(
        waives=WAIVER.waives, owner="m", reason="r", begins=AT + HOUR, until=AT + 2 * HOUR, component=WAIVER.component
    )
    vulnerable.put(state_waiver(vulnerable.artifact, later))
    outcome = vulnerable.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"AFTER_AT"}
