"""Evidence in other wrappings: by a named signer, beside an image, verification summaries of others."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.signing.identity import PublicKey
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance.evidence import family_of
from supplychain.verification.provenance.layout import bundles_in_layout
from supplychain.verification.provenance.named import verify_named
from supplychain.verification.provenance.summary import ExpectedSummary, verify_summary
from supplychain.verification.sigstore.facts import CertificateIdentity
from tests.conformance.forge import ISSUER, b64, pae, pem
from tests.conformance.forge import sign as sign_bytes
from tests.unit.verification.provenance.made import (
    ARTIFACT,
    EXPECTED,
    GENERIC,
    RELEASE,
    attestation,
    changed,
    generic,
    root,
    sign,
)

BY = f"{RELEASE}@refs/tags/v1.2.3"


NOTHING = Expectations()


def named(*values: dict, expected: Expectations = NOTHING, by: str = BY) -> tuple:
    return verify_named(
        [SigstoreBundle.from_json(value, where="made.json") for value in values],
        [ARTIFACT],
        expected,
        signer=CertificateIdentity(identity=by, issuer=ISSUER),
        root=root(),
        where="made.json",
    )


def code_of(call) -> str:
    with pytest.raises(SupplychainError) as caught:
        call()
    return caught.value.code


def test_a_named_signer_is_believed_whatever_it_states() -> None:
    sbom = changed(attestation(), "predicateType", "urn:example:anything")
    found = named(sign(sbom, by=BY), sign(attestation(), by=BY), sign(generic(), by=GENERIC))
    assert [one.statement.predicate_type for one in found] == ["urn:example:anything", "https://slsa.dev/provenance/v1"]
    assert code_of(lambda: named(sign(sbom, by=GENERIC))) == "IDENTITY_MISMATCH"
    assert code_of(lambda: named()) == "NOT_PROVENANCE"


def test_expectations_hold_for_a_named_signer_too() -> None:
    value = sign(attestation(), by=BY)
    named(value, expected=replace(EXPECTED, source_tag="v1.2.3", builder_id=RELEASE))
    for asked, code in (
        ({"source_uri": "github.com/evil/shop"}, "SOURCE_MISMATCH"),
        ({"source_tag": "v2"}, "TAG_MISMATCH"),
        ({"builder_id": "https://github.com/evil"}, "BUILDER_MISMATCH"),
    ):
        assert code_of(lambda asked=asked: named(value, expected=replace(EXPECTED, **asked))) == code
    other = changed(attestation(), "predicateType", "urn:example:anything")
    assert code_of(lambda: named(sign(other, by=BY), expected=EXPECTED)) == "NO_PROVENANCE"
    own = changed(attestation(), "predicate.buildDefinition.buildType", "urn:example:build")
    named(sign(own, by=BY), expected=EXPECTED)
    wrong = replace(EXPECTED, source_versioned_tag="v2")
    assert code_of(lambda: named(sign(own, by=BY), expected=wrong)) == "VERSIONED_TAG_MISMATCH"


def test_families_are_told_by_their_form() -> None:
    keyed = {"payload": "", "payloadType": "x", "signatures": [{"keyid": "", "sig": ""}]}
    lines = b'{"mediaType": "x", "verificationMaterial": {"certificate": {}}}\n{}\n'
    for value, family in (
        (keyed, "keyed"),
        ({"mediaType": "x", "verificationMaterial": {"publicKey": {}}}, "keyed"),
        ({"mediaType": "x", "verificationMaterial": {"x509CertificateChain": {}}}, "certificate"),
        ({**keyed, "signatures": [{"cert": "x"}]}, "certificate"),
        ({"attestations": [{"bundle": {}}]}, "certificate"),
        ({"provenance_summary": {}}, "cloud-build"),
    ):
        assert family_of(json.dumps(value).encode(), where="") == family
    assert family_of(lines, where="") == "certificate"
    assert code_of(lambda: family_of(b"not\njson", where="")) == "NOT_JSON"
    assert code_of(lambda: family_of(b"not json", where="")) == "NOT_JSON"


def test_a_layout_is_only_as_good_as_its_digests() -> None:
    envelope = json.dumps(
        {"payload": b64(b"x"), "payloadType": "y", "signatures": [{"keyid": "", "sig": b64(b"z")}]}
    ).encode()
    blobs = {str(Digest.of_bytes(envelope)): envelope}
    layer = {"mediaType": "application/vnd.dsse.envelope.v1+json", "digest": str(Digest.of_bytes(envelope))}
    manifest = json.dumps({"layers": [layer, {"mediaType": "other"}]}).encode()
    blobs[str(Digest.of_bytes(manifest))] = manifest
    kind = {"kind": "dev.cosignproject.cosign/atts"}
    index = {"manifests": [{"digest": "sha256:x"}, {"digest": str(Digest.of_bytes(manifest)), "annotations": kind}]}

    def read(value: dict, found: dict) -> tuple:
        return bundles_in_layout(json.dumps(value).encode(), lambda digest: found[str(digest)], where="layout")

    (one,) = read(index, blobs)
    assert one.envelope is not None
    assert one.envelope.payload == b"x"
    assert code_of(lambda: read({"manifests": []}, blobs)) == "NOT_A_LAYOUT"
    assert code_of(lambda: read({"manifests": {}}, blobs)) == "NOT_A_LAYOUT"
    swapped = dict.fromkeys(blobs, envelope)
    assert code_of(lambda: read(index, swapped)) == "NOT_A_LAYOUT"
    assert (
        code_of(lambda: read(changed(index, "manifests.1.digest", "sha256:../../etc/passwd"), blobs)) == "NOT_A_DIGEST"
    )


KEY = ec.generate_private_key(ec.SECP256R1())
WANTED = ExpectedSummary(
    subjects=("gce_image_id:7",),
    verifier="https://verifier.example.test",
    resource="image://shop",
    levels=("SLSA_BUILD_LEVEL_2",),
    keyid="theirs",
)


def summary(**changes: object) -> bytes:
    body = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "subject": [{"name": "_", "digest": {"gce_image_id": "7"}}],
        "predicate": {
            "verifier": {"id": "https://verifier.example.test"},
            "resourceUri": "image://shop",
            "verificationResult": "PASSED",
            "verifiedLevels": ["OTHER", "SLSA_BUILD_LEVEL_3"],
        },
    }
    payload = json.dumps(body | changes).encode()
    signature = {"keyid": "theirs", "sig": b64(sign_bytes(KEY, pae(payload)))}
    kind = "application/vnd.in-toto+json"
    return json.dumps({"payload": b64(payload), "payloadType": kind, "signatures": [signature]}).encode()


def check(data: bytes, wanted: ExpectedSummary = WANTED, key=KEY) -> tuple[str, ...]:
    return verify_summary(data, PublicKey.parse(pem(key), where="key"), wanted, where="vsa")


def test_summaries_reach_the_expected_level_or_more() -> None:
    assert "SLSA_BUILD_LEVEL_3" in check(summary())
    for levels in (("OTHER",), ("SLSA_BUILD_LEVEL_3", "OTHER"), ()):
        check(summary(), replace(WANTED, levels=levels))
    for levels in (("SLSA_BUILD_LEVEL_4",), ("SLSA_SOURCE_LEVEL_1",), ("ANOTHER",)):
        assert code_of(lambda levels=levels: check(summary(), replace(WANTED, levels=levels))) == "LEVEL_MISMATCH"


def test_a_signature_may_be_the_bare_pair_of_numbers() -> None:
    value = json.loads(summary())
    payload = json.dumps({"_type": "x"}).encode()
    first, second = decode_dss_signature(sign_bytes(KEY, pae(payload)))
    bare = first.to_bytes(32, "big") + second.to_bytes(32, "big")
    value |= {"payload": b64(payload), "signatures": [{"keyid": "theirs", "sig": b64(bare)}]}
    # The signature holds; what is signed is no summary.
    assert code_of(lambda: check(json.dumps(value).encode())) == "BAD_PREDICATE"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"keyid": ""}, "NO_VALID_SIGNATURE"),
        ({"keyid": "another"}, "NO_VALID_SIGNATURE"),
        ({"subjects": ("gce_image_id:8",)}, "WRONG_ARTIFACT"),
        ({"subjects": ("gce_image_id:7", "sha256:7")}, "WRONG_ARTIFACT"),
        ({"subjects": ()}, "NOTHING_EXPECTED"),
        ({"verifier": "https://evil.test"}, "VERIFIER_MISMATCH"),
        ({"resource": "image://other"}, "RESOURCE_MISMATCH"),
    ],
)
def test_summaries_that_are_not_what_was_expected(wanted: dict, code: str) -> None:
    assert code_of(lambda: check(summary(), replace(WANTED, **wanted))) == code


def test_summaries_of_another_key_kind_or_result() -> None:
    assert code_of(lambda: check(summary(), key=ec.generate_private_key(ec.SECP256R1()))) == "NO_VALID_SIGNATURE"
    assert code_of(lambda: check(summary(predicateType="urn:x"))) == "WRONG_PREDICATE"
    failed = {"verifier": {"id": WANTED.verifier}, "resourceUri": WANTED.resource, "verificationResult": "FAILED"}
    assert code_of(lambda: check(summary(predicate=failed))) == "NOT_PASSED"
