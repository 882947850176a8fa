"""Real provenance of public builders, each case with the reason the table gives; none accepted that must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.pipeline.public import verify_builders
from supplychain.signing.identity import PublicKey
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance.summary import ExpectedSummary, verify_summary

pytestmark = pytest.mark.shared

REASONS = {
    "OK": "OK",
    "ErrorMismatchSource": "SOURCE_MISMATCH",
    "ErrorMismatchBranch": "BRANCH_MISMATCH",
    "ErrorMismatchTag": "TAG_MISMATCH",
    "ErrorMismatchVersionedTag": "VERSIONED_TAG_MISMATCH",
    "ErrorInvalidRef": "INVALID_REF",
    "ErrorInvalidSemver": "INVALID_SEMVER",
    "ErrorMismatchBuilderID": "BUILDER_MISMATCH",
    "ErrorInvalidBuilderID": "INVALID_BUILDER_ID",
    "ErrorUntrustedReusableWorkflow": "UNTRUSTED_REUSABLE_WORKFLOW",
    "ErrorNotSupported": "BUILDER_NOT_SUPPORTED",
    "ErrorVerifierNotSupported": "UNKNOWN_BUILDER",
    "ErrorMismatchPackageName": "PACKAGE_NAME_MISMATCH",
    "ErrorMismatchPackageVersion": "PACKAGE_VERSION_MISMATCH",
    "ErrorMismatchWorkflowInputs": "WORKFLOW_INPUT_MISMATCH",
    "ErrorMismatchHash": "WRONG_ARTIFACT",
    "ErrorInvalidSignature": "SIGNATURE_MISMATCH",
    "ErrorNoValidSignature": "NO_VALID_SIGNATURE",
    "ErrorMismatchIntoto": "TEXT_MISMATCH",
    "ErrorInvalidFormat": "NOT_PROVENANCE",
    "ErrorInvalidDssePayload": "NOT_JSON",
}
"""The table's reasons to our codes."""

NPM_SHA512 = {
    # By its file; the digests of the others are what registry and builder agree about.
    "provenance-npm-test-cli-v1-prega.tgz": "f06fbf5c353cc0db093904b9cac0d53b412d83dff6b80e6047d9786708a38e5c"
    "3105cad4e913dfc22dbe8c999b3fe029d47969fe75406843b8163db6fd22f681",
    "provenance-npm-test-cli-v1-prega-invalidsigpub.tgz": "f06fbf5c353cc0db093904b9cac0d53b412d83dff6b80e6047d9786708a38e5c"
    "3105cad4e913dfc22dbe8c999b3fe029d47969fe75406843b8163db6fd22f681",
    "gundam-visor-cli-v1-tag.tgz": "8d9d7972f676516c75014aa074e11ae604d98f0b64ec6725a61e2838ff3dab16"
    "2118fa71433fb31e1550d30bd0dec9d086ce032b94457b583900c507acf39c40",
    "provenance-npm-test-ossf.tgz": "563bc6d88c7cc60917b13cf4838473eeea6ec7ea0430f2672b16f43c2a5c82c2"
    "39949c7cae7fe13bbe3b30d0571c3e56de624aa31ea43c98c12f1f190b8a7ca0",
    "provenance-npm-test-cli-v02-prega-invalidsigprov.tgz": "f2995e2565a1510c707850d8194f983b91fe61ec243c5551ad849c357273768b"
    "5f3a57e44b81cc0cd36a34b8b933322be871eea5b058202be807e24dc882811b",
    "provenance-npm-test-cli-v02-prega-invalidsigpub.tgz": "f2995e2565a1510c707850d8194f983b91fe61ec243c5551ad849c357273768b"
    "5f3a57e44b81cc0cd36a34b8b933322be871eea5b058202be807e24dc882811b",
}
IMAGES = {
    "gcloud-container-github": "1a033b002f89ed2b8ea733162497fb70f1a4049a7f8602d6a33682b4ad9921fd",
    "container_workflow_dispatch": "a74d89d8dd863ca5dae4a29e0feede81ddf59197849a80784af5a02ab7786925",
}
OTHER = Digest.of_bytes(b"something else")


def cases_of(shared: Path, *kinds: str) -> list[dict[str, Any]]:
    cases = json.loads((shared / "provenance" / "cases.json").read_text())
    return [case for case in cases if case["kind"] in kinds]


def digests_of(case: dict[str, Any], name: str, shared: Path) -> list[Digest]:
    """The artifact's own digest: by its path, for a name alone is shared by every builder's artifact."""
    base = Path(name).name
    if case["kind"] == "npm":
        return [Digest.parse(f"sha512:{NPM_SHA512[base]}")]
    if base in IMAGES:
        return [Digest.parse(f"sha256:{IMAGES[base]}")]
    known = json.loads((shared / "provenance" / "artifact_digests.json").read_text())
    return [Digest.parse("sha256:" + known[str(Path(case["prov"]).parent / base)]["sha256"])]


def expected_of(case: dict[str, Any]) -> Expectations:
    return Expectations(
        source_uri=case.get("source"),
        source_branch=case.get("pbranch"),
        source_tag=case.get("ptag"),
        source_versioned_tag=case.get("pversiontag"),
        builder_id=case.get("pBuilderID") or case.get("builderID"),
        workflow_inputs=case.get("inputs") or {},
        package_name=case.get("pkgName"),
        package_version=case.get("pkgVersion"),
    )


def reason_of(case: dict[str, Any], digests: list[Digest], shared: Path) -> str:
    try:
        (found,) = verify_builders([shared / "provenance" / "files" / case["prov"]], digests, expected_of(case))
    except SupplychainError as error:
        return error.code
    assert found.builder_level == (2 if "actions/runner" in found.builder_id else 3)
    if "outBuilderID" in case:
        assert found.builder_id.startswith(case["outBuilderID"])
    return "OK"


@pytest.mark.parametrize("kind", ["artifact", "container-based", "github-attestation", "npm", "gcb", "oci-image"])
def test_every_case_for_the_reason_of_the_table(kind: str, shared: Path) -> None:
    wrong = []
    for case in cases_of(shared, kind):
        for name in case.get("artifacts") or [case["artifact"]]:
            found = reason_of(case, digests_of(case, name, shared), shared)
            if found != REASONS[case["expect"]]:
                wrong.append(f"{case['prov']} [{case['name']}]: {found}, wanted {REASONS[case['expect']]}")
    assert not wrong


@pytest.mark.parametrize("kind", ["artifact", "container-based", "github-attestation", "npm", "gcb", "oci-image"])
def test_good_provenance_does_not_bless_another_artifact(kind: str, shared: Path) -> None:
    good = [case for case in cases_of(shared, kind) if case["expect"] == "OK"]
    assert good
    assert {reason_of(case, [OTHER], shared) for case in good} == {"WRONG_ARTIFACT"}


@pytest.mark.parametrize("kind", ["artifact", "container-based", "github-attestation", "npm"])
def test_good_provenance_with_a_changed_byte_is_refused(kind: str, shared: Path, tmp_path: Path) -> None:
    case = next(case for case in cases_of(shared, kind) if case["expect"] == "OK")
    name = (case.get("artifacts") or [case["artifact"]])[0]
    text = (shared / "provenance" / "files" / case["prov"]).read_text()
    start, changed = text.index('"payload":') + 500, tmp_path / "changed.json"
    for place in range(start, start + 40, 8):
        other = "A" if text[place] != "A" else "B"
        changed.write_text(text[:place] + other + text[place + 1 :])
        with pytest.raises(SupplychainError):
            verify_builders([changed], digests_of(case, name, shared), expected_of(case))


def test_summaries_of_others(shared: Path) -> None:
    for case in cases_of(shared, "vsa"):
        files = shared / "provenance" / "files" / "vsa"
        path = next(files.rglob(Path(case["attestationPath"]).name))
        key = PublicKey.parse(next(files.rglob(Path(case["publicKeyPath"]).name)).read_bytes(), where="key")
        expected = ExpectedSummary(
            subjects=tuple(case.get("subjectDigests") or ["gce_image_id:8970095005306000053"]),
            verifier=case.get("verifierID", ""),
            resource=case.get("resourceURI", ""),
            levels=tuple(case.get("verifiedLevels", ())),
            keyid=case["publicKeyID"],
        )
        try:
            verify_summary(path.read_bytes(), key, expected, where=path.name)
            found = "OK"
        except SupplychainError as error:
            found = error.code
        assert found == REASONS[case["expect"]], case["name"]
