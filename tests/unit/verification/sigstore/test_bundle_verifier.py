"""The whole verifier, on bundles of our own instance: each defect alone, each refused for its own reason."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, SupplychainError, VerificationFailed
from supplychain.verification.sigstore.facts import CERTIFICATE_TIME, Requirements
from tests.conformance.forge import (
    ARTIFACT,
    IDENTITY,
    LOG_HOST,
    NOW,
    Instance,
    b64,
    certificate,
    der,
    fulcio,
    sign,
    statement,
)
from tests.conformance.forged import KINDS, SIGNER, bundle, check, instance, managed, pem_of

OTHER = ec.generate_private_key(ec.SECP256R1())


def refused(code: str, value: dict, **options) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        check(value, **options)
    assert caught.value.code == code, caught.value.diagnostics()
    return caught.value


def material(value: dict) -> dict:
    return value["verificationMaterial"]


def entry(value: dict) -> dict:
    return material(value)["tlogEntries"][0]


@pytest.mark.parametrize(("kind", "version", "dsse"), KINDS)
@pytest.mark.parametrize("keyed", [False, True], ids=["certificate", "key"])
def test_every_kind_of_entry_verifies_by_file_and_by_digest(kind: str, version: str, dsse: bool, keyed: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    value = bundle(kind, version, dsse=dsse, keyed=keyed, key=key)
    signer = managed(key) if keyed else SIGNER
    for artifact in (ARTIFACT, Digest.of_bytes(ARTIFACT)):
        verified = check(value, artifact=artifact, signer=signer)
        assert verified.artifact == Digest.of_bytes(ARTIFACT)
        assert verified.entries[0].proven
        assert (verified.entries[0].kind, verified.entries[0].version) == (kind, version)
        assert [time.at for time in verified.times] == [NOW]
        assert (verified.claims is None) == keyed
        assert verified.payload == (statement() if dsse else None)
    refused("WRONG_ARTIFACT", value, artifact=b"another", signer=signer)


@pytest.mark.parametrize("media", ["0.1", "0.2", "0.3"])
def test_every_version_verifies(media: str) -> None:
    verified = check(bundle(media=media))
    assert verified.entries[0].proven == (media != "0.1")
    assert verified.claims is not None
    assert verified.claims.identity == IDENTITY
    assert verified.claims.source_repository_uri == "https://github.com/example/shop"


def test_a_newer_bundle_must_bring_a_proof() -> None:
    value = bundle(media="0.2")
    del entry(value)["inclusionProof"]
    refused("NOT_IN_LOG", value)
    value = bundle(media="0.2")
    del entry(value)["inclusionProof"]["checkpoint"]
    refused("NOT_IN_LOG", value)


def test_the_oldest_bundle_must_bring_a_promise() -> None:
    value = bundle(media="0.1")
    del entry(value)["inclusionPromise"]
    refused("NOT_IN_LOG", value)


def test_a_time_without_a_promise_is_nobodys_word() -> None:
    value = bundle()
    del entry(value)["inclusionPromise"]
    refused("NO_TRUSTED_TIME", value)


def test_a_log_entry_is_demanded() -> None:
    value = bundle(stamp_at=NOW)
    material(value)["tlogEntries"] = []
    refused("NOT_IN_LOG", value)
    assert check(value, requirements=Requirements(log_entries=0)).entries == ()


def test_the_same_entry_twice_is_refused() -> None:
    value = bundle()
    material(value)["tlogEntries"] *= 2
    refused("NOT_IN_LOG", value)


@pytest.mark.parametrize("field", ["logIndex", "integratedTime"])
def test_what_the_promise_covers_cannot_change(field: str) -> None:
    value = bundle()
    entry(value)[field] = str(int(entry(value)[field]) + 1)
    refused("PROMISE_INVALID", value)


def test_an_unknown_log_is_refused() -> None:
    value = bundle()
    entry(value)["logId"]["keyId"] = b64(b"x" * 32)
    refused("UNKNOWN_LOG", value)


@pytest.mark.parametrize(("at", "good"), [(0, True), (-1, False)])
@pytest.mark.parametrize("side", ["start", "end"])
@pytest.mark.parametrize("what", ["tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"])
def test_periods_of_the_root_are_closed(what: str, side: str, at: int, good: bool) -> None:
    moment = NOW + timedelta(seconds=at if side == "end" else -at)
    period = {"start": "2020-01-01T00:00:00Z", side: moment.isoformat()}
    value = bundle("hashedrekord", "0.0.2") if what == "timestampAuthorities" else bundle()
    root = instance().trusted_root(**{what: period})
    if good:
        check(value, root=root)
        return
    codes = {
        "tlogs": "UNKNOWN_LOG",
        "ctlogs": "SCT_INVALID",
        "certificateAuthorities": "CERTIFICATE_UNTRUSTED",
        "timestampAuthorities": "TIMESTAMP_INVALID",
    }
    refused(codes[what], value, root=root)


def test_a_rekor_v2_log_is_trusted_at_the_time_of_the_timestamp_only() -> None:
    ended = instance().trusted_root(tlogs={"start": "2020-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"})
    refused("UNKNOWN_LOG", bundle("hashedrekord", "0.0.2"), root=ended)


def test_checkpoint_of_another_tree_is_refused() -> None:
    value = bundle()
    proof = entry(value)["inclusionProof"]
    proof["checkpoint"]["envelope"] = instance().checkpoint(b"r" * 32, 5, v2=False)
    refused("CHECKPOINT_INVALID", value)
    proof["checkpoint"]["envelope"] = instance().checkpoint(base64.b64decode(proof["rootHash"]), 6, v2=False)
    refused("CHECKPOINT_INVALID", value)


def test_checkpoint_by_another_key_is_refused() -> None:
    value = bundle()
    proof = entry(value)["inclusionProof"]
    proof["checkpoint"]["envelope"] = instance().checkpoint(base64.b64decode(proof["rootHash"]), 5, v2=False, key=OTHER)
    refused("CHECKPOINT_INVALID", value)


def test_further_signatures_of_a_checkpoint_are_ignored_and_do_not_count() -> None:
    value = bundle("hashedrekord", "0.0.2")
    checkpoint = entry(value)["inclusionProof"]["checkpoint"]
    line = f"\u2014 witness.example {b64(b'abcd' + b's' * 64)}\n\u2014 {LOG_HOST} {b64(b'efgh' + b's' * 64)}\n"
    checkpoint["envelope"] += line
    check(value)
    head = checkpoint["envelope"].split("\n\n")[0]
    checkpoint["envelope"] = f"{head}\n\n{line}"
    refused("CHECKPOINT_INVALID", value)


def test_a_proof_for_another_place_is_refused() -> None:
    value = bundle()
    entry(value)["inclusionProof"]["logIndex"] = "3"
    refused("LOG_PROOF_INVALID", value)
    value = bundle("hashedrekord", "0.0.2")
    entry(value)["logIndex"] = "3"
    refused("LOG_PROOF_INVALID", value)


def test_an_entry_about_another_signature_is_refused() -> None:
    for kind, version, dsse in KINDS:
        if (kind, version) == ("intoto", "0.0.1"):
            continue  # names payload and signer only; that is all this old form has
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = instance().issue(key)
        one = bundle(kind, version, dsse=dsse, key=key, certificate=leaf)
        two = bundle(kind, version, dsse=dsse, key=key, certificate=leaf)
        material(one)["tlogEntries"] = material(two)["tlogEntries"]
        refused("LOG_ENTRY_MISMATCH", one)


def test_an_entry_about_another_signer_or_payload_is_refused() -> None:
    for kind, version, dsse in KINDS:
        one, two = bundle(kind, version, dsse=dsse), bundle(kind, version, dsse=dsse, payload=statement() + b" ")
        material(one)["tlogEntries"] = material(two)["tlogEntries"]
        refused("LOG_ENTRY_MISMATCH", one)


def test_an_entry_about_the_artifact_says_nothing_of_an_envelope_about_it() -> None:
    """Rekor v1 may log an envelope as any signed bytes: by the digest of what the signature covers, and only so."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = instance().issue(key)
    value = bundle("hashedrekord", "0.0.1", key=key, certificate=leaf)
    spec = json.loads(base64.b64decode(entry(value)["canonicalizedBody"]))
    for stated in (ARTIFACT, statement()):
        spec["spec"]["data"]["hash"]["value"] = hashlib.sha256(stated).hexdigest()
        changed = copy.deepcopy(value)
        material(changed)["tlogEntries"] = [instance().entry("hashedrekord", "0.0.1", spec)]
        assert "pre-authentication" in refused("LOG_ENTRY_MISMATCH", changed).message
    spec["spec"]["data"]["hash"] = {"algorithm": "sha1", "value": "00" * 20}
    material(value)["tlogEntries"] = [instance().entry("hashedrekord", "0.0.1", spec)]
    assert "hash algorithm" in refused("LOG_ENTRY_MISMATCH", value).message


def test_the_kind_beside_the_entry_must_be_the_kind_inside() -> None:
    value = bundle("intoto", "0.0.2")
    entry(value)["kindVersion"] = {"kind": "dsse", "version": "0.0.1"}
    refused("LOG_ENTRY_MISMATCH", value)
    entry(value)["kindVersion"] = {"kind": "rpm", "version": "0.0.1"}
    refused("LOG_ENTRY_MISMATCH", value)


def test_wrong_certificate_timestamp_key_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    refused("SCT_INVALID", bundle(key=key, certificate=instance().issue(key, ct_key=OTHER)))
    refused("SCT_INVALID", bundle(key=key, certificate=instance().issue(key, ct_key=None)))


def decoy() -> dict:
    """The root, with a stranger in front whose authority has the name of ours and another key."""
    root, stranger = instance().trusted_root(), Instance()
    assert stranger.ca.subject == instance().ca.subject
    root["certificateAuthorities"] = stranger.trusted_root()["certificateAuthorities"] + root["certificateAuthorities"]
    return root


def test_the_authority_is_known_by_its_key_and_not_by_its_name() -> None:
    """Of two authorities with one name the one that issued counts, for the certificate and for its timestamp."""
    assert check(bundle(), root=decoy()).claims is not None
    root = decoy()
    root["certificateAuthorities"] = root["certificateAuthorities"][:1]
    refused("CERTIFICATE_UNTRUSTED", bundle(), root=root)


def test_one_authority_does_not_borrow_the_period_of_another() -> None:
    ended = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    for what, code in (
        ("certificateAuthorities", "CERTIFICATE_UNTRUSTED"),
        ("timestampAuthorities", "TIMESTAMP_INVALID"),
    ):
        root = instance().trusted_root(**{what: ended})
        root[what].append(Instance().trusted_root()[what][0])
        refused(code, bundle("hashedrekord", "0.0.2"), root=root)


def test_certificate_of_another_authority_is_refused() -> None:
    stranger = Instance()
    key = ec.generate_private_key(ec.SECP256R1())
    error = refused("CERTIFICATE_UNTRUSTED", bundle(key=key, certificate=stranger.issue(key)))
    assert error.hint


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"usage": [ExtendedKeyUsageOID.CLIENT_AUTH]}, "CERTIFICATE_UNTRUSTED"),
        ({"usage": None}, "CERTIFICATE_UNTRUSTED"),
        ({"key_usage": False}, "CERTIFICATE_UNTRUSTED"),
        ({"ca": True}, "CERTIFICATE_UNTRUSTED"),
        ({"names": None}, "CERTIFICATE_UNTRUSTED"),
        ({"extra": [fulcio(8, "https://a.test"), fulcio(1, "https://b.test")]}, "CERTIFICATE_UNTRUSTED"),
        ({"extra": []}, "CERTIFICATE_UNTRUSTED"),
        ({"extra": [fulcio(8, "https://a.test")]}, "ISSUER_MISMATCH"),
        ({"names": [x509.UniformResourceIdentifier(IDENTITY + ".evil")]}, "IDENTITY_MISMATCH"),
        ({"names": [x509.RFC822Name("a@example.test")]}, "IDENTITY_MISMATCH"),
        ({"start": NOW + timedelta(seconds=1)}, "CERTIFICATE_EXPIRED"),
        ({"end": NOW - timedelta(seconds=1)}, "CERTIFICATE_EXPIRED"),
        (
            {"extra": [fulcio(8, "x"), (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True)]},
            "CERTIFICATE_UNTRUSTED",
        ),
    ],
)
def test_certificates_off_the_profile_are_refused(options: dict, code: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    refused(code, bundle(key=key, certificate=instance().issue(key, **options)))


@pytest.mark.parametrize("side", ["start", "end"])
def test_both_ends_of_a_certificate_belong_to_it(side: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    check(bundle(key=key, certificate=instance().issue(key, **{side: NOW})))


def test_every_trusted_time_must_fit_the_certificate() -> None:
    check(bundle(stamp_at=NOW + timedelta(minutes=2)))
    refused("CERTIFICATE_EXPIRED", bundle(stamp_at=NOW + timedelta(hours=1)))


def test_extra_claims_are_held_against_the_certificate() -> None:
    value = bundle()
    check(value, signer=replace(SIGNER, claims={"source_repository_uri": "https://github.com/example/shop"}))
    check(value, signer=replace(SIGNER, identity="https://github.com/example/*", pattern=True))
    refused("CLAIM_MISMATCH", value, signer=replace(SIGNER, claims={"source_repository_uri": "https://x.test"}))
    refused("CLAIM_MISMATCH", value, signer=replace(SIGNER, claims={"runner_environment": ""}))
    refused("CLAIM_MISMATCH", value, signer=replace(SIGNER, claims={"no_such_claim": "x"}))
    refused("IDENTITY_MISMATCH", value, signer=replace(SIGNER, identity="https://github.com/example/*"))
    refused("IDENTITY_MISMATCH", value, signer=replace(SIGNER, identity="https://github.com/example", pattern=True))


def test_a_foreign_root_beside_the_certificate_is_refused_and_a_known_one_let_pass() -> None:
    value = bundle(media="0.1")
    chain = material(value)["x509CertificateChain"]["certificates"]
    chain += [{"rawBytes": b64(der(instance().ca))}, {"rawBytes": b64(der(instance().root))}]
    check(value)
    chain[2] = {"rawBytes": b64(der(Instance().root))}
    refused("CERTIFICATE_UNTRUSTED", value)


def test_signers_of_the_other_kind_are_unknown() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    refused("UNKNOWN_SIGNER", bundle(keyed=True, key=key))
    refused("UNKNOWN_SIGNER", bundle(key=key), signer=managed(key))
    refused("SIGNATURE_MISMATCH", bundle(keyed=True, key=key), signer=managed(OTHER))


def test_two_signatures_or_none_are_refused() -> None:
    value = bundle()
    value["dsseEnvelope"]["signatures"] *= 2
    refused("NOT_SIGNED", value)
    value["dsseEnvelope"]["signatures"] = []
    refused("NOT_SIGNED", value)


def test_a_signature_by_another_key_is_refused() -> None:
    value = bundle("intoto", "0.0.1")
    value["dsseEnvelope"]["signatures"][0]["sig"] = b64(sign(OTHER, b"x"))
    refused("SIGNATURE_MISMATCH", value)


def test_a_signature_needs_its_artifact_and_an_envelope_does_not() -> None:
    refused("WRONG_ARTIFACT", bundle("hashedrekord", "0.0.1", dsse=False), artifact=None)
    assert check(bundle(), artifact=None).artifact is None
    with pytest.raises(ValueError, match="at least one digest"):
        check(bundle(), artifact=[])


def test_an_envelope_about_something_that_is_no_statement_is_malformed() -> None:
    value = bundle(payload=b'{"subject": []}')
    refused("NOT_A_STATEMENT", value)
    assert check(value, artifact=None).payload == b'{"subject": []}'


def test_stated_digest_must_be_that_of_the_artifact() -> None:
    value = bundle("hashedrekord", "0.0.1", dsse=False)
    value["messageSignature"]["messageDigest"]["digest"] = b64(hashlib.sha256(b"other").digest())
    refused("WRONG_ARTIFACT", value)
    del value["messageSignature"]["messageDigest"]
    check(value)


def test_key_details_of_an_entry_must_fit_the_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    value = bundle("hashedrekord", "0.0.2", dsse=False, keyed=True, key=key)
    body = json.loads(base64.b64decode(entry(value)["canonicalizedBody"]))
    verifier = body["spec"]["hashedRekordV002"]["signature"]["verifier"]
    for details in ("PKIX_ECDSA_P384_SHA_384", "PKIX_ED25519", "PKIX_RSA_PSS_2048_SHA256", "NOTHING"):
        verifier["keyDetails"] = details
        changed = copy.deepcopy(value)
        material(changed)["tlogEntries"] = [instance().entry("hashedrekord", "0.0.2", body, time=None)]
        refused("LOG_ENTRY_MISMATCH", changed, signer=managed(key))


def test_an_entry_of_rekor_v2_has_no_time_of_its_own() -> None:
    value = bundle("hashedrekord", "0.0.2")
    entry(value)["integratedTime"] = "1772366400"
    refused("LOG_ENTRY_MISMATCH", value)


def test_keys_of_other_kinds_sign_artifacts() -> None:
    for key, algorithm in (
        (ed25519.Ed25519PrivateKey.generate(), None),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
    ):
        value = bundle("hashedrekord", "0.0.1", dsse=False, keyed=True)
        value["messageSignature"]["signature"] = b64(sign(key, ARTIFACT, algorithm))
        material(value)["tlogEntries"] = []
        without = Requirements(log_entries=0)
        check(value, signer=managed(key), requirements=without)
        refused("WRONG_ARTIFACT", value, signer=managed(key), requirements=without, artifact=b"x")
        if not isinstance(algorithm, hashes.SHA256):
            refused(
                "SIGNATURE_MISMATCH" if isinstance(key, ec.EllipticCurvePrivateKey) else "WRONG_ARTIFACT",
                value, signer=managed(key), requirements=without, artifact=Digest.of_bytes(ARTIFACT),
            )  # fmt: skip


def test_a_bare_envelope_with_its_certificate_needs_a_decision() -> None:
    from supplychain.verification.sigstore.formats import parse_bundles
    from supplychain.verification.sigstore.trusted_root import TrustedRoot
    from supplychain.verification.sigstore.verifier import verify_bundle

    key = ec.generate_private_key(ec.SECP256R1())
    leaf = instance().issue(key)
    envelope = bundle(key=key, certificate=leaf)["dsseEnvelope"]
    envelope["signatures"][0] |= {"cert": pem_of(leaf).decode(), "keyid": ""}
    (parsed,) = parse_bundles(json.dumps(envelope).encode(), where="x")
    root = TrustedRoot.parse(json.dumps(instance().trusted_root()).encode(), where="root")
    with pytest.raises(VerificationFailed) as caught:
        verify_bundle(parsed, artifact=ARTIFACT, trusted_root=root, signer=SIGNER)
    assert caught.value.code == "NOT_IN_LOG"
    verified = verify_bundle(parsed, artifact=ARTIFACT, trusted_root=root, signer=SIGNER, requirements=CERTIFICATE_TIME)
    assert verified.times == ()
    assert verified.entries == ()


def test_a_certificate_that_cannot_be_read_is_malformed() -> None:
    value = bundle()
    material(value)["certificate"]["rawBytes"] = b64(b"\x30\x03\x02\x01\x01")
    with pytest.raises(MalformedInput):
        check(value)


def test_an_authority_may_not_have_more_below_it_than_it_says() -> None:
    # A second issuing certificate below one whose path length is 0.
    inst, key, below = instance(), ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    under = certificate("under", below, issuer=(inst.ca, inst.ca_key), usage=[ExtendedKeyUsageOID.CODE_SIGNING])
    root = inst.trusted_root()
    root["certificateAuthorities"][0]["certChain"]["certificates"].insert(0, {"rawBytes": b64(der(under))})
    leaf = Instance(ca_key=below, ct_key=inst.ct_key)
    leaf.__dict__["ca"] = under
    refused("CERTIFICATE_UNTRUSTED", bundle(key=key, certificate=leaf.issue(key)), root=root)


def test_a_timestamp_that_does_not_verify_is_refused_beside_a_good_log_time() -> None:
    value = bundle(stamp_at=NOW)
    check(value)
    stamps = material(value)["timestampVerificationData"]["rfc3161Timestamps"]
    stamps[0] = {"signedTimestamp": b64(instance().timestamp(b"another signature"))}
    refused("TIMESTAMP_INVALID", value)
    stranger = certificate("stranger", OTHER, usage=[ExtendedKeyUsageOID.TIME_STAMPING], critical=True, ca=False)
    signature = base64.b64decode(value["dsseEnvelope"]["signatures"][0]["sig"])
    stamps[0] = {"signedTimestamp": b64(instance().timestamp(signature, key=OTHER, signer=stranger, embed=True))}
    refused("TIMESTAMP_INVALID", value)


def test_the_same_timestamp_twice_is_refused() -> None:
    value = bundle(stamp_at=NOW)
    material(value)["timestampVerificationData"]["rfc3161Timestamps"] *= 2
    refused("TIMESTAMP_INVALID", value)
