"""Bundles and the wrappings they arrive in: strict reading, one meaning."""

from __future__ import annotations

import base64
import copy
import json

import pytest

from supplychain.errors import MalformedInput
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.provenance.evidence import family_of
from supplychain.verification.sigstore.formats import cosign_bundle, parse_bundles
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.conformance.forge import ARTIFACT
from tests.conformance.forged import SIGNER, bundle, instance, pem_of

GOOD = bundle(media="0.2")
ENTRY = ("verificationMaterial", "tlogEntries", 0)


def changed(path: tuple, value: object, body: dict = GOOD) -> dict:
    body = copy.deepcopy(body)
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return body


def refused(body: object) -> None:
    with pytest.raises(MalformedInput) as caught:
        SigstoreBundle.parse(json.dumps(body).encode(), where="x.json")
    assert caught.value.where == "x.json"
    assert caught.value.code in ("NOT_A_BUNDLE", "NOT_AN_OBJECT")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("mediaType",), "application/vnd.dev.sigstore.bundle+json;version=0.4"),
        (("mediaType",), ...),
        (("verificationMaterial",), ...),
        (("verificationMaterial",), []),
        (("verificationMaterial", "x509CertificateChain", "certificates"), []),
        (("verificationMaterial", "x509CertificateChain"), ...),
        (("verificationMaterial", "publicKey"), {"hint": "x"}),
        (("verificationMaterial", "unknown"), 1),
        (("messageSignature",), {"signature": "AAAA"}),
        (("dsseEnvelope",), ...),
        (("dsseEnvelope", "payload"), "AAB="),
        (("dsseEnvelope", "payload"), ""),
        (("dsseEnvelope", "signatures"), [{"keyid": ""}]),
        ((*ENTRY, "logIndex"), "-1"),
        ((*ENTRY, "logIndex"), -1),
        ((*ENTRY, "logIndex"), True),
        ((*ENTRY, "logIndex"), 1.0),
        ((*ENTRY, "logIndex"), "1e3"),
        ((*ENTRY, "logIndex"), "007"),
        ((*ENTRY, "logIndex"), "9223372036854775808"),
        ((*ENTRY, "integratedTime"), "-5"),
        ((*ENTRY, "kindVersion"), ...),
        ((*ENTRY, "logId"), {}),
        ((*ENTRY, "canonicalizedBody"), ...),
        ((*ENTRY, "inclusionPromise"), {}),
        ((*ENTRY, "inclusionProof", "treeSize"), "0"),
        ((*ENTRY, "inclusionProof", "logIndex"), "5"),
        ((*ENTRY, "inclusionProof", "hashes"), ["AAAA"] * 65),
        (("verificationMaterial", "tlogEntries"), [{}] * 33),
    ],
)
def test_what_the_format_does_not_allow_is_refused(path: tuple, value: object) -> None:
    refused(changed(path, value))


def test_versions_bring_their_own_form_of_certificate_only() -> None:
    new = bundle(media="0.3")
    refused({**new, "mediaType": GOOD["mediaType"]})
    refused({**GOOD, "mediaType": new["mediaType"]})
    refused([])


def test_base64_is_read_as_protobuf_does() -> None:
    data = bytes([250, 251, 252, 253])
    plain = base64.b64encode(data).decode()
    for text in (plain, plain.rstrip("="), base64.urlsafe_b64encode(data).decode(), plain[:3] + "\n" + plain[3:]):
        body = changed(("dsseEnvelope", "payload"), text)
        parsed = SigstoreBundle.parse(json.dumps(body).encode(), where="x")
        assert parsed.envelope is not None
        assert parsed.envelope.payload == data
    for text in (plain[:-1], plain + "=", "+v v8/Q==", "+vv8/R==", "+vv8_Q=="):
        refused(changed(("dsseEnvelope", "payload"), text))


def test_absent_null_and_zero_are_the_same() -> None:
    parsed = SigstoreBundle.from_json(changed((*ENTRY, "inclusionProof"), None), where="x")
    assert parsed.entries[0].proof is None
    parsed = SigstoreBundle.from_json(changed((*ENTRY, "logIndex"), ...), where="x")
    assert parsed.entries[0].log_index == 0


def test_lists_and_lines_of_bundles_are_opened() -> None:
    one, two = bundle(), bundle(keyed=True)
    lines = json.dumps(one) + "\n\n" + json.dumps(two) + "\n"
    listed = json.dumps({"attestations": [{"predicateType": "x", "bundle": one}, {"bundle": two}]})
    for text in (lines, listed):
        first, second = parse_bundles(text.encode(), where="x")
        assert first.certificate is not None
        assert second.key_hint == "a hint"
    (pretty,) = parse_bundles(json.dumps(one, indent=2).encode(), where="x")
    assert pretty == first


@pytest.mark.parametrize(
    "other", ["# a note", "{}", "null", '{"mediaType": "application/of.a.later.version"}', "{" * 200]
)
def test_a_line_that_is_no_evidence_is_passed_over(other: str) -> None:
    """In-toto's bundle: consumers ignore lines that they do not recognise, and their order says nothing."""
    good = json.dumps(bundle())
    for lines in ((other, good), (good, other), (other, good, other)):
        data = "\n".join(lines).encode()
        assert len(parse_bundles(data, where="x")) == 1
        assert family_of(data, where="x") in ("certificate", "keyed")
    assert family_of(f"# a note\n{good}".encode(), where="x") == "certificate"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "not json", '{"attestations": []}', '{"attestations": [1]}', "{}\n{}", '{"a": 1}\nx']
)
def test_files_that_hold_no_bundle_are_refused(text: str) -> None:
    with pytest.raises(MalformedInput):
        parse_bundles(text.encode(), where="x")


def test_a_layer_of_cosign_verifies_by_its_annotations() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    leaf = instance().issue(key)
    whole = bundle("intoto", "0.0.1", key=key, certificate=leaf, media="0.1")
    entry = whole["verificationMaterial"]["tlogEntries"][0]
    payload = {
        "body": entry["canonicalizedBody"],
        "integratedTime": int(entry["integratedTime"]),
        "logIndex": int(entry["logIndex"]),
        "logID": base64.b64decode(entry["logId"]["keyId"]).hex(),
    }
    promise = entry["inclusionPromise"]["signedEntryTimestamp"]
    annotations = {
        "dev.sigstore.cosign/certificate": pem_of(leaf).decode(),
        "dev.sigstore.cosign/bundle": json.dumps({"SignedEntryTimestamp": promise, "Payload": payload}),
    }
    parsed = cosign_bundle(json.dumps(whole["dsseEnvelope"] | {}).encode(), annotations, where="layer")
    root = TrustedRoot.parse(json.dumps(instance().trusted_root()).encode(), where="root")
    verified = verify_bundle(parsed, artifact=ARTIFACT, trusted_root=root, signer=SIGNER)
    assert not verified.entries[0].proven
    for broken in ({"Payload": payload}, {"SignedEntryTimestamp": promise}, {"Payload": 1}, {}):
        annotations["dev.sigstore.cosign/bundle"] = json.dumps(broken)
        with pytest.raises(MalformedInput):
            cosign_bundle(json.dumps(whole["dsseEnvelope"]).encode(), annotations, where="layer")
