"""The quick readers of statements and predicates give what the exact ones give: the same value, or the same refusal."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain import encoding
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import MAX_DEPTH, parse_json
from supplychain.errors import MalformedInput
from supplychain.statement.plain_statement import read_plain
from supplychain.statement.predicates import provenance, reference, scan, vsa, vulns
from supplychain.statement.predicates.provenance import Provenance, file_dependency
from supplychain.statement.predicates.reference import Reference
from supplychain.statement.predicates.registry import parse_predicate
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.vulns import Vulns
from supplychain.statement.statement import STATEMENT_TYPE_V0, Statement
from tests.simulator import evidence
from tests.simulator.mutations import one_change, strange
from tests.simulator.world import AT, HOUR

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
B = Artifact(name="é", digest=Digest.of_bytes(b"b"))
STATEMENTS: dict[str, Statement] = {
    provenance.TYPE: evidence.provenance([A, B], at=AT),
    reference.TYPE: evidence.sbom([A], at=AT),
    scan.TYPE: evidence.sast([A], at=AT, findings=[evidence.weakness()]),
    vulns.TYPE: evidence.dependencies([A], at=AT, findings=[evidence.HIGH]),
    vsa.TYPE: evidence.summary(A, "staging", at=AT),
}
EXACT: dict[str, Any] = {
    provenance.TYPE: Provenance.parse,
    reference.TYPE: Reference.parse,
    scan.TYPE: Scan.parse,
    vulns.TYPE: Vulns.parse,
    vsa.TYPE: Vsa.parse,
}
QUICK: dict[str, Any] = {
    provenance.TYPE: Provenance.as_written,
    reference.TYPE: Reference.as_written,
    scan.TYPE: Scan.as_written,
    vulns.TYPE: Vulns.as_written,
    vsa.TYPE: Vsa.as_written,
}


def varied() -> list[tuple[str, Any]]:
    """Predicates of each kind, with the fields that ours have only sometimes."""
    made = Provenance.parse(STATEMENTS[provenance.TYPE].predicate, where="")
    summary = Vsa.parse(STATEMENTS[vsa.TYPE].predicate, where="")
    baseline, inputs = {"baseline": {"x": 1}}, (A.digest, B.digest)
    dependencies = (*made.dependencies, file_dependency("f", A.digest))
    return [
        *((kind, statement.predicate) for kind, statement in STATEMENTS.items()),
        (provenance.TYPE, replace(made, dependencies=dependencies, finished=AT + HOUR).to_json()),
        (scan.TYPE, {**STATEMENTS[scan.TYPE].predicate, **baseline}),
        (vulns.TYPE, {**STATEMENTS[vulns.TYPE].predicate, **baseline}),
        (vulns.TYPE, {**STATEMENTS[vulns.TYPE].predicate, "vex": {}}),
        (vsa.TYPE, replace(summary, inputs=inputs, decision=A.digest, until=AT + HOUR, result="FAILED").to_json()),
    ]


def statement_of(payload: bytes, *, warm: bool) -> object:
    """What reading gives in a process that has read much, and in one that has not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_WARM", 0 if warm else math.inf)
        try:
            return Statement.parse(payload, where="there")
        except MalformedInput as error:
            return error.code, error.diagnostics()


def predicate_of(read: Any, *words: Any) -> object:
    try:
        found = read(*words, where="there")
    except MalformedInput as error:
        return error.code, error.diagnostics()
    return repr(found)


@pytest.mark.parametrize("kind", STATEMENTS)
def test_what_we_write_is_read_quickly(kind: str) -> None:
    statement = STATEMENTS[kind]
    assert read_plain(statement.payload, where="") == statement == statement_of(statement.payload, warm=False)
    assert QUICK[kind](statement.predicate) == EXACT[kind](statement.predicate, where="")


@pytest.mark.parametrize(("kind", "predicate"), varied())
def test_whatever_fields_it_has(kind: str, predicate: Any) -> None:
    found = QUICK[kind](predicate)
    assert found == EXACT[kind](predicate, where="")
    assert found.to_json() == predicate


def test_what_is_not_plain_is_left_to_the_exact_reader() -> None:
    payload = STATEMENTS[scan.TYPE].payload
    body = json.loads(payload)
    deep = payload.replace(b'"findings":[', b'"findings":[' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b",")
    other = [
        json.dumps(body, indent=1).encode(),
        json.dumps({**body, "_type": STATEMENT_TYPE_V0}, separators=(",", ":")).encode(),
        payload.replace(b'"subject":[', b'"subject":[],"subject":['),
        payload.replace(b'{"digest":{"sha256":"', b'{"digest":{"sha1":"00","sha256":"'),
        payload.replace(b'"name":"a"', b'"name":"a","uri":"x"'),
        payload.replace(b'"name":"a"', b'"name":"\\u0061"'),
        payload.replace(b',"name":"a"', b""),
        payload + b" ",
        deep,
        b"",
    ]
    for data in other:
        assert data != payload
        assert statement_of(data, warm=True) == statement_of(data, warm=False)
    for data in other[:-3] + other[-2:]:
        assert read_plain(data, where="") is None


def test_a_digest_that_is_none_is_told_as_ever() -> None:
    for wrong in (b"", b"A" * 64, b"a" * 63, b"\\ud800"):
        data = STATEMENTS[vsa.TYPE].payload.replace(A.digest.hex.encode(), wrong)
        assert statement_of(data, warm=True) == statement_of(data, warm=False)


@pytest.mark.parametrize("kind", STATEMENTS)
def test_one_change_to_a_statement(kind: str) -> None:
    body = json.loads(STATEMENTS[kind].payload)
    for changed in one_change({**body, "predicate": {"a": []}}):
        data = json.dumps(changed, separators=(",", ":")).encode()
        assert statement_of(data, warm=True) == statement_of(data, warm=False), data


@pytest.mark.parametrize(("kind", "predicate"), varied())
def test_one_change_to_a_predicate(kind: str, predicate: Any) -> None:
    for changed in one_change(predicate):
        if isinstance(changed, dict):
            assert predicate_of(parse_predicate, kind, changed) == predicate_of(EXACT[kind], changed), changed


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.sampled_from(sorted(STATEMENTS)), st.randoms(use_true_random=False))
def test_the_quick_reader_of_statements_gives_what_the_exact_one_gives(kind: str, random: Random) -> None:
    data = strange(json.loads(STATEMENTS[kind].payload), random, compact=True)
    assert statement_of(data, warm=True) == statement_of(data, warm=False)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.sampled_from(varied()), st.randoms(use_true_random=False))
def test_the_quick_readers_of_predicates_give_what_the_exact_ones_give(given_: tuple[str, Any], random: Random) -> None:
    kind, predicate = given_
    try:
        changed = parse_json(strange(predicate, random, compact=True), where="")
    except MalformedInput:
        return
    if isinstance(changed, dict):
        quick = predicate_of(parse_predicate, kind, changed)
        assert quick == predicate_of(EXACT[kind], changed)
