"""Imported names under regorus: a function keeps them whoever calls it, and no variable may bear one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.decision import Verdict
from supplychain.policy.engine import decide
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import Regorus
from tests.simulator.world import AT

LIMITS = "package supplychain.lib.limits\n\nhighest := 5\n"
WORDS = """package supplychain.lib.words

import data.supplychain.lib.limits

all := [1, 9]

is_high(number) if number > limits.highest
"""
KINDS = """package supplychain.lib.kinds

chosen(kind) := [s | some s in input.statements; s.kind in {kind, "vulns"}]
"""
HOUSE = """package supplychain.house

import data.supplychain.lib.words

deny contains {"code": "HIGH", "message": "too high a number", "fix": "lower it"} if {
	some number in words.all
	words.is_high(number)
}
"""


def policies(house: str, *more: tuple[str, str]) -> PolicySet:
    modules = (("house/house.rego", house), ("lib/limits.rego", LIMITS), ("lib/words.rego", WORDS), *more)
    return PolicySet(environment="dev", modules=modules, rules=("house",), profile={"rules": ["house"]})


def test_a_function_reads_what_its_own_file_imports() -> None:
    """regorus alone leaves `words.is_high` undefined here, and the rule would not fire."""
    artifact = Artifact(name="a", digest=Digest.of_bytes(b"a"))
    decision = decide(Regorus(), policies(HOUSE), {"statements": []}, artifact, at=AT)
    assert (decision.verdict, [v.code for v in decision.violations]) == (Verdict.DENY, ["HIGH"])


def test_what_failed_is_not_asked_again() -> None:
    """After an evaluation that fails the next one begins afresh, and an input leaves nothing behind for the next."""
    source = 'package supplychain.house\n\ndeny contains {"code": "X", "message": "m", "fix": "f"} if to_number(input.n) > 1\n'
    engine, artifact = Regorus(), Artifact(name="a", digest=Digest.of_bytes(b"a"))
    verdicts = [
        decide(engine, policies(source), {"n": n, "statements": []}, artifact, at=AT).verdict.value
        for n in ("2", "0", "x", "0", "2")
    ]
    assert verdicts == ["DENY", "ALLOW", "CANNOT_TELL", "ALLOW", "DENY"]


@pytest.mark.parametrize(
    "body",
    ["some words in [1]", "words := [1]", "count([1 | some words in [1]]) == 1"],
    ids=["some", "assigned", "inner"],
)
def test_a_variable_named_like_an_import_is_refused_with_its_line(body: str) -> None:
    source = HOUSE.replace("some number in words.all\n\twords.is_high(number)", body)
    with pytest.raises(PolicyNotEvaluated, match="cannot be parsed") as told:
        Regorus().check(policies(source))
    assert told.value.code == "POLICY_FAILED"
    assert told.value.where.startswith("house/house.rego:6:")
    assert "words is the name of an import" in told.value.found


@pytest.mark.parametrize(
    "body",
    [
        'some {"k": number} in input.many',
        '{"k": number} = input.one',
        'input.one = {"k": number}',
        '[{"k": number}] = input.many',
    ],
)
def test_an_object_as_a_pattern_is_refused_with_its_line(body: str) -> None:
    """OPA matches it key for key; regorus takes objects with more keys as well."""
    source = HOUSE.replace("some number in words.all", body)
    with pytest.raises(PolicyNotEvaluated, match="cannot be parsed") as told:
        Regorus().check(policies(source))
    assert told.value.where == "house/house.rego:6"
    assert "pattern" in told.value.found


def test_an_object_as_a_value_is_taken() -> None:
    source = HOUSE.replace("some number in words.all", 'made := {"k": words.all[0]}\n\tsome number in made')
    Regorus().check(policies(source))


WITH = ("x/x.rego", "package supplychain.x\n\ny if {\n\tcount([]) == 0 with input as {}\n}\n")
"""Keeps the others from being written as one package."""


@pytest.mark.parametrize("more", [(), (WITH,)], ids=["as one", "as they are"])
@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("words.is_high", "words.is_high"),
        ("not data.supplychain.lib.words.is_high", "data.supplychain.lib.words.is_high"),
        ("is_low", "is_low"),
        ("count([is_low]) == 1", "is_low"),
        ("is_low(words.all[0])\n\tis_low == true", "is_low"),
        ("low.is_none", "low.is_none"),
    ],
)
def test_a_function_that_is_not_called_is_refused_with_its_line(body: str, name: str, more: Sequence[Any]) -> None:
    """To regorus it has no value, so the rule would never fire; OPA refuses it as well."""
    own = "\nis_low(number) if number < 3\n\nlow.is_none(number) if number == 0\n"
    source = HOUSE.replace("some number in words.all\n\twords.is_high(number)", body) + own
    with pytest.raises(PolicyNotEvaluated, match="cannot be parsed") as told:
        Regorus().check(policies(source, *more))
    assert told.value.where == f"house/house.rego:{6 + body.count(chr(10))}"
    assert f"{name} is a function" in told.value.found


@pytest.mark.parametrize(
    "more",
    [
        "is_high(is_low) if is_low\n\nis_low(number) if number < 3\n",
        "is_low(number) if number < 3\n\nall_low if every is_low in [true] { is_low }\n",
        "default is_low(_) := false\n\nis_low(number) if number < 3\n",
        "low.is_low(number) if number < 3\n\nlow.other := 3\n\nis_low := low.other\n",
        "low.is_low(number) if number < 3\n\nis_told(low) if low.is_low\n",
        "is_low(number) if number < 3\n\nis_faked if input.a with is_low as words.is_high\n",
    ],
    ids=["argument", "every", "default", "dots", "field", "with"],
)
def test_what_only_has_the_name_of_a_function_is_taken(more: str) -> None:
    Regorus().check(policies(f"{HOUSE}\n{more}"))


DIRECT = """package supplychain.house

import data.supplychain.lib.words.is_high
import data.supplychain.lib.words.all as numbers

deny contains {"code": "HIGH", "message": "m", "fix": "f"} if {
	some number in numbers
	is_high(number)
}
"""


def test_a_rule_and_a_function_may_be_imported_by_themselves() -> None:
    artifact = Artifact(name="a", digest=Digest.of_bytes(b"a"))
    decision = decide(Regorus(), policies(DIRECT), {"statements": []}, artifact, at=AT)
    assert (decision.verdict, [v.code for v in decision.violations]) == (Verdict.DENY, ["HIGH"])


def test_a_rule_may_read_what_its_imports_name_also_where_these_are_single_functions() -> None:
    """The record tells which statements a rule could read."""
    own = 'import data.supplychain.lib.kinds.chosen\n\nown := "sbom"\n\nread := chosen(own)\n\ndeny contains'
    house = policies(HOUSE.replace("deny contains", own, 1), ("lib/kinds.rego", KINDS))
    statements = [{"kind": kind, "digest": f"sha256:{n}"} for n, kind in enumerate(("scan", "sbom", "vulns", "link"))]
    artifact = Artifact(name="a", digest=Digest.of_bytes(b"a"))
    decision = decide(Regorus(), house, {"version": 2, "statements": statements}, artifact, at=AT)
    assert [outcome.inputs for outcome in decision.outcomes] == [("sha256:1", "sha256:2")]


@pytest.mark.parametrize(
    "path",
    [
        "statement.predicate.scanner.result",
        'statement.predicate["scanner"]["result"]',
        "[x | scanner := statement.predicate.scanner; x := scanner.result]",
        "statement.predicate.scanner.result[_]",
        'object.get(statement, ["predicate", "scanner", "result"], [])',
        "object.get(statement.predicate, [`scanner`, `result`], [])",
    ],
)
def test_findings_are_not_looked_for_where_they_are_no_longer(path: str) -> None:
    """A rule made for inputs of version 1 would never deny; over a stored input of version 1 it may still be asked."""
    body = f"some statement in input.statements\n\tcount({path}) > 0"
    house, engine = policies(HOUSE.replace("some number in words.all\n\twords.is_high(number)", body)), Regorus()
    artifact = Artifact(name="a", digest=Digest.of_bytes(b"a"))
    statement = {"kind": "vulns", "predicate": {"scanner": {"result": [[1]]}}}
    now = decide(engine, house, {"version": 2, "statements": [statement]}, artifact, at=AT)
    assert now.verdict is Verdict.CANNOT_TELL
    assert [v.code for v in now.violations] == ["INPUT_FIELD_MOVED"]
    assert "house/house.rego:7" in str(now.violations[0])
    then = decide(engine, house, {"version": 1, "statements": [statement]}, artifact, at=AT)
    assert [v.code for v in then.violations] == ["HIGH"]


def test_a_scanner_and_a_result_of_tests_are_something_else() -> None:
    body = 'some s in input.statements\n\tcount([s.predicate.result, s.predicate.scanner, ["result", "scanner"]]) > 0'
    house = policies(HOUSE.replace("some number in words.all\n\twords.is_high(number)", body))
    artifact = Artifact(name="a", digest=Digest.of_bytes(b"a"))
    statement = {"kind": "vulns", "predicate": {"scanner": {}, "result": 1}}
    now = decide(Regorus(), house, {"version": 2, "statements": [statement]}, artifact, at=AT)
    assert now.verdict is Verdict.DENY
