"""Google Cloud Build: signed provenance and the text beside it, in the three formats Google has written."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance import cloud_build
from supplychain.verification.provenance.keys import CloudBuildKey, cloud_build_keys
from supplychain.verification.provenance.outcome import PublicProvenance
from supplychain.verification.provenance.public import verify_public
from tests.conformance.forge import b64, pae, sign
from tests.unit.verification.provenance.made import changed, root

KEY = ec.generate_private_key(ec.SECP256R1())
PROJECT = "projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys"
REGIONAL = f"{PROJECT}/builtByGCB/cryptoKeyVersions/1"
GLOBAL = f"{PROJECT}/provenanceSigner/cryptoKeyVersions/1"
WORKER = f"{PROJECT}/google-hosted-worker/cryptoKeyVersions/1"
BUILDER = "https://cloudbuild.googleapis.com/GoogleHostedWorker"
IMAGE = Digest.of_bytes(b"an image")
EXPECTED = Expectations(source_uri="github.com/example/shop")


@pytest.fixture(autouse=True)
def _our_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name: CloudBuildKey(key=KEY.public_key(), dsse=name != REGIONAL) for name in (REGIONAL, GLOBAL, WORKER)}
    monkeypatch.setattr(cloud_build, "cloud_build_keys", lambda: known)


def old(version: str = "v0.2") -> dict:
    recipe = f"{BUILDER}@v0.2" if version == "v0.2" else "https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1"
    tail = "/commit/123" if version == "v0.2" else ""
    predicate = {
        "builder": {"id": f"{BUILDER}@{version}"},
        "recipe": {
            "type": recipe,
            "entryPoint": "cloudbuild.yaml",
            "arguments": {
                "@type": "type.googleapis.com/google.devtools.cloudbuild.v1.Build",
                "substitutions": {"TAG_NAME": "v1.2.3"},
            },
        },
        "metadata": {"buildStartedOn": "2026-01-01T00:00:00Z", "buildInvocationId": "7"},
        "materials": [{"uri": f"https://github.com/example/shop{tail}"}],
    }
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.1",
        "subject": [{"name": "registry.test/shop:v1", "digest": {"sha256": IMAGE.hex}}],
        "predicate": predicate,
    }


def new() -> dict:
    config = {"repository": "git+https://github.com/example/shop", "ref": "refs/tags/v1.2.3", "path": "cloudbuild.yaml"}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{"name": "registry.test/shop:v1", "digest": {"sha256": IMAGE.hex}}],
        "predicate": {
            "buildDefinition": {
                "buildType": "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
                "externalParameters": {"buildConfigSource": config, "substitutions": {}},
                "internalParameters": {"systemSubstitutions": {"TAG_NAME": "v1.2.3"}},
            },
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }


def described(statement: dict, keyid: str = REGIONAL, key=KEY, **changes: object) -> dict:
    """What gcloud prints about an image; a change replaces a field of the entry."""
    payload = json.dumps(statement).encode()
    signed = payload if keyid == REGIONAL else pae(payload)
    text = copy.deepcopy(statement)
    if keyid != WORKER:
        text["slsaProvenance"] = text.pop("predicate", None)
    entry = {
        "kind": "BUILD",
        "resourceUri": f"https://registry.test/shop@{IMAGE}",
        "build": {"inTotoSlsaProvenanceV1" if keyid == WORKER else "intotoStatement": text},
        "envelope": {
            "payload": b64(payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [
                {"keyid": keyid, "sig": b64(sign(key, signed)).replace("+", "-").replace("/", "_")},
            ],
        },
        **changes,
    }
    return {
        "image_summary": {"digest": str(IMAGE), "fully_qualified_digest": f"registry.test/shop@{IMAGE}"},
        "provenance_summary": {"provenance": [entry]},
    }


def verify(value: dict, expected: Expectations = EXPECTED, digest: Digest = IMAGE) -> PublicProvenance:
    return verify_public(json.dumps(value).encode(), [digest], expected, root=root(), where="made.json")


def refused(code: str, value: dict, expected: Expectations = EXPECTED, digest: Digest = IMAGE) -> None:
    with pytest.raises(SupplychainError) as caught:
        verify(value, expected, digest)
    assert caught.value.code == code, caught.value.diagnostics()


FORMATS = [(old(), REGIONAL), (old("v0.3"), REGIONAL), (old("v0.3"), GLOBAL), (new(), WORKER)]


@pytest.mark.parametrize(("statement", "keyid"), FORMATS, ids=["v0.2", "v0.3", "v0.3 dsse", "v1"])
def test_every_format_verifies_and_is_worth_level_3(statement: dict, keyid: str) -> None:
    wanted = replace(EXPECTED, source_tag="v1.2.3", source_versioned_tag="v1", builder_id=BUILDER)
    found = verify(described(statement, keyid), wanted)
    assert (found.builder_level, found.ref) == (3, "refs/tags/v1.2.3")
    value = described(statement, keyid)
    refused("SOURCE_MISMATCH", value, replace(EXPECTED, source_uri="github.com/example/sho"))
    refused("SOURCE_MISMATCH", value, replace(EXPECTED, source_uri="gitlab.com/example/shop"))
    refused("TAG_MISMATCH", value, replace(EXPECTED, source_tag="v1.2"))
    refused("VERSIONED_TAG_MISMATCH", value, replace(EXPECTED, source_versioned_tag="v2"))
    refused("NOT_SUPPORTED", value, replace(EXPECTED, source_branch="main"))
    refused("NOT_SUPPORTED", value, replace(EXPECTED, workflow_inputs={"a": "b"}))
    refused("BUILDER_MISMATCH", value, replace(EXPECTED, builder_id=f"{BUILDER}@v0.9"))
    refused("BUILDER_MISMATCH", value, replace(EXPECTED, builder_id="https://github.com/x/y"))
    refused("UNKNOWN_BUILDER", value, replace(EXPECTED, builder_id=f"{BUILDER}a"))
    refused("WRONG_ARTIFACT", value, digest=Digest.of_bytes(b"another image"))


@pytest.mark.parametrize(("statement", "keyid"), FORMATS, ids=["v0.2", "v0.3", "v0.3 dsse", "v1"])
def test_what_is_not_signed_by_google(statement: dict, keyid: str) -> None:
    refused("NO_VALID_SIGNATURE", described(statement, keyid, key=ec.generate_private_key(ec.SECP256R1())))
    entry = "provenance_summary.provenance.0.envelope"
    value = described(statement, keyid)
    for path, new_value in (
        (f"{entry}.signatures.0.keyid", "projects/evil/cryptoKeys/x"),
        (f"{entry}.signatures.0.sig", ""),
        (f"{entry}.signatures.0.sig", "not base64"),
        (f"{entry}.signatures", []),
        (f"{entry}.payloadType", "text/plain"),
        (f"{entry}.payload", b64(json.dumps(changed(statement, "subject.0.name", "x")).encode())),
    ):
        refused("NO_VALID_SIGNATURE", changed(value, path, new_value))
    bad = copy.deepcopy(value["provenance_summary"]["provenance"][0])
    bad["envelope"]["signatures"][0]["sig"] = ""
    verify(changed(value, "provenance_summary.provenance", [bad, value["provenance_summary"]["provenance"][0]]))
    refused("NOT_PROVENANCE", changed(value, "provenance_summary.provenance", []))


def test_what_stands_beside_must_not_contradict() -> None:
    value, entry = described(old()), "provenance_summary.provenance.0"
    refused("NOT_PROVENANCE", changed(value, f"{entry}.kind", "BUIL"))
    refused("WRONG_ARTIFACT", changed(value, f"{entry}.resourceUri", "https://registry.test/shop@sha256:00"))
    refused("WRONG_ARTIFACT", changed(value, "image_summary.digest", "sha256:00"))
    refused("WRONG_ARTIFACT", changed(value, "image_summary.fully_qualified_digest", "x@sha256:00"))
    text = f"{entry}.build.intotoStatement"
    for path, new_value in (
        (f"{text}.subject.0.digest.sha256", "00"),
        (f"{text}.slsaProvenance.recipe.arguments.@type", "x"),
        (f"{text}.slsaProvenance.metadata.buildStartedOn", "2027-01-01T00:00:00Z"),
        (f"{text}.slsaProvenance.materials", []),
        (text, None),
    ):
        refused("TEXT_MISMATCH", changed(value, path, new_value))
    # Google's text has fields of its own.
    verify(changed(value, f"{text}.slsaProvenance.metadata.buildInvocationId", "other"))
    verify(changed(value, f"{text}.slsaProvenance.recipe.definedInMaterial", "-1"))


@pytest.mark.parametrize(
    ("path", "new_value", "code"),
    [
        ("predicate.builder.id", f"{BUILDER}@v0.9", "INVALID_BUILDER_ID"),
        ("predicate.builder.id", "https://evil.test@v0.2", "INVALID_BUILDER_ID"),
        ("predicate.recipe.type", "https://evil.test", "BUILD_TYPE_MISMATCH"),
        ("predicate.recipe.arguments.@type", "x", "BUILD_TYPE_MISMATCH"),
        ("predicate.materials", [], "SOURCE_MISMATCH"),
        ("predicate.recipe.arguments.substitutions", {}, "TAG_MISMATCH"),
    ],
)
def test_statements_that_are_not_cloud_builds(path: str, new_value: object, code: str) -> None:
    refused(code, described(changed(old(), path, new_value)), replace(EXPECTED, source_tag="v1.2.3"))


def test_each_key_signs_its_own_version() -> None:
    refused("NO_VALID_SIGNATURE", described(new(), GLOBAL))
    refused("NO_VALID_SIGNATURE", described(old(), WORKER))
    odd = changed(new(), "predicate.buildDefinition.externalParameters.buildConfigSource.ref", "refs/heads/main")
    refused("PROVENANCE_INCONSISTENT", described(odd, WORKER))


def test_googles_published_keys_are_there() -> None:
    keys = cloud_build_keys()
    assert len(keys) == 21
    assert {name for name, key in keys.items() if key.dsse} == {GLOBAL, WORKER}
