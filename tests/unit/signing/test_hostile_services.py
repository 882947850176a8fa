"""Answers changed at any byte: a service that lies, or a line that garbles, is refused with a reason and never crashes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.pipeline.signers import check_bundle
from supplychain.signing.keyless import KeylessSigner
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.signing.log import Log
from supplychain.signing.registry import load_signer
from supplychain.signing.timestamp import request_for
from supplychain.signing.witnessed import with_material
from supplychain.verification.sigstore.timestamp import Timestamp
from supplychain.verification.sigstore.timestamp_answer import check_answer
from tests.simulator.sigstore_service import SigstoreService

PATHS = {1: "/api/v1/log/entries", 2: "/api/v2/log/entries"}
CERT = "/api/v2/signingCert"


def changed(body: bytes, how: random.Random) -> bytes:
    """One byte changed, a piece cut out, or the end missing."""
    at = how.randrange(len(body))
    kind = how.randrange(4)
    if kind == 0:
        return body[:at]
    if kind == 1:
        return body[:at] + body[at + how.randrange(1, 9) :]
    return body[:at] + bytes([body[at] ^ how.randrange(1, 256)]) + body[at + 1 :]


@pytest.mark.parametrize("root", [True, False])
def test_a_timestamp_changed_at_any_byte(sigstore: SigstoreService, root: bool) -> None:
    known = sigstore.root.timestamp_authorities if root else None
    good = sigstore.stamper.answer(request_for(b"signature", 4711))
    check_answer(good, b"signature", 4711, authorities=known)
    accepted, codes = [], set()
    for at in range(len(good)):
        for flip in (0x01, 0x80):
            bad = good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
            try:
                check_answer(bad, b"signature", 4711, authorities=known)
            except VerificationFailed as error:
                codes.add(error.code)
            else:
                accepted.append((at, bad))
    assert codes == {"TIMESTAMP_INVALID"}
    # Versions, the list of digest algorithms and, with a root, the certificates that come along are signed by nobody
    # and gone by by nobody. What is gone by is as it was.
    honest = Timestamp.parse(good)
    for _, bad in accepted:
        found = Timestamp.parse(bad)
        for name in ("at", "imprint", "nonce", "content", "signed", "signature", "signer_serial"):
            assert getattr(found, name) == getattr(honest, name)


@pytest.mark.parametrize("version", [1, 2])
def test_a_log_entry_changed_anyhow(sigstore: SigstoreService, tmp_path: Path, version: int) -> None:
    (tmp_path / "key.pem").write_bytes(generate_pem()[0])
    key = LocalKey.load(tmp_path / "key.pem")
    envelope = key.sign_payload("application/vnd.in-toto+json", b"{}")
    log, root, pem = Log.at(f"{sigstore.url}/api/v{version}"), sigstore.root, key.public_key.pem
    honest = log.append(envelope, pem)
    index = int(honest["logIndex"])
    answers = sigstore.rekor[version]
    good = json.dumps(answers.entry_1(index) if version == 1 else answers.entry_2(index)).encode()
    how, refused = random.Random(version), 0
    for _ in range(150):
        bad = changed(good, how)
        sigstore.faults[PATHS[version]] = [lambda handler, body=bad: handler.reply(201, body, "application/json")]
        try:
            entry = log.append(envelope, pem)
            check_bundle(with_material(envelope, tlogEntries=[entry]).to_bundle(), pem, root=root)
        except SupplychainError:
            refused += 1
        else:
            # Rekor v1 answers under a name of the entry that nothing goes by; white space says nothing either.
            assert {**entry, "logIndex": None} == {**honest, "logIndex": None} or _same_proof(entry, honest)
    assert refused > 100


def _same_proof(entry: dict[str, Any], honest: dict[str, Any]) -> bool:
    """The same body, whose proof may lead to another checkpoint of the same log."""
    return entry["canonicalizedBody"] == honest["canonicalizedBody"]


def test_a_certificate_changed_anyhow(sigstore: SigstoreService, tmp_path: Path) -> None:
    config, token = sigstore.write_config(tmp_path), sigstore.write_token(tmp_path)
    how, made = random.Random(3), 0
    for _ in range(80):
        one = load_signer(f"sigstore:?trust-config={config}", identity_token=token)
        assert isinstance(one, KeylessSigner)

        def garbled(handler: Any) -> None:
            said = json.dumps(sigstore.authority.signing_cert(handler.headers["Authorization"], handler.body)).encode()
            handler.reply(201, changed(said, how), "application/json")

        sigstore.faults[CERT] = [garbled]
        try:
            envelope = one.sign_payload("application/vnd.in-toto+json", b"{}")
            check_bundle(envelope.to_bundle(), one.make(b"").pem, root=sigstore.root)
        except SupplychainError:
            continue
        made += 1
    assert made == 0, "without a log entry or a timestamp nothing of this is ever enough"
