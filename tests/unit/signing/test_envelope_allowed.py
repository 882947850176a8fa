"""Envelopes and bundles: what DSSE allows is read, and what two readers could read in two ways is not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from supplychain.errors import MalformedInput
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope

PAYLOAD, SIG = b"\xfb\xff\xfe?>", b"\xff\xfe\xfb>"
FORMS = (base64.b64encode, base64.urlsafe_b64encode)


def bare(payload: str, sig: str, **more: Any) -> dict[str, Any]:
    return {"payload": payload, "payloadType": "t", "signatures": [{"sig": sig, **more}]}


@pytest.mark.parametrize("one", FORMS)
@pytest.mark.parametrize("two", FORMS)
@pytest.mark.parametrize("more", [{}, {"keyid": None}, {"keyid": ""}, {"future": 1}])
def test_either_alphabet_and_no_key_id(one: Any, two: Any, more: dict[str, Any]) -> None:
    body = bare(one(PAYLOAD).decode(), two(SIG).decode(), **more)
    for _ in range(20):  # warm readers, too
        read = Envelope.parse(json.dumps(body).encode(), where="x")
        assert (read.payload, read.signatures[0].sig, read.signatures[0].keyid) == (PAYLOAD, SIG, "")


@pytest.mark.parametrize("text", ["-/==", "-+==", "_-=", "+_8=", "-_", "-_=\n", "--==="])
def test_alphabets_are_not_mixed_and_nothing_is_left_over(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        Envelope.parse(json.dumps(bare(text, "AAAA")).encode(), where="x")
    assert caught.value.code == "NOT_AN_ENVELOPE"


@pytest.mark.parametrize("change", [
    {"mediaType": "application/vnd.dev.sigstore.bundle.v9+json"}, {"mediaType": ""}, {"mediaType": None},
    {"messageSignature": {"signature": "AAAA"}},
])  # fmt: skip
def test_a_bundle_of_another_version_or_with_two_contents(change: dict[str, Any]) -> None:
    good = {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"publicKey": {"hint": "h"}, "tlogEntries": []},
        "dsseEnvelope": bare("AAAA", "AAAA"),
    }
    for _ in range(20):
        assert Envelope.parse(json.dumps(good).encode(), where="x").signatures[0].keyid == "h"
        with pytest.raises(MalformedInput) as caught:
            Envelope.parse(json.dumps(good | change).encode(), where="x")
        assert caught.value.code == "NOT_A_BUNDLE"
