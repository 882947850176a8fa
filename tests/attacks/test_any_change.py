"""10,000 changes of signed evidence, by `verify` with a trust file: none is accepted as saying anything else.

A change is one byte: of the file as it lies there, or - half of them - of what stands in it as base64, encoded again, so
that the form is good and only what it says is not. Accepted means: verified, with another meaning. The
meaning of evidence is everything a decision can rest on: the signed bytes, the artifact, the signers, the level, and
the trusted time. White space, escapes and the order of fields in JSON, and the key hint, are neither signed nor part of
it; so a change there may verify, and then all of that is the same. Every bit of payload, type and signature by itself
stands in `test_byte_flipped`.

What is not looked at cannot be changed to any effect: without a log asked for, the log entry beside a key's signature.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.signing.envelope import Envelope
from supplychain.signing.identity import PublicKey
from supplychain.verification.certificates import CertificateRule
from supplychain.verification.root_choice import RootChoice
from supplychain.verification.trust import Identity, Rule, Trust
from supplychain.verification.verifier import verify
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, REPOSITORY, SUBJECT, root_bytes, sign, stamp
from tests.simulator.keys import pem_pair
from tests.simulator.world import AT

ARTIFACT = Artifact(name="shop-1.0.whl", digest=Digest.of_bytes(b"shop"))
STATEMENT = evidence.provenance([ARTIFACT], at=NOW, builder=SUBJECT)
RULE = Rule(
    claims=("https://slsa.dev/provenance/v1",),
    signers=frozenset({"it"}),
    threshold=1,
    artifacts=("shop-*",),
    builders=((SUBJECT, 3),),
)


@dataclass(frozen=True)
class Case:
    """Evidence, and the trust file that believes it."""

    data: bytes
    trust: Trust


def trust_in(identity: Identity, root: bytes = b"") -> Trust:
    return Trust(identities={"it": identity}, rules=(RULE,), root=RootChoice(file="root", data=root or root_bytes()))


@cache
def keyed() -> Case:
    key = PublicKey.parse(pem_pair("release")[1], where="")
    envelope = json.loads(stamp(STATEMENT, "release"))
    del envelope["verificationMaterial"]["tlogEntries"]
    return Case(json.dumps(envelope).encode(), trust_in(Identity(name="it", key=key)))


@cache
def bare() -> Case:
    case = keyed()
    return Case(json.dumps(json.loads(case.data)["dsseEnvelope"]).encode(), case.trust)


@cache
def logged() -> Case:
    """By a key that has since been revoked: only the log's time makes it good."""
    key = PublicKey.parse(pem_pair("release")[1], where="")
    identity = Identity(name="it", key=key, log=True, revoked=NOW + timedelta(seconds=1))
    return Case(stamp(STATEMENT, "release"), trust_in(identity))


@cache
def keyless() -> Case:
    rule = CertificateRule(issuer=ISSUER, subject=SUBJECT, claims={"repository": (REPOSITORY,)})
    return Case(sign(STATEMENT), trust_in(Identity(name="it", certificate=rule, log=True)))


@cache
def keyless_2() -> Case:
    """Rekor v2, whose entries carry no time: a timestamp does."""
    return Case(sign(STATEMENT, kind="hashedrekord", version="0.0.2"), keyless().trust)


def meaning(data: bytes, trust: Trust) -> Any:
    """Everything a decision could rest on; None when it is refused. Anything but our own errors is a failure."""
    try:
        found = verify(
            [("x", Envelope.parse(data, where="x"))], trust, artifact=ARTIFACT.digest, name=ARTIFACT.name, at=AT
        )
    except SupplychainError:
        return None
    return found.statement.payload, found.artifact, found.signers, found.builder_level, found.signed_at


def change(data: bytes, chance: random.Random) -> bytes:
    """One byte of a file replaced, deleted or inserted."""
    at = chance.randrange(len(data))
    match chance.randrange(4):
        case 0:
            return data[:at] + data[at + 1 :]
        case 1:
            return data[:at] + bytes([chance.randrange(256)]) + data[at:]
        case 2:
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        case _:
            return data[:at] + bytes([(data[at] + chance.randrange(1, 256)) % 256]) + data[at + 1 :]


def change_inside(data: bytes, chance: random.Random) -> bytes:
    """One byte of one value changed; of what it encodes, where it is base64."""
    body = json.loads(data)
    *steps, last = chance.choice(strings(body))
    place = body
    for step in steps:
        place = place[step]
    text = str(place[last])
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if base64.b64encode(raw).decode() == text and raw:
        place[last] = base64.b64encode(change(raw, chance)).decode()
    else:
        place[last] = change(text.encode(), chance).decode("latin-1")
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("make", "times"),
    [(keyed, 4400), (bare, 4400), (logged, 400), (keyless, 400), (keyless_2, 400)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_ten_thousand_changes(make: Callable[[], Case], times: int) -> None:
    case, chance = make(), random.Random(make.__name__)
    whole = meaning(case.data, case.trust)
    assert whole is not None
    damaged = [(change if n % 2 else change_inside)(case.data, chance) for n in range(times)]
    found = [meaning(data, case.trust) for data in damaged]
    assert [one for one in found if one not in (None, whole)] == []
    assert found.count(None) > times * 0.5, "most of the file matters"


def strings(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every text and number in JSON."""
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in strings(item, (*path, name))]
    if isinstance(value, list):
        return [found for n, item in enumerate(value) for found in strings(item, (*path, n))]
    return [path]


NEUTRAL = {"hint", "keyid"}
"""Fields that are not signed and not believed."""


@pytest.mark.parametrize("make", [keyed, logged, keyless, keyless_2], ids=lambda make: make.__name__)
def test_every_value_of_a_bundle_matters(make: Callable[[], Case]) -> None:
    """One character of every value changed, alphabet kept, so that it is read and must be refused for what it says."""
    case, chance = make(), random.Random(make.__name__)
    value = json.loads(case.data)
    whole, loose = meaning(case.data, case.trust), set()
    for path in strings(value):
        body = json.loads(case.data)
        *steps, last = path
        place = body
        for step in steps:
            place = place[step]
        text = str(place[last])
        at = chance.randrange(len(text))
        place[last] = text[:at] + chance.choice([c for c in "AZaz09" if c != text[at]]) + text[at + 1 :]
        found = meaning(json.dumps(body).encode(), case.trust)
        assert found in (None, whole), path
        if found is not None:
            loose.add(path[-1])
    # A promise and a proof each are enough in Rekor v1, and both are verified; nothing else may be loose.
    assert loose <= NEUTRAL | {"mediaType"} if make is keyed else loose <= NEUTRAL, loose


ROOT_PARTS = ["tlogs", "ctlogs", "certificateAuthorities"]


@pytest.mark.parametrize("part", ROOT_PARTS)
def test_any_byte_of_the_trusted_root(part: str) -> None:
    """The root is pinned by digest before it is read; and where a change gets past that, it believes nobody new."""
    case, chance = keyless(), random.Random(part)
    whole, root = meaning(case.data, case.trust), root_bytes()
    for _ in range(100):
        damaged = change(root, chance)
        with pytest.raises(SupplychainError) as caught:
            RootChoice(file="root", sha256=Digest.of_bytes(root).hex).with_data(damaged)
        assert caught.value.code == "TRUSTED_ROOT_CHANGED"
        trust = replace(case.trust, root=RootChoice(file="root", data=damaged))
        assert meaning(case.data, trust) in (None, whole)
