"""Packages of npm: provenance and publish attestation, each defect refused for its own reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance import npm
from supplychain.verification.provenance.keys import NpmKey, npm_keys
from tests.conformance.forge import NOW
from tests.conformance.forged import bundle
from tests.unit.verification.provenance.made import (
    DELEGATOR,
    EXPECTED,
    RELEASE,
    SHA,
    SHOP,
    WORKFLOWS,
    attestation,
    changed,
    claims,
    delegated,
    sign,
    verify,
)

KEYID = "SHA256:ours"
REGISTRY_KEY = ec.generate_private_key(ec.SECP256R1())
TARBALL = Digest.parse("sha512:" + "a" * 128)
PURL = "pkg:npm/%40example/shop@1.2.3"
RUNNER = "https://github.com/actions/runner"
HOSTED = replace(EXPECTED, builder_id=f"{RUNNER}/github-hosted")
BY = f"{RELEASE}@refs/tags/v1.2.3"
PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
SUBJECT = [{"name": PURL, "digest": {"sha512": TARBALL.hex}}]


@pytest.fixture(autouse=True)
def _our_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    known = NpmKey(
        keyid=KEYID, key=REGISTRY_KEY.public_key(), start=NOW - timedelta(days=9), end=NOW + timedelta(days=9)
    )
    monkeypatch.setattr(npm, "npm_keys", lambda: (known,))


def client() -> dict:
    """Provenance v1, as npm's client writes it."""
    value = changed(attestation(f"{RUNNER}/github-hosted"), "subject", SUBJECT)
    value = changed(value, "predicate.buildDefinition.internalParameters.github.runner_environment", None)
    kind = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
    return changed(value, "predicate.buildDefinition.buildType", kind)


def old_client() -> dict:
    """Provenance v0.2, as npm's client wrote it before."""
    ref = "refs/tags/v1.2.3"
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": SUBJECT,
        "predicate": {
            "buildType": "https://github.com/npm/cli/gha/v2",
            "builder": {"id": RUNNER},
            "invocation": {
                "configSource": {
                    "uri": f"git+{SHOP}@{ref}",
                    "digest": {"sha1": SHA},
                    "entryPoint": ".github/workflows/release.yml",
                },
                "parameters": {},
                "environment": {
                    "GITHUB_EVENT_NAME": "push",
                    "GITHUB_REF": ref,
                    "GITHUB_REPOSITORY": "example/shop",
                    "GITHUB_REPOSITORY_ID": "1001",
                    "GITHUB_REPOSITORY_OWNER_ID": "2002",
                    "GITHUB_RUN_ATTEMPT": "1",
                    "GITHUB_RUN_ID": "77",
                    "GITHUB_SHA": SHA,
                    "GITHUB_WORKFLOW_REF": f"example/shop/.github/workflows/release.yml@{ref}",
                    "GITHUB_WORKFLOW_SHA": SHA,
                },
            },
            "metadata": {
                "buildInvocationId": "77-1",
                "completeness": {"parameters": False, "environment": False, "materials": False},
                "reproducible": False,
            },
            "materials": [{"uri": f"git+{SHOP}@{ref}", "digest": {"sha1": SHA}}],
        },
    }


def publish(key=REGISTRY_KEY, hint: str = KEYID, **options) -> dict:
    """The registry's attestation. Options: `subject`, `predicate`, `kind`, and those of `bundle`."""
    predicate = {"name": "@example/shop", "version": "1.2.3", "registry": "https://registry.example"}
    statement = {
        "_type": "https://in-toto.io/Statement/v0.1",
        "subject": options.pop("subject", SUBJECT),
        "predicateType": options.pop("kind", PUBLISH),
        "predicate": {**predicate, **options.pop("predicate", {})},
    }
    value = bundle(key=key, keyed=True, payload=json.dumps(statement).encode(), **options)
    value["verificationMaterial"]["publicKey"]["hint"] = hint
    return value


def package(
    provenance: dict, published: dict | None = None, predicate_type: str = "https://slsa.dev/provenance/v1"
) -> dict:
    return {
        "attestations": [
            {"predicateType": PUBLISH, "bundle": published or publish()},
            {"predicateType": predicate_type, "bundle": provenance},
        ]
    }


def refused(code: str, value: dict, expected: Expectations = HOSTED, digest: Digest = TARBALL) -> None:
    with pytest.raises(SupplychainError) as caught:
        verify(value, expected, digest)
    assert caught.value.code == code, caught.value.diagnostics()


def test_both_versions_of_the_client_verify() -> None:
    wanted = replace(HOSTED, package_name="@example/shop", package_version="1.2.3", source_tag="v1.2.3")
    found = verify(package(sign(client(), by=BY)), wanted, TARBALL)
    assert (found.builder_level, found.subject) == (2, PURL)
    old = package(sign(old_client(), by=BY), predicate_type="https://slsa.dev/provenance/v0.2")
    for builder in (RUNNER, f"{RUNNER}/github-hosted"):
        verify(old, replace(wanted, builder_id=builder), TARBALL)


def test_a_delegated_builder_verifies() -> None:
    name = f"{WORKFLOWS}builder_nodejs_slsa3.yml"
    statement = changed(delegated(), "subject", SUBJECT)
    statement = changed(statement, "predicate.runDetails.builder.id", f"{name}@refs/tags/v2.1.0")
    value = package(sign(statement, by=DELEGATOR))
    assert verify(value, replace(EXPECTED, builder_id=name), TARBALL).builder_level == 3
    refused("BUILDER_MISMATCH", value, replace(EXPECTED, builder_id=name.replace("slsa3", "slsa")))
    refused("INVALID_BUILDER_ID", value, EXPECTED)
    moving = DELEGATOR.replace("refs/tags/v2.1.0", "refs/heads/main")
    refused("INVALID_REF", package(sign(statement, by=moving)), replace(EXPECTED, builder_id=name))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"builder_id": None}, "INVALID_BUILDER_ID"),
        ({"builder_id": RUNNER}, "INVALID_BUILDER_ID"),
        ({"builder_id": f"{RUNNER}/github-hosted2"}, "BUILDER_NOT_SUPPORTED"),
        ({"builder_id": f"{RUNNER}/self-hosted"}, "BUILDER_MISMATCH"),
        ({"builder_id": BY}, "BUILDER_NOT_SUPPORTED"),
        ({"source_uri": "github.com/example/shop2"}, "SOURCE_MISMATCH"),
        ({"source_branch": "main"}, "INVALID_REF"),
        ({"package_name": "@example/shop2"}, "PACKAGE_NAME_MISMATCH"),
        ({"package_version": "1.2.4"}, "PACKAGE_VERSION_MISMATCH"),
        ({"workflow_inputs": {"a": "b"}}, "WORKFLOW_INPUT_MISMATCH"),
    ],
)
def test_each_expectation_has_its_own_reason(asked: dict, code: str) -> None:
    refused(code, package(sign(client(), by=BY)), replace(HOSTED, **asked))


def test_runners_that_are_not_what_is_said() -> None:
    refused("BUILDER_MISMATCH", package(sign(client(), by=BY, said=claims(c11="self-hosted"))))
    refused("BUILDER_NOT_SUPPORTED", package(sign(client(), by=BY, said=claims(c11=""))))
    own = sign(client(), by=BY, said=claims(c11="self-hosted"))
    refused("INVALID_BUILDER_ID", package(own), replace(EXPECTED, builder_id=f"{RUNNER}/self-hosted"))


@pytest.mark.parametrize(
    ("path", "new", "code"),
    [
        ("invocation.environment.GITHUB_RUN_ID", "78", "CERTIFICATE_MISMATCH"),
        ("invocation.environment.GITHUB_SHA", "2" * 40, "CERTIFICATE_MISMATCH"),
        ("invocation.environment.GITHUB_WORKFLOW_REF", "example/shop/x.yml@refs/tags/v1.2.3", "CERTIFICATE_MISMATCH"),
        ("invocation.environment.GITHUB_TOKEN", "x", "UNVERIFIABLE_CLAIM"),
        ("invocation.parameters", {"a": "b"}, "UNVERIFIABLE_CLAIM"),
        ("invocation.configSource.digest.sha1", "2" * 40, "CERTIFICATE_MISMATCH"),
        ("invocation.configSource.entryPoint", "x.yml", "CERTIFICATE_MISMATCH"),
        ("metadata.buildInvocationId", "78-1", "CERTIFICATE_MISMATCH"),
        ("metadata.reproducible", True, "UNVERIFIABLE_CLAIM"),
        ("metadata.completeness.materials", True, "UNVERIFIABLE_CLAIM"),
        ("metadata.buildStartedOn", "2026-01-01T00:00:00Z", "UNVERIFIABLE_CLAIM"),
        ("buildConfig", {"a": 1}, "UNVERIFIABLE_CLAIM"),
        ("materials.0.digest.sha1", "2" * 40, "CERTIFICATE_MISMATCH"),
        ("materials.0.digest", {"sha1": SHA, "sha256": "0"}, "UNVERIFIABLE_CLAIM"),
        ("builder.id", "https://github.com/other", "BUILDER_MISMATCH"),
        ("invocation.environment.github_run_id", "78", "BAD_PREDICATE"),
    ],
)
def test_what_the_job_could_have_written_itself_is_not_believed(path: str, new: object, code: str) -> None:
    value = sign(changed(old_client(), f"predicate.{path}", new), by=BY)
    refused(code, package(value, predicate_type="https://slsa.dev/provenance/v0.2"))


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ({"key": ec.generate_private_key(ec.SECP256R1())}, "SIGNATURE_MISMATCH"),
        ({"hint": "SHA256:unknown"}, "UNKNOWN_SIGNER"),
        ({"subject": [{"name": PURL, "digest": {"sha512": "b" * 128}}]}, "WRONG_ARTIFACT"),
        ({"subject": [{"name": "pkg:npm/other@1.2.3", "digest": {"sha512": "a" * 128}}],
          "predicate": {"name": "other"}}, "PACKAGE_NAME_MISMATCH"),
        ({"predicate": {"name": "other"}}, "PACKAGE_NAME_MISMATCH"),
        ({"kind": "https://slsa.dev/provenance/v1"}, "NOT_PROVENANCE"),
        ({"time": NOW + timedelta(days=20)}, "KEY_EXPIRED"),
        ({"time": NOW - timedelta(days=20)}, "KEY_NOT_YET_VALID"),
    ],
)  # fmt: skip
def test_publish_attestations_that_do_not_hold(published: dict, code: str) -> None:
    refused(code, package(sign(client(), by=BY), publish(**published)))


def test_the_tarball_is_known_by_sha512_only() -> None:
    value = package(sign(client(), by=BY))
    refused("WRONG_ARTIFACT", value, digest=Digest.of_bytes(b"the tarball"))


def test_a_package_has_one_of_each() -> None:
    good = sign(client(), by=BY)
    two = package(good)
    two["attestations"].append(two["attestations"][0])
    refused("NOT_PROVENANCE", two)
    refused("NOT_PROVENANCE", {"attestations": [{"predicateType": PUBLISH, "bundle": publish()}]})
    # Without the publish attestation it is only somebody's workflow.
    refused("UNTRUSTED_REUSABLE_WORKFLOW", {"attestations": [{"bundle": good}]}, EXPECTED)


def test_the_registrys_published_keys_are_there() -> None:
    assert len(npm_keys()) == 2
    assert {key.end is None for key in npm_keys()} == {True, False}
