"""What the in-toto Statement specification allows and producers write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput
from supplychain.statement.statement import STATEMENT_TYPE, Statement

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
REVISION = {"name": "git+https://git.example/shop", "digest": {"gitCommit": "1" * 40}}


def body(**changes: Any) -> bytes:
    whole = {
        "_type": STATEMENT_TYPE,
        "subject": [A.to_json()],
        "predicateType": "https://a.example/v1",
        "predicate": {},
    }
    return json.dumps(whole | changes).encode()


@pytest.mark.parametrize("other", [REVISION, {"digest": {"sha1": "1" * 40}}, {"digest": {"dirHash": "h1:x="}}])
def test_a_subject_by_another_algorithm_stands_beside(other: dict[str, Any]) -> None:
    for subjects in ([A.to_json(), other], [other, A.to_json()]):
        assert Statement.parse(body(subject=subjects), where="x").subjects == (A,)
    with pytest.raises(MalformedInput) as caught:
        Statement.parse(body(subject=[other]), where="x")
    assert caught.value.code == "NOT_A_SUBJECT"


def test_a_predicate_of_null_is_absent() -> None:
    """As the Python package index writes its publish attestations."""
    assert Statement.parse(body(predicate=None), where="x").predicate == {}
