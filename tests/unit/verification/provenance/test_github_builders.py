"""Builders on GitHub Actions: the good one verifies, each defect is refused for its own reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.verification.expectations import Expectations
from tests.conformance.forge import b64, pae
from tests.conformance.forge import sign as sign_bytes
from tests.unit.verification.provenance.made import (
    ARTIFACT,
    DELEGATOR,
    EXPECTED,
    GENERIC,
    MAVEN,
    RELEASE,
    WORKFLOWS,
    attestation,
    changed,
    claims,
    delegated,
    generic,
    sign,
    verify,
)

NAMED = replace(EXPECTED, builder_id=RELEASE)


def refused(code: str, value: object, expected: Expectations = EXPECTED, *digests: Digest) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        verify(value, expected, *digests)
    assert caught.value.code == code, caught.value.diagnostics()
    return caught.value


def test_the_generator_verifies_and_says_what_it_proved() -> None:
    found = verify(sign(generic()))
    assert (found.builder_id, found.builder_level, found.ref) == (GENERIC, 3, "refs/tags/v1.2.3")
    assert (found.source, found.subject) == ("https://github.com/example/shop", "shop")
    everything = Expectations(
        source_uri="git+https://github.com/example/shop",
        source_branch="main",
        source_tag="v1.2.3",
        source_versioned_tag="v1.2",
        builder_id=f"{WORKFLOWS}generator_generic_slsa3.yml@v2.1.0",
    )
    verify(sign(generic()), everything)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"source_uri": "github.com/example/shopA"}, "SOURCE_MISMATCH"),
        ({"source_uri": "Agithub.com/example/shop"}, "SOURCE_MISMATCH"),
        ({"source_uri": "gitlab.com/example/shop"}, "SOURCE_MISMATCH"),
        ({"source_uri": ""}, "SOURCE_EXPECTED"),
        ({"source_branch": "master"}, "BRANCH_MISMATCH"),
        ({"source_tag": "v1.2"}, "TAG_MISMATCH"),
        ({"source_versioned_tag": "v2"}, "VERSIONED_TAG_MISMATCH"),
        ({"source_versioned_tag": "2"}, "INVALID_SEMVER"),
        ({"builder_id": f"{WORKFLOWS}not-trusted.yml"}, "UNTRUSTED_REUSABLE_WORKFLOW"),
        ({"builder_id": f"{WORKFLOWS}generator_generic_slsa3.yml@v2.0.0"}, "UNTRUSTED_REUSABLE_WORKFLOW"),
        ({"builder_id": "https://ci.example.test/builder"}, "UNKNOWN_BUILDER"),
        ({"builder_id": "https://github.com/a@b@c"}, "INVALID_BUILDER_ID"),
        ({"workflow_inputs": {"a": "b"}}, "WORKFLOW_INPUT_MISMATCH"),
        ({"package_name": "shop"}, "PACKAGE_NAME_MISMATCH"),
    ],
)
def test_each_expectation_has_its_own_reason(asked: dict, code: str) -> None:
    refused(code, sign(generic()), replace(EXPECTED, **asked))


def test_a_branch_has_no_tag_and_a_tag_may_have_no_branch() -> None:
    said = claims("refs/heads/main")
    value = sign(generic("refs/heads/main"), said=said)
    verify(value, replace(EXPECTED, source_branch="main"))
    refused("INVALID_REF", value, replace(EXPECTED, source_tag="v1.2.3"))
    refused("INVALID_REF", value, replace(EXPECTED, source_versioned_tag="v1"))
    alone = changed(generic(), "predicate.invocation.environment.github_event_payload.base_ref", None)
    refused("INVALID_REF", sign(alone), replace(EXPECTED, source_branch="main"))
    lying = changed(generic(), "predicate.invocation.environment.github_ref_type", "branch")
    refused("BAD_PREDICATE", sign(lying), replace(EXPECTED, source_tag="v1.2.3"))


def test_the_branch_of_a_release_is_what_its_event_says() -> None:
    statement = changed(generic(), "predicate.invocation.environment.github_event_name", "release")
    payload = {"release": {"target_commitish": "stable"}}
    statement = changed(statement, "predicate.invocation.environment.github_event_payload", payload)
    verify(sign(statement), replace(EXPECTED, source_branch="stable"))
    refused("BRANCH_MISMATCH", sign(statement), replace(EXPECTED, source_branch="main"))


def test_another_artifact() -> None:
    refused("WRONG_ARTIFACT", sign(generic()), EXPECTED, Digest.of_bytes(b"other"))
    only = Digest.parse("sha512:" + "1" * 128)
    assert "sha256" in refused("WRONG_ARTIFACT", sign(generic()), EXPECTED, only).hint
    # A subject that shares one digest and contradicts another is not the artifact.
    both = changed(generic(), "subject.1.digest", {"sha256": ARTIFACT.hex, "sha512": "2" * 128})
    refused("WRONG_ARTIFACT", sign(both), EXPECTED, ARTIFACT, only)


@pytest.mark.parametrize(
    ("path", "new", "code"),
    [
        ("predicate.builder.id", f"{WORKFLOWS}generator_generic_slsa3.yml@refs/tags/v2.0.0", "BUILDER_MISMATCH"),
        ("predicate.buildType", "https://github.com/slsa-framework/slsa-github-generator/go@v1", "BUILD_TYPE_MISMATCH"),
        ("predicate.buildType", "https://example.test/mine", "BUILD_TYPE_MISMATCH"),
        ("predicateType", "https://slsa.dev/provenance/v0.1", "BUILD_TYPE_MISMATCH"),
        ("predicate.materials.0.uri", "git+https://github.com/evil/shop@refs/tags/v1.2.3", "SOURCE_MISMATCH"),
        (
            "predicate.invocation.configSource.uri",
            "git+https://github.com/evil/shop@refs/tags/v1.2.3",
            "SOURCE_MISMATCH",
        ),
        (
            "predicate.materials.0.uri",
            "git+https://github.com/example/shop@refs/heads/x",
            "PROVENANCE_INCONSISTENT",
        ),
        ("predicate.materials.0.uri", "git+https://github.com/example/shop", "MALFORMED_URI"),
        ("predicate.builder", None, "BAD_PREDICATE"),
        ("subject", [], "NOT_A_STATEMENT"),
    ],
)
def test_provenance_that_contradicts_itself_or_its_signer(path: str, new: object, code: str) -> None:
    refused(code, sign(changed(generic(), path, new)))


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (f"{WORKFLOWS}generator_generic_slsa3.yml@refs/heads/main", "INVALID_REF"),
        (f"{WORKFLOWS}generator_generic_slsa3.yml@refs/tags/v2.1.0-rc.0", "INVALID_REF"),
        (f"{WORKFLOWS}generator_generic_slsa3.yml@refs/tags/v2", "INVALID_REF"),
        (f"{WORKFLOWS}generator_generic_slsa3.yml.evil@refs/tags/v2.1.0", "UNTRUSTED_REUSABLE_WORKFLOW"),
        ("https://github.com/evil/x/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.1.0",
         "UNTRUSTED_REUSABLE_WORKFLOW"),
        ("https://github.com.evil.test/slsa-framework/x@refs/tags/v2.1.0", "IDENTITY_MISMATCH"),
        (f"{WORKFLOWS}generator_generic_slsa3.yml", "CERTIFICATE_CLAIMS"),
    ],
)  # fmt: skip
def test_signers_that_are_not_the_builder(by: str, code: str) -> None:
    refused(code, sign(changed(generic(), "predicate.builder.id", by), by=by))


def test_the_projects_own_tests_use_the_builder_at_its_head() -> None:
    by = f"{WORKFLOWS}generator_generic_slsa3.yml@refs/heads/main"
    own = "https://github.com/slsa-framework/example-package"
    text = json.dumps(changed(generic(), "predicate.builder.id", by)).replace("https://github.com/example/shop", own)
    said = {n: v.replace("https://github.com/example/shop", own).replace("example/shop", own[19:])
            for n, v in claims().items()}  # fmt: skip
    verify(sign(json.loads(text), by=by, said=said), Expectations(source_uri=own))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"c12": "https://github.com/evil/shop"}, "CERTIFICATE_CLAIMS"),
        ({"c5": "evil/shop", "c12": "https://github.com/evil/shop", "c18": "", "c21": ""}, "SOURCE_MISMATCH"),
        ({"c3": "2" * 40}, "CERTIFICATE_CLAIMS"),
        ({"c19": "2" * 40}, "CERTIFICATE_CLAIMS"),
        ({"c18": "https://github.com/evil/shop/x.yml@refs/tags/v1.2.3"}, "CERTIFICATE_CLAIMS"),
        ({"c11": "self-hosted"}, "BUILDER_MISMATCH"),
        ({"c1": "https://evil.test", "c8": "https://evil.test"}, "ISSUER_MISMATCH"),
        ({"c2": "", "c20": ""}, "CERTIFICATE_CLAIMS"),
    ],
)
def test_certificates_for_others_or_at_odds_with_themselves(change: dict, code: str) -> None:
    refused(code, sign(generic(), said=claims(**change)))


def test_delegated_builds_name_their_builder() -> None:
    found = verify(sign(delegated(), by=DELEGATOR), replace(EXPECTED, workflow_inputs={"flavour": "small"}))
    assert (found.builder_id, found.builder_level) == (MAVEN, 3)
    value = sign(delegated(), by=DELEGATOR)
    verify(value, replace(EXPECTED, builder_id=MAVEN.partition("@")[0]))
    refused("BUILDER_MISMATCH", value, replace(EXPECTED, builder_id=f"{WORKFLOWS}builder_gradle_slsa3.yml"))
    refused("WORKFLOW_INPUT_MISMATCH", value, replace(EXPECTED, workflow_inputs={"flavour": "large"}))
    foreign = "https://github.com/other/builder/.github/workflows/b.yml@refs/tags/v1.0.0"
    value = sign(changed(delegated(), "predicate.runDetails.builder.id", foreign), by=DELEGATOR)
    refused("INVALID_BUILDER_ID", value)
    verify(value, replace(EXPECTED, builder_id=foreign))
    for moving in (MAVEN.replace("refs/tags/v2.1.0", "refs/heads/main"), MAVEN.partition("@")[0]):
        value = sign(changed(delegated(), "predicate.runDetails.builder.id", moving), by=DELEGATOR)
        refused("INVALID_REF", value)


def test_a_delegated_build_of_a_commit_it_made_has_no_branch() -> None:
    path = "predicate.buildDefinition.resolvedDependencies.0.uri"
    value = sign(changed(delegated(), path, "git+https://github.com/example/shop"), by=DELEGATOR)
    verify(value)
    refused("INVALID_REF", value, replace(EXPECTED, source_tag="v1.2.3"))


def test_attestations_of_a_named_workflow_are_worth_level_2_and_3_when_it_is_reusable() -> None:
    by = f"{RELEASE}@refs/tags/v1.2.3"
    assert verify(sign(attestation(), by=by), replace(NAMED, source_tag="v1.2.3")).builder_level == 2
    refused("UNTRUSTED_REUSABLE_WORKFLOW", sign(attestation(), by=by))
    shared = "https://github.com/example/ci/.github/workflows/build.yml@refs/tags/v3.0.0"
    value = sign(attestation(shared), by=shared)
    assert verify(value, replace(EXPECTED, builder_id=shared)).builder_level == 3
    own = changed(
        attestation(), "predicate.buildDefinition.internalParameters.github.runner_environment", "self-hosted"
    )
    assert verify(sign(own, by=by, said=claims(c11="self-hosted")), NAMED).builder_level == 1


@pytest.mark.parametrize(
    ("path", "new", "code"),
    [
        ("buildDefinition.externalParameters.workflow.path", ".github/workflows/x.yml", "CERTIFICATE_MISMATCH"),
        ("buildDefinition.internalParameters.github.event_name", "release", "CERTIFICATE_MISMATCH"),
        ("buildDefinition.internalParameters.github.repository_id", "1", "CERTIFICATE_MISMATCH"),
        ("buildDefinition.internalParameters.github.repository_owner_id", "1", "CERTIFICATE_MISMATCH"),
        ("buildDefinition.internalParameters.github.runner_environment", "self-hosted", "CERTIFICATE_MISMATCH"),
        ("buildDefinition.internalParameters.github.extra", "x", "UNVERIFIABLE_CLAIM"),
        ("buildDefinition.externalParameters.inputs", {"a": "b"}, "UNVERIFIABLE_CLAIM"),
        ("buildDefinition.resolvedDependencies.0.digest.gitCommit", "2" * 40, "CERTIFICATE_MISMATCH"),
        ("buildDefinition.resolvedDependencies", [{"uri": "git+https://github.com/example/shop@refs/tags/v1.2.3",
         "digest": {"gitCommit": "1" * 40}}, {"uri": "git+x"}], "UNVERIFIABLE_CLAIM"),
        ("runDetails.metadata.invocationId", "https://github.com/example/shop/actions/runs/78/attempts/1",
         "CERTIFICATE_MISMATCH"),
        ("runDetails.metadata.startedOn", "2026-01-01T00:00:00Z", "UNVERIFIABLE_CLAIM"),
        ("runDetails.builder.version", {"a": "1"}, "UNVERIFIABLE_CLAIM"),
        ("runDetails.byproducts", [], "UNVERIFIABLE_CLAIM"),
    ],
)  # fmt: skip
def test_what_the_job_could_have_written_itself_is_not_believed(path: str, new: object, code: str) -> None:
    value = sign(changed(attestation(), f"predicate.{path}", new), by=f"{RELEASE}@refs/tags/v1.2.3")
    refused(code, value, NAMED)


def test_a_forged_reference_is_not_believed() -> None:
    forged = attestation(ref="refs/tags/v9.9.9")
    refused("CERTIFICATE_MISMATCH", sign(forged, by=f"{RELEASE}@refs/tags/v1.2.3"), NAMED)


def test_a_second_subject_is_not_believed_of_a_job() -> None:
    two = attestation()
    two["subject"].append({"name": "evil", "digest": {"sha256": "0" * 64}})
    refused("UNVERIFIABLE_CLAIM", sign(two, by=f"{RELEASE}@refs/tags/v1.2.3"), NAMED)


def test_one_good_bundle_among_others_is_enough_and_none_is_not() -> None:
    good, bad = sign(generic()), sign(generic(), by=f"{RELEASE}@refs/tags/v1.2.3")
    lines = b"\n".join(json.dumps(value).encode() for value in (bad, good))
    assert verify(lines).builder_id == GENERIC
    assert verify({"attestations": [{"bundle": bad}, {"bundle": good}]}).builder_id == GENERIC
    refused("UNTRUSTED_REUSABLE_WORKFLOW", b"\n".join(json.dumps(bad).encode() for _ in range(2)))


def test_an_envelope_with_a_certificate_and_no_log_entry_is_not_enough() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    from tests.conformance.forged import instance, pem_of

    key = ec.generate_private_key(ec.SECP256R1())
    payload = json.dumps(generic()).encode()
    signature = {"sig": b64(sign_bytes(key, pae(payload))), "cert": pem_of(instance().issue(key)).decode()}
    bare = {"payloadType": "application/vnd.in-toto+json", "payload": b64(payload), "signatures": [signature]}
    refused("NOT_IN_LOG", bare)


def test_another_payload_type_is_no_statement() -> None:
    value = sign(generic())
    value["dsseEnvelope"]["payloadType"] = "text/plain"
    refused("SIGNATURE_MISMATCH", value)
    for nonsense in (b"", b"[]", b"not json", b"{}", b'{"attestations": []}'):
        with pytest.raises(SupplychainError):
            verify(nonsense)
