"""Evidence of every public shape, changed in any byte and in its form: refused, or it says what it said before.

The forms: each field removed, null, empty, there twice, of another kind; lists with an item twice, out of order or too
much; base64 without its padding, with more of it, with spaces. What a change can do no harm to is not signed and not
believed: white space, the order of fields, padding that protobuf leaves open, a hint, a field that is null where it may
be absent. The keyed and keyless evidence of a trust file is changed in `tests/attacks/test_any_change.py`.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance import cloud_build, npm
from supplychain.verification.provenance.keys import CloudBuildKey, NpmKey
from supplychain.verification.provenance.public import verify_public
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.attacks.test_any_change import change, change_inside, strings
from tests.conformance.forge import ARTIFACT as FILE
from tests.conformance.forge import NOW
from tests.conformance.forged import MEDIA, SIGNER, bundle, managed
from tests.unit.verification.provenance import made
from tests.unit.verification.provenance import test_cloud_build as google
from tests.unit.verification.provenance import test_npm_packages as registry
from tests.unit.verification.provenance.made import ARTIFACT, RELEASE, attestation, delegated, generic, sign

KEY = ec.generate_private_key(ec.SECP256R1())
BY = f"{RELEASE}@refs/tags/v1.2.3"


@dataclass(frozen=True)
class Case:
    """Evidence, and what is asked about it."""

    value: dict[str, Any]
    digest: Digest = ARTIFACT
    expected: Expectations = made.EXPECTED


CASES: dict[str, Callable[[], Case]] = {
    "generator, bundle v0.1": lambda: Case(sign(generic(), media="0.1", kind="intoto", version="0.0.2")),
    "generator, bundle v0.2": lambda: Case(sign(generic(), media="0.2", kind="intoto", version="0.0.1")),
    "generator, bundle v0.3": lambda: Case(sign(generic())),
    "delegator": lambda: Case(sign(delegated(), by=made.DELEGATOR)),
    "GitHub's attestation": lambda: Case(
        sign(attestation(), by=BY, kind="dsse", version="0.0.2"), expected=replace(made.EXPECTED, builder_id=RELEASE)
    ),
    "npm": lambda: Case(registry.package(sign(registry.client(), by=BY)), registry.TARBALL, registry.HOSTED),
    "npm, older client": lambda: Case(
        registry.package(sign(registry.old_client(), by=BY), predicate_type="https://slsa.dev/provenance/v0.2"),
        registry.TARBALL,
        registry.HOSTED,
    ),
    "Cloud Build v0.2": lambda: Case(google.described(google.old()), google.IMAGE, google.EXPECTED),
    "Cloud Build v0.3": lambda: Case(
        google.described(google.old("v0.3"), google.GLOBAL), google.IMAGE, google.EXPECTED
    ),
    "Cloud Build v1": lambda: Case(google.described(google.new(), google.WORKER), google.IMAGE, google.EXPECTED),
}
SIGNATURES = [
    (media, kind, keyed, dsse)
    for media in MEDIA
    for kind, dsse in ((("hashedrekord", "0.0.1"), False), (("dsse", "0.0.1"), True), (("hashedrekord", "0.0.2"), True))
    for keyed in (False, True)
    if media == "0.3" or kind[1] == "0.0.1"
]


@pytest.fixture(autouse=True)
def _our_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    day = timedelta(days=9)
    known = NpmKey(keyid=registry.KEYID, key=registry.REGISTRY_KEY.public_key(), start=NOW - day, end=NOW + day)
    monkeypatch.setattr(npm, "npm_keys", lambda: (known,))
    names = (google.REGIONAL, google.GLOBAL, google.WORKER)
    keys = {name: CloudBuildKey(key=google.KEY.public_key(), dsse=name != google.REGIONAL) for name in names}
    monkeypatch.setattr(cloud_build, "cloud_build_keys", lambda: keys)


def proved(data: bytes, case: Case) -> Any:
    """Everything a decision could rest on; None when it is refused. Anything but our own errors is a failure."""
    try:
        found = verify_public(data, (case.digest,), case.expected, root=made.root(), where="x")
    except SupplychainError:
        return None
    return replace(found, statement=replace(found.statement, predicate={})), found.statement.predicate


def signed(data: bytes, *, keyed: bool) -> Any:
    """The same, of a bundle whose signer is named."""
    who = managed(KEY) if keyed else SIGNER
    try:
        parsed = SigstoreBundle.parse(data, where="x")
        found = verify_bundle(parsed, artifact=FILE, trusted_root=made.root(), signer=who)
    except SupplychainError:
        return None
    return found.payload, found.times


def shapes(value: Any) -> Iterator[bytes]:
    """Every change of form, of every node."""
    for path in nodes(value):
        for other in others(at(value, path)):
            yield json.dumps(put(value, path, other)).encode()
        if path and isinstance(path[-1], str):
            yield json.dumps(put(value, path, ...)).encode()
            yield twice(value, path)
            yield json.dumps(put(value, (*path[:-1], path[-1] + "_"), at(value, path))).encode()


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from nodes(item, (*path, name))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with one node replaced; `...` removes it."""
    if not path:
        return new
    done = copy.deepcopy(value)
    holder = at(done, path[:-1])
    if new is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return done


def twice(value: Any, path: tuple[Any, ...]) -> bytes:
    """The field stands twice; the second time with what stood there first, so that only its form is wrong."""
    mark = "\0here"
    text = json.dumps(put(value, (*path[:-1], mark), at(value, path)))
    return text.replace(json.dumps(mark), json.dumps(path[-1])).encode()


def others(value: Any) -> list[Any]:
    """What could stand in a value's place without being it."""
    odd: list[Any] = [None, [], {}, "", 0, -1, True, [value], {"a": value}]
    match value:
        case list():
            odd += [value * 2, [*value, {}], [{}, *value], value[1:], value[:-1], [None, *value]]
            odd += [list(reversed(value))] if len(value) > 1 else []
        case str():
            odd += [value + " ", " " + value, value + "\n", value + "=", value.rstrip("="), value[:-1], value + "A"]
            odd += [value[:9] + " " + value[9:], value.upper(), value.lower(), value + "\0", value * 2]
        case dict():
            odd += [{**value, "unknown": 1}, dict(reversed(value.items())), list(value.items())]
        case int():
            odd += [value + 1, str(value), float(value), -value]
    return [item for item in odd if json.dumps(item) != json.dumps(value)]


@pytest.mark.parametrize("name", CASES)
def test_any_change_of_provenance(name: str) -> None:
    case, chance = CASES[name](), random.Random(name)
    data = json.dumps(case.value).encode()
    whole = proved(data, case)
    assert whole is not None
    damaged = [(change if n % 2 else change_inside)(data, chance) for n in range(100)]
    found = [(one, proved(one, case)) for one in (*damaged, *shapes(case.value))]
    assert [one[:2000] for one, said in found if said not in (None, whole)] == []
    assert sum(said is None for _, said in found) > len(found) * 0.5, "most of it matters"


@pytest.mark.parametrize(("media", "kind", "keyed", "dsse"), SIGNATURES)
def test_any_change_of_a_signature(media: str, kind: tuple[str, str], keyed: bool, dsse: bool) -> None:
    value, chance = bundle(*kind, dsse=dsse, media=media, keyed=keyed, key=KEY), random.Random(media)
    data = json.dumps(value).encode()
    whole = signed(data, keyed=keyed)
    assert whole is not None
    damaged = [(change if n % 2 else change_inside)(data, chance) for n in range(60)]
    found = [(one, signed(one, keyed=keyed)) for one in (*damaged, *shapes(value))]
    # A key needs no trusted time: one may be lost with the part that states it, and none is ever gained.
    more = [(one, said) for one, said in found if said and (said[0] != whole[0] or not set(said[1]) <= set(whole[1]))]
    assert [one[:2000] for one, _ in more] == []
    assert keyed or all(said in (None, whole) for _, said in found)
    assert sum(said is None for _, said in found) > len(found) * 0.5, "most of it matters"


@pytest.mark.parametrize("media", MEDIA)
def test_a_bad_entry_beside_a_good_one(media: str) -> None:
    """Whatever is put into a bundle must hold, though one good entry would be enough."""
    good = bundle(media=media, key=KEY)
    entries = good["verificationMaterial"]["tlogEntries"]
    foreign = bundle(media=media)["verificationMaterial"]["tlogEntries"][0]
    broken = []
    for path in strings(entries[0]):
        if re.search("hint|keyid", str(path[-1])) is None:
            broken.append(put(entries[0], path, "AAAA" if isinstance(at(entries[0], path), str) else 7))
    for bad in (foreign, *broken):
        for both in ([*entries, bad], [bad, *entries]):
            value = put(good, ("verificationMaterial", "tlogEntries"), both)
            assert signed(json.dumps(value).encode(), keyed=False) is None, bad
