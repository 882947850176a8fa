"""The record: canonical JSON, the same however it came about."""

from __future__ import annotations

from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.policy.decision import Decision, Outcome, Verdict, Violation
from supplychain.policy.engine import Given, decide
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import Regorus
from tests.simulator.world import AT

A = Artifact(name="ä", digest=Digest.of_bytes(b"a"))
MANY = """package supplychain.house

deny contains {"code": "MANY", "message": sprintf("%v", [i]), "fix": input.text, "evidence": {"at": input.list[i], "b": i}} if {
	some i, _ in input.list
}

warn contains {"code": "LATE", "message": "a", "fix": "b", "evidence": input.text}
"""
TEXT = 'é "quoted" \\ / \u2028 \x07 \U0001f600'


def policies() -> PolicySet:
    return PolicySet(environment="dev", modules=(("m.rego", MANY),), rules=("house",), profile={"rules": ["house"]})


def test_the_record_is_canonical() -> None:
    reasons = [
        Violation(rule="r", code=code, message="m", fix=TEXT, evidence={"z": 1, "a": [0.5, None]}) for code in "AB"
    ]
    for violations, warnings in (
        ((), ()),
        (tuple(reasons), ()),
        ((), tuple(reasons)),
        (tuple(reasons), tuple(reasons)),
    ):
        decision = Decision(
            verdict=Verdict.DENY,
            environment="dev",
            artifact=A,
            violations=violations,
            warnings=warnings,
            rules=("r",),
            policy=None,
            input=A.digest,
            engine="e",
            at=AT,
            outcomes=(Outcome(rule="r", outcome="deny", inputs=("x",)),),
        )
        assert decision.record() == canonical_json(decision.to_json())
        assert decision.digest == Digest.of_bytes(decision.record())


@pytest.mark.parametrize(
    "number", [1, 0.5, 0.0001, 0.00001, 1e-9, 123456.789, 1e15, 1e16, 1.5e300, 2**53, -0.25, 0], ids=str
)
def test_many_reasons_have_the_keys_of_few(number: float) -> None:
    """A long answer is read and encoded by a quicker library, which writes some fractions otherwise."""
    document: dict[str, Any] = {"text": TEXT * 20, "list": [number] * 400}
    decision = decide(Regorus(), policies(), document, A, at=AT)
    assert len(decision.violations) == 400
    assert [v.key for v in decision.violations] == [canonical_json(v.to_json()) for v in decision.violations]
    assert [v.key for v in decision.violations] == sorted(v.key for v in decision.violations)
    assert decision.record() == canonical_json(decision.to_json())
    assert decision.violations[0].evidence["at"] == number
    assert dict(decision.warnings[0].evidence) == {"value": TEXT * 20}


def test_an_input_has_one_digest_whichever_way_it_is_sent() -> None:
    document = {"text": TEXT, "list": [1e-9, 2**70, 0.1], "statements": []}
    given = Given(document)
    assert given.canonical == canonical_json(document)
    assert Given(document, given.canonical).text == given.canonical
    decisions = [
        decide(Regorus(), policies(), dict(pairs), A, at=AT) for pairs in (document.items(), sorted(document.items()))
    ]
    assert {decision.input for decision in decisions} == {Digest.of_bytes(given.canonical)}


def test_after_an_input_that_is_no_json_the_next_decision_is_its_own() -> None:
    """The companion has been asked by then; its answer must not be taken for the next one's."""
    engine = Regorus()
    with pytest.raises(ValueError, match="not JSON compliant"):
        decide(engine, policies(), {"text": "x", "list": [float("nan")]}, A, at=AT)
    decision = decide(engine, policies(), {"text": "x", "list": []}, A, at=AT)
    assert (decision.verdict, decision.violations) == (Verdict.ALLOW, ())
