"""Appending to Rekor v1 and v2: once, whatever happens, and only what the log can hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.signing.log import Log, without_promise
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.signing.witnessed import with_material
from supplychain.verification.sigstore.facts import ManagedKey, Requirements, VerifiedBundle
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.simulator.sigstore_service import SigstoreService, refuse

LOGGED = Requirements(log_entries=1, times=0, scts=0)
PATHS = {1: "/api/v1/log/entries", 2: "/api/v2/log/entries"}


def signed(tmp_path: Path, kind: Any = "ecdsa-p256", payload: bytes = b"{}") -> tuple[LocalKey, Envelope]:
    (tmp_path / "key.pem").write_bytes(generate_pem(kind)[0])
    key = LocalKey.load(tmp_path / "key.pem")
    return key, key.sign_payload("application/vnd.in-toto+json", payload)


def log(sigstore: SigstoreService, version: int) -> Log:
    return Log.at(f"{sigstore.url}/api/v{version}")


def verified(sigstore: SigstoreService, envelope: Envelope, key: LocalKey, entry: dict[str, Any]) -> VerifiedBundle:
    whole = with_material(envelope, tlogEntries=[entry])
    body = {"mediaType": BUNDLE_TYPE, "verificationMaterial": whole.material, "dsseEnvelope": whole.to_json()}
    bundle = SigstoreBundle.from_json(body, where="")
    signer = ManagedKey.of(key.public_key)
    return verify_bundle(bundle, artifact=None, trusted_root=sigstore.root, signer=signer, requirements=LOGGED)


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ("ecdsa-p256", 1),
        ("ecdsa-p384", 1),
        ("ed25519", 1),
        ("rsa-2048", 1),
        ("ecdsa-p256", 2),
        ("ecdsa-p384", 2),
        ("rsa-2048", 2),
    ],
)
def test_what_is_appended_verifies(sigstore: SigstoreService, tmp_path: Path, kind: str, version: int) -> None:
    key, envelope = signed(tmp_path, kind)
    found = verified(sigstore, envelope, key, log(sigstore, version).append(envelope, key.public_key.pem))
    assert found.entries[0].proven
    assert [entry.kind for entry in found.entries] == ["dsse" if version == 1 else "hashedrekord"]
    assert bool(found.times) is (version == 1), "only a log of version 1 says when"


@pytest.mark.parametrize("version", [1, 2])
def test_every_place_in_a_growing_tree(sigstore: SigstoreService, tmp_path: Path, version: int) -> None:
    indexes = []
    for number in range(11):
        key, envelope = signed(tmp_path, payload=b"%d" % number)
        entry = log(sigstore, version).append(envelope, key.public_key.pem)
        indexes.append(verified(sigstore, envelope, key, entry).entries[0].index)
    assert indexes == list(range(indexes[0], indexes[0] + 11))


@pytest.mark.parametrize("version", [1, 2])
def test_to_append_twice_is_to_append_once(sigstore: SigstoreService, tmp_path: Path, version: int) -> None:
    key, envelope = signed(tmp_path)
    size = len(sigstore.rekor[version].bodies)
    first = log(sigstore, version).append(envelope, key.public_key.pem)
    again = log(sigstore, version).append(envelope, key.public_key.pem)
    assert first["logIndex"] == again["logIndex"]
    assert len(sigstore.rekor[version].bodies) == size + 1
    assert verified(sigstore, envelope, key, again)


def test_without_the_promise_the_proof_stands(sigstore: SigstoreService, tmp_path: Path) -> None:
    key, envelope = signed(tmp_path)
    entry = without_promise(log(sigstore, 1).append(envelope, key.public_key.pem))
    found = verified(sigstore, envelope, key, entry)
    assert found.entries[0].proven
    assert not found.times


@pytest.mark.parametrize("version", [1, 2])
def test_a_log_refuses_what_does_not_hold(sigstore: SigstoreService, tmp_path: Path, version: int) -> None:
    _, envelope = signed(tmp_path)
    other, _ = signed(tmp_path)
    with pytest.raises(ToolFailed) as caught:
        log(sigstore, version).append(envelope, other.public_key.pem)
    assert caught.value.code == "LOG_REFUSED"


def test_a_log_of_version_2_takes_no_ed25519_over_envelopes(sigstore: SigstoreService, tmp_path: Path) -> None:
    key, envelope = signed(tmp_path, "ed25519")
    with pytest.raises(UsageError) as caught:
        log(sigstore, 2).append(envelope, key.public_key.pem)
    assert caught.value.code == "LOG_KEY"
    assert sigstore.count(PATHS[2]) == 0


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"a": {}, "b": {}}', b'{"a": {"body": "?"}}'])
def test_an_answer_that_is_none(sigstore: SigstoreService, tmp_path: Path, version: int, body: bytes) -> None:
    key, envelope = signed(tmp_path)
    sigstore.faults[PATHS[version]] = [lambda handler: handler.reply(201, body, "application/json")]
    with pytest.raises(SupplychainError):
        verified(sigstore, envelope, key, log(sigstore, version).append(envelope, key.public_key.pem))


def test_a_conflict_that_leads_elsewhere(sigstore: SigstoreService, tmp_path: Path) -> None:
    key, envelope = signed(tmp_path)
    for place in ("http://127.0.0.1:1/x", "/api/v1/log/entries/../../secrets", ""):
        sigstore.faults[PATHS[1]] = [refuse(409, Location=place)]
        with pytest.raises(ToolFailed) as caught:
            log(sigstore, 1).append(envelope, key.public_key.pem)
        assert caught.value.code == "LOG_ANSWER"


def test_addresses() -> None:
    assert Log.at("https://rekor.example/").url == "https://rekor.example/api/v1"
    assert Log.at("https://rekor.example/api/v1").url == "https://rekor.example/api/v1"
    assert Log.at("https://rekor.example/api/v2/").url == "https://rekor.example/api/v2"
    assert Log.at("https://rekor.example/a/api/v2").service.url == "https://rekor.example/a"
