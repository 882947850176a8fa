"""Trusted roots: the embedded ones, given ones, and what is no root."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest

from supplychain.errors import MalformedInput
from supplychain.verification.sigstore.roots import load_root
from supplychain.verification.sigstore.trusted_root import Period, TrustedRoot
from tests.conformance.forged import instance


def parse(body: object) -> TrustedRoot:
    return TrustedRoot.parse(json.dumps(body).encode(), where="root.json")


def test_the_embedded_roots_are_whole() -> None:
    production, staging = load_root(), load_root("staging")
    assert [log.url for log in production.logs] == [
        "https://rekor.sigstore.dev",
        "https://log2025-1.rekor.sigstore.dev",
    ]
    assert len(production.ct_logs) == 2
    assert [len(authority.chain) for authority in production.authorities] == [1, 2]
    assert len(production.timestamp_authorities) == 1
    assert all(log.key_hash == log.log_id for log in production.ct_logs)
    assert len(staging.logs) == 4
    assert {log.url for log in production.logs}.isdisjoint(log.url for log in staging.logs)


def test_a_period_that_nobody_states_is_open() -> None:
    """A key may come without one (protobuf-specs, PublicKey.valid_for); one that is stated has a beginning."""
    body = instance().trusted_root()
    del body["tlogs"][0]["publicKey"]["validFor"]
    assert parse(body).logs[0].valid == Period()


def test_a_period_is_closed_and_open_where_it_says_nothing() -> None:
    first, last = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    period = Period(start=first, end=last)
    assert period.covers(first)
    assert period.covers(last)
    assert not period.covers(last.replace(microsecond=1))
    assert not period.covers(datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
    assert Period().covers(first)
    assert Period(start=first).covers(last)


@pytest.mark.parametrize(
    "details", ["PKIX_ECDSA_P384_SHA_384", "PKIX_ED25519", "PKIX_RSA_PKCS1V15_2048_SHA256", "ML_DSA_65"]
)
def test_a_key_that_is_not_what_it_is_said_to_be_is_left_out(details: str) -> None:
    body = instance().trusted_root()
    body["tlogs"][0]["publicKey"]["keyDetails"] = details
    assert len(parse(body).logs) == 1


def test_a_log_without_an_id_is_named_by_its_key() -> None:
    body = instance().trusted_root()
    del body["tlogs"][0]["logId"]
    assert parse(body).logs[0].log_id == instance().log_id


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("mediaType",), "application/vnd.dev.sigstore.trustedroot+json;version=9"),
        (("mediaType",), None),
        (("tlogs",), {}),
        (("tlogs", 0), "log"),
        (("tlogs", 0, "publicKey"), None),
        (("tlogs", 0, "publicKey", "rawBytes"), "%%%"),
        (("tlogs", 0, "publicKey", "validFor"), {"start": "yesterday"}),
        (("tlogs", 0, "publicKey", "validFor"), {"end": "2027-01-01T00:00:00Z"}),
        (("tlogs", 0, "publicKey", "validFor"), {}),
        (("ctlogs", 0, "publicKey", "validFor"), {"end": "2027-01-01T00:00:00Z"}),
        (("certificateAuthorities", 0, "validFor"), {"end": "2027-01-01T00:00:00Z"}),
        (("timestampAuthorities", 0, "validFor"), {"end": "2027-01-01T00:00:00Z"}),
        (("certificateAuthorities", 0, "certChain", "certificates"), []),
        (("certificateAuthorities", 0, "certChain", "certificates", 0, "rawBytes"), "AAAA"),
        (("certificateAuthorities", 0, "certChain"), None),
    ],
)
def test_what_is_no_trusted_root_is_refused(path: tuple, value: object) -> None:
    body = copy.deepcopy(instance().trusted_root())
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    with pytest.raises(MalformedInput) as caught:
        parse(body)
    assert caught.value.where.startswith("root.json")
