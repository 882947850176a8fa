"""DSSE envelopes and the bundles they travel in."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope, Signature, pre_authentication_encoding

ENVELOPE = Envelope(payload_type="t", payload=b"{}", signatures=(Signature(keyid="k", sig=b"\x00\xff"),))
BARE = ENVELOPE.to_json()


def parse(body: object) -> Envelope:
    return Envelope.parse(json.dumps(body).encode(), where="there")


@pytest.mark.parametrize(
    ("kind", "payload", "encoded"),
    [
        ("http://example.com/HelloWorld", b"hello world", b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"),
        ("", b"", b"DSSEv1 0  0 "),
        ("application/\u00e9", b"x", b"DSSEv1 14 application/\xc3\xa9 1 x"),
    ],
)
def test_what_is_signed(kind: str, payload: bytes, encoded: bytes) -> None:
    """The first is the example of the DSSE protocol; the last counts bytes, not letters."""
    assert pre_authentication_encoding(kind, payload) == encoded


WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(derandomize=True, deadline=None)
@given(st.tuples(WORDS, st.binary()), st.tuples(WORDS, st.binary()))
def test_what_is_signed_has_one_reading(first: tuple[str, bytes], second: tuple[str, bytes]) -> None:
    same = pre_authentication_encoding(*first) == pre_authentication_encoding(*second)
    assert same == (first == second)


def test_it_survives() -> None:
    assert parse(BARE) == ENVELOPE
    bundle = Envelope.parse(ENVELOPE.to_bundle(), where="")
    assert bundle.to_json() == BARE
    assert json.loads(ENVELOPE.to_bundle())["mediaType"] == BUNDLE_TYPE
    assert bundle.material == {"publicKey": {"hint": "k"}, "tlogEntries": []}
    assert Envelope.parse(bundle.to_bundle(), where="") == bundle
    assert ENVELOPE.digest == Digest.of_bytes(b"{}")


def test_an_envelope_of_several_signers_is_read_bare() -> None:
    both = {**BARE, "signatures": BARE["signatures"] * 2}
    assert len(parse(both).signatures) == 2
    for signatures in ((), ENVELOPE.signatures * 2):
        with pytest.raises(ValueError, match="exactly one"):
            Envelope(payload_type="t", payload=b"{}", signatures=signatures).to_bundle()


@pytest.mark.parametrize(
    "text", ["e30", "e30=\n", "e3 0=", "e31=", "e30==", "e30=e30=", "_+8=", "", "\u00e9", "====", 5, None]
)
def test_one_byte_string_has_one_spelling(text: object) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse({**BARE, "payload": text})
    assert caught.value.code == "NOT_AN_ENVELOPE"
    with pytest.raises(MalformedInput):
        parse({**BARE, "signatures": [{"keyid": "", "sig": text}]})


@pytest.mark.parametrize(
    "body",
    [
        {}, {"payload": "e30="}, {**BARE, "payloadType": ""}, {**BARE, "payloadType": None}, {**BARE, "signatures": {}},
        {**BARE, "signatures": None}, {**BARE, "signatures": ["x"]}, {**BARE, "signatures": [{"keyid": 5, "sig": "AA=="}]},
        {**BARE, "signatures": [{"keyid": "k"}]}, {"mediaType": BUNDLE_TYPE}, {"mediaType": BUNDLE_TYPE, **BARE},
        {"mediaType": BUNDLE_TYPE, "verificationMaterial": {}}, {"verificationMaterial": [], "dsseEnvelope": BARE},
        {"verificationMaterial": {}, "dsseEnvelope": []}, {"verificationMaterial": {}, "messageSignature": {}},
    ],
)  # fmt: skip
def test_what_is_no_envelope(body: Any) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse(body)
    unnamed = isinstance(body.get("verificationMaterial"), dict) and "mediaType" not in body
    assert caught.value.code == ("NOT_A_BUNDLE" if unnamed else "NOT_AN_ENVELOPE")
    assert caught.value.where == "there"


def test_a_key_id_may_be_absent() -> None:
    sig = base64.b64encode(b"x").decode()
    assert parse({**BARE, "signatures": [{"sig": sig}]}).signatures == (Signature(keyid="", sig=b"x"),)
