"""What is expected of provenance that a known key signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from supplychain.errors import SupplychainError
from supplychain.statement.predicates.provenance import Provenance
from supplychain.verification.expectations import Expectations, check_expectations

PROVENANCE = Provenance.parse(
    {
        "buildDefinition": {
            "buildType": "urn:example:build",
            "externalParameters": {"inputs": {"flavour": "small"}},
            "resolvedDependencies": [
                {"uri": "git+https://github.com/example/shop@refs/tags/v1.2.3", "digest": {"gitCommit": "1" * 40}}
            ],
        },
        "runDetails": {"builder": {"id": "https://ci.example.test/runner"}},
    },
    where="made",
)
MET = Expectations(
    source_uri="github.com/example/shop",
    source_tag="v1.2.3",
    source_versioned_tag="v1",
    builder_id="https://ci.example.test/*",
    workflow_inputs={"flavour": "small"},
    package_name="@example/shop",
    package_version="1.2.3",
)
PURL = "pkg:npm/%40example/shop@1.2.3"


def test_everything_that_is_expected_is_met() -> None:
    check_expectations(PROVENANCE, MET, where="made", subject=PURL)
    for source in ("https://github.com/example/shop", "git+https://github.com/example/shop.git"):
        check_expectations(PROVENANCE, replace(MET, source_uri=source), where="made", subject=PURL)
    assert MET.any
    assert not Expectations().any
    assert Expectations(workflow_inputs={"a": ""}).any


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"source_uri": "github.com/example/shop2"}, "SOURCE_MISMATCH"),
        ({"source_uri": "example/shop"}, "SOURCE_MISMATCH"),
        ({"source_branch": "main"}, "BRANCH_MISMATCH"),
        ({"source_tag": "v1.2"}, "TAG_MISMATCH"),
        ({"source_versioned_tag": "v1.3"}, "VERSIONED_TAG_MISMATCH"),
        ({"source_versioned_tag": "1"}, "INVALID_SEMVER"),
        ({"builder_id": "https://ci.example.test"}, "BUILDER_MISMATCH"),
        ({"workflow_inputs": {"flavour": "large"}}, "WORKFLOW_INPUT_MISMATCH"),
        ({"workflow_inputs": {"colour": "red"}}, "WORKFLOW_INPUT_MISMATCH"),
        ({"package_name": "shop"}, "PACKAGE_NAME_MISMATCH"),
        ({"package_version": "1.2"}, "PACKAGE_VERSION_MISMATCH"),
    ],
)
def test_each_has_its_own_reason(asked: dict, code: str) -> None:
    with pytest.raises(SupplychainError) as caught:
        check_expectations(PROVENANCE, replace(MET, **asked), where="made", subject=PURL)
    assert caught.value.code == code


def test_a_subject_that_is_no_package_is_not_the_expected_one() -> None:
    with pytest.raises(SupplychainError) as caught:
        check_expectations(PROVENANCE, MET, where="made", subject="shop.tar.gz")
    assert caught.value.code == "PACKAGE_NAME_MISMATCH"


RELEASE = "https://github.com/example/shop/.github/workflows/release.yml"


@pytest.mark.parametrize("asked", [RELEASE, f"{RELEASE}@v1.2.3", f"{RELEASE}@refs/tags/v1.2.3", f"{RELEASE}@*"])
def test_a_builder_is_expected_with_or_without_its_version(asked: str) -> None:
    built = replace(PROVENANCE, builder_id=f"{RELEASE}@refs/tags/v1.2.3")
    check_expectations(built, Expectations(builder_id=asked), where="made")


@pytest.mark.parametrize(
    "asked", [f"{RELEASE}@v1.2", f"{RELEASE}@refs/heads/v1.2.3", f"{RELEASE}.evil", RELEASE[:-1], ""]
)
def test_another_builder_or_version(asked: str) -> None:
    built = replace(PROVENANCE, builder_id=f"{RELEASE}@refs/tags/v1.2.3")
    with pytest.raises(SupplychainError, match="another builder"):
        check_expectations(built, Expectations(builder_id=asked), where="made")


@pytest.mark.parametrize("asked", [{"package_name": ""}, {"package_version": ""}])
def test_an_empty_expectation_is_not_met_by_what_is_not_there(asked: dict) -> None:
    with pytest.raises(SupplychainError) as caught:
        check_expectations(PROVENANCE, Expectations(**asked), where="made", subject="shop.tar.gz")
    assert caught.value.code.startswith("PACKAGE_")
