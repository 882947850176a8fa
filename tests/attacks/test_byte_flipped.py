"""Any byte of payload, type or signature flipped: never accepted; and no change of a bundle makes it say something else.

Bytes of the bundle outside payload, type and signature are not signed (JSON white space, the key hint); a change there
may be accepted, and then the statement must be the one that was signed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.signing.envelope import Envelope, Signature
from supplychain.signing.identity import PublicKey
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.statement.statement import Statement
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import verify
from tests.simulator.world import AT

ARTIFACT = Artifact(name="a", digest=Digest.of_bytes(b"a"))
STATEMENT = Statement.make([ARTIFACT], "urn:example:t", {})


@pytest.fixture(scope="module", params=["ecdsa-p256", "ed25519"])
def signed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trust, Envelope]:
    private, public = generate_pem(request.param)
    path = tmp_path_factory.mktemp("key") / "key.pem"
    path.write_bytes(private)
    return Trust.of_key(PublicKey.parse(public, where="")), LocalKey.load(path).sign(STATEMENT)


def _flips(data: bytes) -> Iterator[bytes]:
    for position in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            yield bytes(changed)


def _accepted(envelope: Envelope, trust: Trust) -> Statement | None:
    try:
        return verify([("", envelope)], trust, artifact=ARTIFACT.digest, at=AT).statement
    except (VerificationFailed, MalformedInput):
        return None


def _with(envelope: Envelope, *, payload: bytes = b"", kind: str = "", sig: bytes = b"") -> Envelope:
    old = envelope.signatures[0]
    return Envelope(
        payload_type=kind or envelope.payload_type,
        payload=payload or envelope.payload,
        signatures=(Signature(keyid=old.keyid, sig=sig or old.sig),),
    )


def test_the_whole_envelope_is_accepted(signed: tuple[Trust, Envelope]) -> None:
    trust, envelope = signed
    found = _accepted(_with(envelope), trust)
    assert found is not None
    assert found.payload == STATEMENT.payload


def test_every_bit_of_the_payload(signed: tuple[Trust, Envelope]) -> None:
    trust, envelope = signed
    assert [p for p in _flips(envelope.payload) if _accepted(_with(envelope, payload=p), trust)] == []


def test_every_bit_of_the_signature(signed: tuple[Trust, Envelope]) -> None:
    trust, envelope = signed
    assert [s for s in _flips(envelope.signatures[0].sig) if _accepted(_with(envelope, sig=s), trust)] == []


def test_every_bit_of_the_type(signed: tuple[Trust, Envelope]) -> None:
    trust, envelope = signed
    kinds = [data.decode("latin-1") for data in _flips(envelope.payload_type.encode())]
    assert [kind for kind in kinds if _accepted(_with(envelope, kind=kind), trust)] == []


def test_every_length(signed: tuple[Trust, Envelope]) -> None:
    """Cut off anywhere, or with something after the end."""
    trust, envelope = signed
    payload, sig = envelope.payload, envelope.signatures[0].sig
    cut = [_with(envelope, payload=payload[:n]) for n in range(1, len(payload))]
    cut += [_with(envelope, sig=sig[:n]) for n in range(1, len(sig))]
    cut += [_with(envelope, payload=payload + b" "), _with(envelope, sig=sig + b"\0")]
    assert [envelope for envelope in cut if _accepted(envelope, trust)] == []


@settings(derandomize=True, deadline=None, max_examples=400)
@given(data=st.data())
def test_no_change_of_a_bundle_makes_it_say_something_else(signed: tuple[Trust, Envelope], data: st.DataObject) -> None:
    trust, envelope = signed
    changed = bytearray(envelope.to_bundle())
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(changed) - 1))
        match data.draw(st.sampled_from(["change", "delete", "insert"])):
            case "change":
                changed[position] = data.draw(st.integers(0, 255))
            case "delete":
                del changed[position]
            case _:
                changed.insert(position, data.draw(st.integers(0, 255)))
    try:
        found = _accepted(Envelope.parse(bytes(changed), where=""), trust)
    except MalformedInput:
        return
    assert found is None or found.payload == STATEMENT.payload
