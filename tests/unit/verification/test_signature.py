"""Which identities signed an envelope."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from supplychain.errors import VerificationFailed
from supplychain.signing.envelope import Envelope, Signature
from supplychain.signing.identity import PublicKey
from supplychain.signing.local_key import LocalKey
from supplychain.statement.statement import PAYLOAD_TYPE
from supplychain.verification.signature import MAX_SIGNATURES, signers_of
from supplychain.verification.trust import Identity, Trust
from tests.simulator.keys import pem_pair
from tests.simulator.world import AT


@pytest.fixture
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LocalKey]:
    folder = tmp_path_factory.mktemp("keys")
    found = {}
    for name in ("alice", "bob", "mallory"):
        (folder / name).write_bytes(pem_pair(name)[0])
        found[name] = LocalKey.load(folder / name)
    return found


def trusting(*names: str, **times: object) -> Trust:
    identities = {
        name: Identity(name=name, key=PublicKey.parse(pem_pair(name)[1], where=""), **times)  # type: ignore[arg-type]
        for name in names
    }
    return Trust(identities=identities, rules=(), where="trust.yaml")


def who(envelope: Envelope, trust: Trust) -> list[str]:
    return [found.name for found in signers_of(envelope, trust, payload_type=PAYLOAD_TYPE, at=AT, where="there")]


def refusal(envelope: Envelope, trust: Trust) -> str:
    with pytest.raises(VerificationFailed) as caught:
        who(envelope, trust)
    return caught.value.code


def joined(*envelopes: Envelope) -> Envelope:
    return replace(envelopes[0], signatures=tuple(s for envelope in envelopes for s in envelope.signatures))


def hinted(envelope: Envelope, keyid: str) -> Envelope:
    return replace(envelope, signatures=(Signature(keyid=keyid, sig=envelope.signatures[0].sig),))


def test_who_signed(keys: dict[str, LocalKey]) -> None:
    alice, bob = (keys[name].sign_payload(PAYLOAD_TYPE, b"{}") for name in ("alice", "bob"))
    trust = trusting("alice", "bob")
    assert who(alice, trust) == ["alice"]
    assert who(joined(bob, alice), trust) == ["bob", "alice"]
    assert who(joined(alice, alice), trust) == ["alice"], "the same signer twice is one"


def test_a_key_id_is_only_a_hint(keys: dict[str, LocalKey]) -> None:
    envelope = keys["alice"].sign_payload(PAYLOAD_TYPE, b"{}")
    trust = trusting("bob", "alice")
    for hint in ("", "nonsense", keys["mallory"].public_key.keyid):
        assert who(hinted(envelope, hint), trust) == ["alice"]
    assert refusal(hinted(envelope, keys["bob"].public_key.keyid), trust) == "SIGNATURE_MISMATCH"


def test_two_kinds_of_no(keys: dict[str, LocalKey]) -> None:
    """By somebody we do not know, and by nobody we know over these bytes, are different errors."""
    envelope = keys["mallory"].sign_payload(PAYLOAD_TYPE, b"{}")
    assert refusal(envelope, trusting("alice")) == "UNKNOWN_SIGNER"
    assert refusal(replace(envelope, payload=b"[]"), trusting("mallory")) == "SIGNATURE_MISMATCH"


def test_a_bad_signature_does_not_spoil_a_good_one(keys: dict[str, LocalKey]) -> None:
    good, bad = keys["alice"].sign_payload(PAYLOAD_TYPE, b"{}"), keys["mallory"].sign_payload(PAYLOAD_TYPE, b"{}")
    assert who(joined(bad, good), trusting("alice")) == ["alice"]
    assert refusal(joined(bad, bad), trusting("alice")) == "UNKNOWN_SIGNER"


def test_no_signature_and_too_many(keys: dict[str, LocalKey]) -> None:
    envelope = keys["alice"].sign_payload(PAYLOAD_TYPE, b"{}")
    assert refusal(replace(envelope, signatures=()), trusting("alice")) == "NOT_SIGNED"
    assert who(joined(*[envelope] * MAX_SIGNATURES), trusting("alice")) == ["alice"]
    assert refusal(joined(*[envelope] * (MAX_SIGNATURES + 1)), trusting("alice")) == "TOO_MANY_SIGNATURES"


def test_another_type_of_payload(keys: dict[str, LocalKey]) -> None:
    assert refusal(keys["alice"].sign_payload("text/plain", b"{}"), trusting("alice")) == "PAYLOAD_TYPE"


def test_a_key_that_is_not_valid_now(keys: dict[str, LocalKey]) -> None:
    envelope = keys["alice"].sign_payload(PAYLOAD_TYPE, b"{}")
    second = timedelta(seconds=1)
    assert refusal(envelope, trusting("alice", valid_until=AT)) == "KEY_EXPIRED"
    assert refusal(envelope, trusting("alice", revoked=AT - second)) == "KEY_REVOKED"
    assert refusal(envelope, trusting("alice", valid_from=AT + second)) == "KEY_NOT_YET_VALID"
    assert who(envelope, trusting("alice", valid_from=AT, valid_until=AT + second, revoked=AT + second)) == ["alice"]


def test_nobody_is_trusted(keys: dict[str, LocalKey]) -> None:
    assert refusal(keys["alice"].sign_payload(PAYLOAD_TYPE, b"{}"), trusting()) == "UNKNOWN_SIGNER"
