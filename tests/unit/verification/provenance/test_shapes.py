"""Shapes of provenance: what they read, and that nothing signed can break the reader in a way of its own."""

from __future__ import annotations

import copy
import json
import random

import pytest

from supplychain.errors import SupplychainError
from supplychain.statement.statement import Statement
from supplychain.verification.provenance import cloud_build
from supplychain.verification.provenance.checks import check_common, reference_of
from supplychain.verification.provenance.forgeable import check_certificate
from supplychain.verification.provenance.shapes import read_shape
from supplychain.verification.provenance.workflow import workflow_of
from supplychain.verification.sigstore.claims import Claims
from tests.conformance.forge import ISSUER
from tests.unit.verification.provenance import test_cloud_build as google
from tests.unit.verification.provenance.made import (
    ARTIFACT,
    EXPECTED,
    RELEASE,
    SHA,
    SHOP,
    attestation,
    delegated,
    generic,
)
from tests.unit.verification.provenance.test_npm_packages import old_client

ODD = (None, True, 0, -1, 1.5, "", "x", "a@b@c", [], [None], [[]], {}, {"a": None}, {"": ""}, "refs/tags/", "git+")
WORKFLOW = workflow_of(
    Claims(
        identity=f"{RELEASE}@refs/tags/v1.2.3",
        identity_kind="uri",
        issuer=ISSUER,
        source_repository_uri=SHOP,
        source_repository_digest=SHA,
        source_repository_ref="refs/tags/v1.2.3",
        build_trigger="push",
    ),
    where="made",
)


def broken(value: object, chance: random.Random) -> object:
    """A copy with one part, chosen at random, replaced by something odd, removed or added."""
    done = copy.deepcopy(value)
    places: list[tuple[dict | list, object]] = []

    def walk(item: object) -> None:
        if isinstance(item, dict):
            places.extend((item, key) for key in item)
            for child in item.values():
                walk(child)
        elif isinstance(item, list):
            places.extend((item, number) for number in range(len(item)))
            for child in item:
                walk(child)

    walk(done)
    place, key = chance.choice(places)
    match chance.randrange(4):
        case 0 if isinstance(place, dict):
            del place[key]
        case 1 if isinstance(place, dict):
            place[f"{key}".swapcase()] = chance.choice(ODD)
        case _:
            place[key] = chance.choice(ODD)  # type: ignore[index]
    return done


@pytest.mark.parametrize("make", [generic, delegated, attestation, old_client])
def test_odd_statements_are_refused_by_an_error_of_ours(make) -> None:
    chance = random.Random(7)
    good = 0
    for _ in range(800):
        payload = json.dumps(broken(make(), chance)).encode()
        try:
            shape = read_shape(Statement.parse(payload, where="made"), where="made")
            check_common(shape, [ARTIFACT], EXPECTED, where="made")
            reference_of(shape, where="made")
            check_certificate(shape, WORKFLOW, where="made")
        except SupplychainError:
            continue
        good += 1
    assert good == 0  # the certificate above says too little for anything to be believed


def test_odd_documents_of_cloud_build_are_refused_by_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_build, "_signed", lambda *_: True)
    chance = random.Random(7)
    for statement, keyid in google.FORMATS:
        for _ in range(300):
            value = broken(google.described(broken(statement, chance), keyid), chance)  # type: ignore[arg-type]
            try:
                google.verify(value)  # type: ignore[arg-type]
            except SupplychainError:
                continue
