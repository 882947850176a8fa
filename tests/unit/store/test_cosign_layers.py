"""cosign's older layouts, as its version 2.6 left them in a registry, and what becomes of them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.signing.envelope import Envelope
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.store import cosign
from tests.simulator.evidence_registry import EvidenceRegistry

A = Digest.of_bytes(b"a")
PAYLOAD = base64.b64encode(b'{"_type": "https://in-toto.io/Statement/v0.1"}').decode()
ENVELOPE = json.dumps(
    {"payloadType": "application/vnd.in-toto+json", "payload": PAYLOAD, "signatures": [{"keyid": "", "sig": "c2ln"}]}
).encode()
BODY = base64.b64encode(b'{"apiVersion":"0.0.1","kind":"intoto","spec":{}}').decode()
LOG = {
    "SignedEntryTimestamp": "c2V0",
    "Payload": {"body": BODY, "integratedTime": 1700000000, "logIndex": 12345, "logID": "ab" * 32},
}
PEM = "-----BEGIN CERTIFICATE-----\nZGVy\n-----END CERTIFICATE-----\n"
CERTIFICATE, BUNDLE = "dev.sigstore.cosign/certificate", "dev.sigstore.cosign/bundle"
CHAIN, STAMP = "dev.sigstore.cosign/chain", "dev.sigstore.cosign/rfc3161timestamp"
SIGNED = "dev.cosignproject.cosign/signature"


def converted(notes: dict[str, str], data: bytes = ENVELOPE) -> bytes:
    made = cosign.from_layer(cosign.ENVELOPE, data, notes)
    assert made is not None
    return made


def test_a_signature_alone_stays_as_it_is() -> None:
    assert converted({SIGNED: "", "predicateType": "x"}) == ENVELOPE


def test_certificate_log_entry_and_timestamp_become_a_bundle() -> None:
    stamp = json.dumps({"SignedRFC3161Timestamp": "c3RhbXA="})
    made = converted({CERTIFICATE: PEM, CHAIN: PEM + PEM, BUNDLE: json.dumps(LOG), STAMP: stamp})
    bundle = SigstoreBundle.parse(made, where="here")
    assert (bundle.certificate, len(bundle.chain), bundle.timestamps) == (b"der", 2, (b"stamp",))
    assert bundle.envelope is not None
    (entry,) = bundle.entries
    assert (entry.log_index, entry.log_id, entry.integrated_time) == (12345, b"\xab" * 32, 1700000000)
    assert (entry.kind, entry.version, entry.promise) == ("intoto", "0.0.1", b"set")
    assert Envelope.parse(made, where="here").pae() == Envelope.parse(ENVELOPE, where="here").pae()


def test_a_key_with_a_log_entry_becomes_a_bundle() -> None:
    bundle = SigstoreBundle.parse(converted({BUNDLE: json.dumps(LOG)}), where="here")
    assert (bundle.certificate, bundle.key_hint, len(bundle.entries)) == (None, "", 1)


@pytest.mark.parametrize(
    "notes",
    [
        {CERTIFICATE: "-----BEGIN CERTIFICATE-----%%"},
        {CERTIFICATE: PEM, STAMP: "[]"},
        {BUNDLE: "junk"},
        {BUNDLE: "{}"},
        {BUNDLE: json.dumps({**LOG, "Payload": {**LOG["Payload"], "logID": "xyz"}})},  # type: ignore[dict-item]
        {BUNDLE: json.dumps({**LOG, "Payload": {**LOG["Payload"], "body": "e30="}})},  # type: ignore[dict-item]
        {BUNDLE: json.dumps({**LOG, "Payload": {**LOG["Payload"], "body": 5}})},  # type: ignore[dict-item]
        {BUNDLE: "[" * 100_000},
    ],
)
def test_what_cannot_be_converted_is_handed_on(notes: dict[str, str]) -> None:
    assert converted(notes) == ENVELOPE


def test_an_envelope_that_is_none_is_handed_on() -> None:
    assert converted({BUNDLE: json.dumps(LOG)}, b"junk") == b"junk"


def test_a_signature_over_an_image_says_what_it_is() -> None:
    payload = b'{"critical": {"type": "cosign container image signature"}}'
    made = cosign.from_layer(cosign.SIMPLE_SIGNING, payload, {SIGNED: "c2ln"})
    assert made is not None
    envelope = Envelope.parse(made, where="here")
    assert (envelope.payload_type, envelope.payload) == (cosign.SIMPLE_SIGNING, payload)


def test_other_layers_are_no_evidence() -> None:
    assert cosign.from_layer("text/spdx+json", b"{}", {}) is None


@pytest.mark.parametrize("referrers", [True, False])
def test_the_store_reads_them(referrers: bool) -> None:
    with EvidenceRegistry(referrers=referrers) as registry:
        registry.add_cosign(A, ".att", [(ENVELOPE, cosign.ENVELOPE, {SIGNED: ""}), (b"x", "text/plain", {})])
        registry.add_cosign(A, ".sig", [(b"{}", cosign.SIMPLE_SIGNING, {SIGNED: "c2ln"})])
        registry.add_cosign(A, ".sbom", [(b"{}", "text/spdx+json", {})])
        store = registry.store()
        assert store.find(A)[0].data == ENVELOPE
        assert len(store.find(A)) == 2
        assert store.subjects() == (A,)
        assert store.document(Digest.of_bytes(b"{}")) == b"{}"


def test_the_store_in_a_folder_takes_what_came_of_them(tmp_path: Path) -> None:
    from supplychain.store.directory import DirectoryStore

    made = converted({CERTIFICATE: PEM, BUNDLE: json.dumps(LOG)})
    store = DirectoryStore(tmp_path)
    store.put([A], "x", made)
    assert store.find(A)[0].data == made
