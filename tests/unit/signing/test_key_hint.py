"""Where a bundle names its key: in the hint of its material. Sigstore refuses key ids that are not of its making."""

from __future__ import annotations

import json

from supplychain.signing.envelope import Envelope, Signature

ONE = Envelope(payload_type="t", payload=b"{}", signatures=(Signature(keyid="k", sig=b"x"),))


def test_the_key_is_named_by_the_hint_and_nowhere_else() -> None:
    body = json.loads(ONE.to_bundle())
    assert body["verificationMaterial"]["publicKey"] == {"hint": "k"}
    assert list(body["dsseEnvelope"]["signatures"][0]) == ["sig"]
    assert ONE.to_json()["signatures"][0]["keyid"] == "k"


def test_the_hint_names_the_key_of_the_one_signature() -> None:
    assert Envelope.parse(ONE.to_bundle(), where="x").signatures == ONE.signatures


def test_another_key_id_is_left_as_it_is() -> None:
    body = json.loads(ONE.to_bundle())
    body["dsseEnvelope"]["signatures"][0]["keyid"] = "other"
    other = Envelope.parse(json.dumps(body).encode(), where="x")
    assert other.signatures[0].keyid == "other"
    assert Envelope.parse(other.to_bundle(), where="x") == other


def test_a_hint_says_nothing_about_several_signatures_or_when_it_is_none() -> None:
    body = json.loads(ONE.to_bundle())
    body["dsseEnvelope"]["signatures"] *= 2
    assert [s.keyid for s in Envelope.parse(json.dumps(body).encode(), where="x").signatures] == ["", ""]
    for material in ({"publicKey": {"hint": 5}}, {"publicKey": []}, {"certificate": {"rawBytes": ""}}):
        body = {**json.loads(ONE.to_bundle()), "verificationMaterial": material}
        assert Envelope.parse(json.dumps(body).encode(), where="x").signatures[0].keyid == ""
