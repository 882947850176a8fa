"""The trust file: every field is checked, and who is believed when."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.encoding import format_time
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.signing.identity import PublicKey
from supplychain.verification.trust import ANY_CLAIM, Identity, Rule, Trust, matches
from tests.simulator.keys import pem_pair
from tests.simulator.world import AT

SECOND = timedelta(seconds=1)
A, B = (pem_pair(name)[1].decode() for name in ("a", "b"))
GOOD: dict[str, Any] = {
    "version": 1,
    "identities": {"alice": {"key": A}, "bob": {"key": B, "description": "of the night shift"}},
    "rules": [{"claims": ["provenance"], "signers": ["alice"], "artifacts": ["*"], "builders": {"urn:b:*": 2}}],
}


def parse(body: object) -> Trust:
    return Trust.parse(yaml.safe_dump(body).encode(), where="trust.yaml")


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good file with one value replaced (`...` deletes it)."""
    body = copy.deepcopy(GOOD)
    place: Any = body
    *steps, last = path.split("/")
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


def test_a_good_file() -> None:
    trust = parse(GOOD)
    assert set(trust.identities) == {"alice", "bob"}
    (rule,) = trust.rules
    assert rule.threshold == 1
    assert rule.covers("https://slsa.dev/provenance/v1", "anything")
    assert not rule.covers("urn:supplychain:predicate:scan:v1", "anything")
    assert (rule.level_of("urn:b:1"), rule.level_of("urn:c:1"), rule.level_of("xurn:b:1")) == (2, 0, 0)
    key = PublicKey.parse(A.encode(), where="")
    found = trust.by_keyid(key.keyid)
    assert found is not None
    assert found.name == "alice"
    assert trust.by_keyid("unknown") is None


CLAIMS = st.lists(st.sampled_from(["urn:a", "urn:b", "urn:c", ANY_CLAIM]), min_size=1, max_size=3)


@settings(derandomize=True, deadline=None)
@given(st.lists(CLAIMS, max_size=5), st.sampled_from(["urn:a", "urn:b", "urn:d", ANY_CLAIM, ""]))
def test_the_rules_about_a_kind_are_those_that_cover_it(claims: list[list[str]], kind: str) -> None:
    rules = tuple(
        Rule(claims=tuple(names), signers=frozenset({str(number)}), threshold=1, artifacts=("x*",))
        for number, names in enumerate(claims)
    )
    about = Trust(identities={}, rules=rules).rules_about(kind)
    assert about == tuple(rule for rule in rules if rule.covers(kind, "x1"))
    assert not [rule for rule in about if rule.covers(kind, "y")]


def test_one_key_of_several_names_is_one_person() -> None:
    key, other = (PublicKey.parse(pem.encode(), where="") for pem in (A, B))
    names = [("b", key, ""), ("a", key, ""), ("c", other, "zoe"), ("d", other, "dora"), ("e", other, "")]
    identities = {name: Identity(name=name, key=key, person=person) for name, key, person in names}
    trust = Trust(identities=identities, rules=())
    assert {name: trust.person_of(identities[name]) for name in identities} == {
        "a": "a", "b": "a", "c": "dora", "d": "dora", "e": "dora"
    }  # fmt: skip
    for person, subject, who in (("", "", "w"), ("", "s", "s"), ("zoe", "s", "zoe"), ("zoe", "", "zoe")):
        assert trust.person_of(Identity(name="w", person=person), subject) == who


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("version", [..., 2, "1", None, [1]]),
        ("identities", [..., {}, [], None, "alice"]),
        ("identities/alice", [None, [], "key", {}]),
        ("identities/alice/key", [..., "", "words", 5, None, [A]]),
        ("identities/alice/more", [1]),
        ("identities/alice/from", ["2026-01-31", "yesterday", None, 5, "2026-01-31T12:00:00"]),
        ("identities/alice/until", ["never", None, 5]),
        ("identities/alice/revoked", ["no", None, True]),
        ("rules", [..., [], {}, None, ["x"]]),
        ("rules/0/claims", [..., [], "provenance", [5], [""], ["proof"], None]),
        ("rules/0/signers", [..., [], "alice", ["carol"], [["alice"]], None]),
        ("rules/0/artifacts", [..., [], "*", [5], [""], None]),
        ("rules/0/threshold", [0, -1, 2, "1", True, 1.0, None]),
        (
            "rules/0/builders",
            [[], "urn:b", {"urn:b": 5}, {"urn:b": -1}, {"urn:b": "2"}, {"urn:b": True}, {"urn:b": None}],
        ),
        ("rules/0/environments", [[], "dev", [5], None]),
        ("rules/0/signer", [["alice"]]),
        ("more", [1]),
    ],
)
def test_every_field_is_checked(path: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(MalformedInput) as caught:
            parse(changed(path, value))
        assert caught.value.code in ("BAD_TRUST", "NOT_A_KEY", "NOT_A_TIME"), value
        assert caught.value.where.startswith("trust.yaml"), value


@pytest.mark.parametrize("data", [b"", b"[]", b"a: [", b"\xff", b"version: 1\nversion: 1"])
def test_what_is_no_trust_file(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        Trust.parse(data, where="trust.yaml")


def test_a_threshold_counts_different_keys() -> None:
    """Two names for one key are one signer."""
    body = changed("rules/0/signers", ["alice", "bob"])
    body["rules"][0]["threshold"] = 2
    parse(body)
    body["identities"]["bob"]["key"] = A
    with pytest.raises(MalformedInput, match="threshold"):
        parse(body)


@pytest.mark.parametrize(
    ("times", "offset", "code"),
    [
        ({}, 0, None),
        ({"until": AT}, -1, None),
        ({"until": AT}, 0, "KEY_EXPIRED"),
        ({"from": AT}, 0, None),
        ({"from": AT}, -1, "KEY_NOT_YET_VALID"),
        ({"revoked": AT}, -1, None),
        ({"revoked": AT}, 0, "KEY_REVOKED"),
        ({"revoked": AT, "until": AT}, 0, "KEY_REVOKED"),
    ],
)
def test_when_a_key_is_believed(times: dict[str, Any], offset: int, code: str | None) -> None:
    body = copy.deepcopy(GOOD)
    body["identities"]["alice"] |= {field: format_time(at) for field, at in times.items()}
    alice: Identity = parse(body).identities["alice"]
    if code is None:
        alice.check_time(AT + offset * SECOND)
        return
    with pytest.raises(VerificationFailed) as caught:
        alice.check_time(AT + offset * SECOND)
    assert caught.value.code == code
    assert "alice" in caught.value.where


@pytest.mark.parametrize(
    ("pattern", "text", "whole"),
    [
        ("*", "", True),
        ("*", "a\nb", True),
        ("?", "", False),
        ("?", "\n", True),
        ("a*c", "abc", True),
        ("a*c", "abcd", False),
        ("a*c", "xabc", False),
        ("abc", "abc\n", False),
        ("a.c", "abc", False),
        ("[a-z]", "b", False),
        ("[a-z]", "[a-z]", True),
        ("a|b", "a", False),
        ("**", "x", True),
        ("", "", True),
        ("", "x", False),
        ("refs/tags/v1", "refs/tags/v1.evil", False),
        ("A", "a", False),
    ],
)
def test_patterns_are_matched_whole(pattern: str, text: str, whole: bool) -> None:
    assert matches(pattern, text) is whole


def test_one_key_for_everything_but_a_builders_word() -> None:
    trust = Trust.of_key(PublicKey.parse(A.encode(), where=""))
    (rule,) = trust.rules
    assert rule.covers("urn:any", "any")
    assert rule.level_of("urn:any") == 0
