"""Timestamps: what an authority must have signed, and who counts as one."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.timestamp import Timestamp, verify_timestamp
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from tests.conformance.forge import NOW, TIME_STAMPING, Instance, b64, certificate, der
from tests.conformance.forged import instance

MESSAGE = b"a signature"
OTHER = ec.generate_private_key(ec.SECP256R1())


def authorities(inst: Instance | None = None, chain: list | None = None, **changes):
    body = (inst or instance()).trusted_root(**changes)
    if chain is not None:
        held = [{"rawBytes": b64(der(c))} for c in chain]
        body["timestampAuthorities"][0]["certChain"]["certificates"] = held
    return TrustedRoot.parse(json.dumps(body).encode(), where="root").timestamp_authorities


def refused(data: bytes, message: bytes = MESSAGE, known=None) -> VerificationFailed:
    with pytest.raises(VerificationFailed) as caught:
        verify_timestamp(data, message, known if known is not None else authorities())
    assert caught.value.code == "TIMESTAMP_INVALID"
    return caught.value


@pytest.mark.parametrize("embed", [False, True])
def test_a_good_timestamp_tells_its_time(embed: bool) -> None:
    data = instance().timestamp(MESSAGE, embed=embed)
    assert verify_timestamp(data, MESSAGE, authorities()) == (NOW, "https://tsa.test")


def test_a_timestamp_of_another_message_is_refused() -> None:
    refused(instance().timestamp(b"another"))


def test_a_signature_by_another_key_is_refused() -> None:
    refused(instance().timestamp(MESSAGE, key=OTHER))


def test_an_authority_that_nobody_named_proves_nothing() -> None:
    stranger = Instance()
    signer = certificate("stranger", stranger.tsa_key, usage=[TIME_STAMPING], critical=True, ca=False)
    for embed in (False, True):
        data = stranger.timestamp(MESSAGE, signer=signer, embed=embed)
        assert "nobody" in refused(data).message
    refused(instance().timestamp(MESSAGE), known=())


def test_an_authority_with_the_same_name_and_another_key_is_refused() -> None:
    refused(Instance().timestamp(MESSAGE, embed=True))


def test_an_authority_is_trusted_in_its_period_only() -> None:
    data = instance().timestamp(MESSAGE)
    before = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    assert "https://tsa.test" in refused(data, known=authorities(timestampAuthorities=before)).expected


@pytest.mark.parametrize(
    "options",
    [
        {"usage": [TIME_STAMPING]},
        {"usage": None},
        {"usage": [ExtendedKeyUsageOID.CODE_SIGNING], "critical": True},
        {"usage": [TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING], "critical": True},
        {"usage": [TIME_STAMPING], "critical": True, "end": NOW - timedelta(days=1)},
        {"usage": [TIME_STAMPING], "critical": True, "start": NOW + timedelta(days=1)},
    ],
    ids=["not critical", "none", "code signing", "two purposes", "expired", "not yet"],
)
def test_certificates_that_are_not_for_timestamps_are_refused(options: dict) -> None:
    inst = instance()
    signer = certificate("tsa", inst.tsa_key, issuer=(inst.tsa_root, inst.root_key), ca=False, **options)
    refused(inst.timestamp(MESSAGE, signer=signer), known=authorities(chain=[signer, inst.tsa_root]))


def test_a_chain_without_its_root_is_refused() -> None:
    refused(instance().timestamp(MESSAGE), known=authorities(chain=[instance().tsa]))


def test_a_root_without_the_signer_takes_the_one_in_the_token() -> None:
    data = instance().timestamp(MESSAGE, embed=True)
    assert verify_timestamp(data, MESSAGE, authorities(chain=[instance().tsa_root])) == (NOW, "https://tsa.test")
    bare = instance().timestamp(MESSAGE)
    refused(bare, known=authorities(chain=[instance().tsa_root]))


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x00", b"\x30\x80\x00\x00", b"\x30\x03\x02\x01\x02", b"\x30\x05\x30\x03\x02\x01\x02"]
)
def test_what_is_no_timestamp_is_refused(data: bytes) -> None:
    refused(data)


def test_a_refusal_of_the_authority_is_no_timestamp() -> None:
    data = bytearray(instance().timestamp(MESSAGE))
    position = data.index(b"\x30\x03\x02\x01\x00") + 4
    data[position] = 2
    assert "status 2" in refused(bytes(data)).found


def test_bytes_after_the_timestamp_are_refused() -> None:
    refused(instance().timestamp(MESSAGE) + b"\0")


def test_fractions_of_a_second_are_kept() -> None:
    data = instance().timestamp(MESSAGE)
    assert Timestamp.parse(data).at == NOW
