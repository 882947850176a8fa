"""Statements keep their bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput
from supplychain.statement.statement import STATEMENT_TYPE, STATEMENT_TYPE_V0, Statement

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
B = Artifact(name="b", digest=Digest.of_bytes(b"b"))
BODY: dict[str, Any] = {
    "_type": STATEMENT_TYPE,
    "subject": [A.to_json()],
    "predicateType": "urn:example:t",
    "predicate": {"x": 1},
}


def parse(body: dict[str, Any]) -> Statement:
    return Statement.parse(json.dumps(body).encode(), where="there")


def test_it_survives() -> None:
    made = Statement.make([A, B], "urn:example:t", {"x": [1, {"y": None}]})
    assert Statement.parse(made.payload, where="") == made
    assert made.digest == Digest.of_bytes(made.payload)
    assert Statement.make([A, B], "urn:example:t", {"x": [1, {"y": None}]}).payload == made.payload


def test_the_bytes_are_kept_as_they_came() -> None:
    payload = json.dumps(BODY, indent=3).encode()
    assert Statement.parse(payload, where="").payload == payload


@pytest.mark.parametrize("kind", [STATEMENT_TYPE, STATEMENT_TYPE_V0])
def test_both_versions_are_read(kind: str) -> None:
    assert parse({**BODY, "_type": kind}).subjects == (A,)


def test_fields_nobody_knows_are_ignored_and_a_predicate_may_be_absent() -> None:
    body = {**BODY, "more": 1}
    del body["predicate"]
    assert parse(body).predicate == {}


def test_a_claim_about_nothing_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="subject"):
        Statement.make([], "urn:example:t", {})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"_type": "https://in-toto.io/Statement/v2"}, "NOT_A_STATEMENT"),
        ({"_type": None}, "NOT_A_STATEMENT"),
        ({"subject": []}, "NOT_A_STATEMENT"),
        ({"subject": None}, "NOT_A_STATEMENT"),
        ({"subject": {"name": "a"}}, "NOT_A_STATEMENT"),
        ({"subject": [A.to_json(), {"name": "b", "digest": {}}]}, "NOT_A_SUBJECT"),
        ({"subject": [{"name": "b", "digest": {"md5": "x"}}]}, "NOT_A_SUBJECT"),
        ({"subject": ["a"]}, "NOT_A_SUBJECT"),
        ({"predicateType": ""}, "NOT_A_STATEMENT"),
        ({"predicateType": 5}, "NOT_A_STATEMENT"),
        ({"predicate": []}, "NOT_A_STATEMENT"),
    ],
)
def test_what_is_no_statement(change: dict[str, Any], code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse({**BODY, **change})
    assert caught.value.code == code
    assert "there" in caught.value.where
