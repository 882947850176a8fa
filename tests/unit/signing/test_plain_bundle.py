"""The quick reader of envelopes gives what the exact one gives: the same value, or the same refusal."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain import encoding
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope, Signature
from supplychain.signing.plain_bundle import read_plain
from tests.simulator.mutations import one_change, strange

SIGNATURE = Signature(keyid="a2V5", sig=b"\x00\xff\x10")
OURS = Envelope(payload_type="application/vnd.in-toto+json", payload=b'{"a":"b"}~', signatures=(SIGNATURE,))
BARE = OURS.to_json()
SEVERAL = {**BARE, "signatures": [*BARE["signatures"], {"sig": "AAA="}]}
BUNDLE = json.loads(OURS.to_bundle())
NUMBERED = {name: BUNDLE[name] for name in ("mediaType", "verificationMaterial", "dsseEnvelope")}
UNLOGGED = {**BUNDLE, "verificationMaterial": {"publicKey": {"hint": "a2V5"}}}
TWO = {**BUNDLE, "dsseEnvelope": {**BUNDLE["dsseEnvelope"], "signatures": [{"sig": "AAA="}, {"sig": "AQE="}]}}
PLAIN = {"ours": BUNDLE, "numbered": NUMBERED, "unlogged": UNLOGGED, "two": TWO, "bare": BARE, "several": SEVERAL}


def outcome(data: bytes, *, warm: bool) -> object:
    """What reading gives in a process that has read much, and in one that has not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_WARM", 0 if warm else math.inf)
        try:
            found = Envelope.parse(data, where="there")
        except MalformedInput as error:
            return error.code, error.diagnostics()
        return found, found.media_type, found.to_json()


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_plain_is_read_quickly(name: str, indent: int | None) -> None:
    data = json.dumps(PLAIN[name], indent=indent).encode()
    found = read_plain(data)
    assert found is not None
    assert (found, found.media_type, found.to_json()) == outcome(data, warm=False) == outcome(data, warm=True)


def test_what_we_write_is_plain() -> None:
    found = read_plain(OURS.to_bundle())
    assert found is not None
    assert found.to_json() == OURS.to_json()
    assert found.material == {"publicKey": {"hint": "a2V5"}, "tlogEntries": []}
    assert found.media_type == BUNDLE_TYPE


@pytest.mark.parametrize(
    "body",
    [
        {**BUNDLE, "more": 1}, {**BUNDLE, "verificationMaterial": {"publicKey": {"hint": "k", "more": 1}}},
        {**BUNDLE, "verificationMaterial": {"publicKey": {}}}, {**BUNDLE, "verificationMaterial": {}},
        {**BUNDLE, "verificationMaterial": {"publicKey": {"hint": "k"}, "tlogEntries": [{}]}},
        {**BUNDLE, "verificationMaterial": {"certificate": {"rawBytes": "AAA="}}},
        {**BUNDLE, "verificationMaterial": {"publicKey": {"hint": "k"}, "timestampVerificationData": {}}},
        {**BUNDLE, "mediaType": None}, {**BARE, "payload": "e31="}, {**BARE, "payload": "e30"}, {**BARE, "payload": "e3 0="},
        {**BARE, "payload": ""}, {**BARE, "payloadType": ""}, {**BARE, "signatures": [{"sig": ""}]},
        {**BARE, "signatures": [{"keyid": None, "sig": "AAA="}]}, {**BARE, "signatures": {}}, {}, [], 5, "x", None,
    ],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_exact_reader(body: Any) -> None:
    data = json.dumps(body).encode()
    assert read_plain(data) is None
    assert outcome(data, warm=True) == outcome(data, warm=False)


@pytest.mark.parametrize("data", [b"", b'"', b'"dsseEnvelope"', b'{"dsseEnvelope', b'{"payload":', b"\xff" * 99])
def test_what_is_no_document(data: bytes) -> None:
    assert read_plain(data) is None
    assert outcome(data, warm=True) == outcome(data, warm=False)


@pytest.mark.parametrize("name", PLAIN)
def test_one_change(name: str) -> None:
    for changed in one_change(PLAIN[name]):
        data = json.dumps(changed).encode()
        assert outcome(data, warm=True) == outcome(data, warm=False), data


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.sampled_from(sorted(PLAIN)), st.randoms(use_true_random=False))
def test_the_quick_reader_gives_what_the_exact_one_gives(name: str, random: Random) -> None:
    data = strange(PLAIN[name], random, compact=False)
    exact = outcome(data, warm=False)
    assert outcome(data, warm=True) == exact
    plain = read_plain(data)
    assert plain is None or (plain, plain.media_type, plain.to_json()) == exact
