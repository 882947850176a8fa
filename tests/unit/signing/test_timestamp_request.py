"""Asking an RFC 3161 authority; an answer to something else never gets into a bundle."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from rfc3161_client import decode_timestamp_response

from supplychain.errors import ToolFailed
from supplychain.signing.timestamp import TimestampAuthority, request_for
from supplychain.verification.sigstore import der
from supplychain.verification.sigstore.timestamp import verify_timestamp
from supplychain.verification.sigstore.timestamp_answer import check_answer
from tests.simulator.sigstore_service import SigstoreService, refuse

SIGNATURE = b"a signature"


def authority(sigstore: SigstoreService, *, root: bool = True) -> TimestampAuthority:
    known = sigstore.root.timestamp_authorities if root else None

    def check(data: bytes, message: bytes, nonce: int) -> None:
        check_answer(data, message, nonce, authorities=known)

    return TimestampAuthority.at(sigstore.tsa_url, check)


def refusal(sigstore: SigstoreService, *, root: bool = True) -> ToolFailed:
    with pytest.raises(ToolFailed) as caught:
        authority(sigstore, root=root).stamp(SIGNATURE)
    return caught.value


@pytest.mark.parametrize("root", [True, False])
def test_a_timestamp(sigstore: SigstoreService, root: bool) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    data = authority(sigstore, root=root).stamp(SIGNATURE)
    at, _ = verify_timestamp(data, SIGNATURE, sigstore.root.timestamp_authorities)
    assert before <= at <= datetime.now(UTC)
    assert decode_timestamp_response(data).tst_info.message_imprint.message == hashlib.sha256(SIGNATURE).digest()


def test_the_request_is_that_of_the_rfc() -> None:
    for nonce in (0, 1, 127, 128, 2**63, 2**64 - 1):
        fields = der.Fields(der.read_one(request_for(SIGNATURE, nonce), der.SEQUENCE))
        assert fields.take(der.INTEGER).integer() == 1
        assert fields.take(der.SEQUENCE).value.endswith(hashlib.sha256(SIGNATURE).digest())
        assert fields.take(der.INTEGER).integer() == nonce
        assert fields.take(der.BOOLEAN).value == b"\xff"
        fields.end()


def test_every_request_has_a_number_of_its_own(sigstore: SigstoreService) -> None:
    asked: list[int] = []
    one = TimestampAuthority.at(sigstore.tsa_url, lambda _data, _message, nonce: asked.append(nonce))
    for _ in range(3):
        one.stamp(SIGNATURE)
    assert len(set(asked)) == 3


@pytest.mark.parametrize("root", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        {"nonce": 7},
        {"nonce": None},
        {"imprint": hashlib.sha256(b"another").digest()},
        {"status": 2},
        {"key": ec.generate_private_key(ec.SECP256R1())},
    ],
    ids=["another number", "no number", "another message", "rejected", "another key"],
)
def test_an_answer_that_does_not_hold(sigstore: SigstoreService, root: bool, change: dict[str, object]) -> None:
    sigstore.stamper.change = change
    assert refusal(sigstore, root=root).code == "TIMESTAMP_ANSWER"


def test_an_authority_that_the_root_does_not_name(sigstore: SigstoreService) -> None:
    with SigstoreService() as other:
        known = other.root.timestamp_authorities
        one = TimestampAuthority.at(sigstore.tsa_url, partial(_held, known))
        with pytest.raises(ToolFailed) as caught:
            one.stamp(SIGNATURE)
    assert caught.value.code == "TIMESTAMP_ANSWER"
    assert "trusted root" in caught.value.hint


def _held(known: object, data: bytes, message: bytes, nonce: int) -> None:
    check_answer(data, message, nonce, authorities=known)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [b"", b"<html>", b"0\x00", b"0" * 500])
def test_an_answer_that_is_none(sigstore: SigstoreService, body: bytes) -> None:
    sigstore.faults["/tsa"] = [lambda handler: handler.reply(200, body, "application/timestamp-reply")]
    assert refusal(sigstore).code == "TIMESTAMP_ANSWER"


def test_refused(sigstore: SigstoreService) -> None:
    sigstore.faults["/tsa"] = [refuse(403, "not you")]
    error = refusal(sigstore)
    assert error.code == "TIMESTAMP_REFUSED"
    assert "not you" in error.found
