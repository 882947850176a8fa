"""What a user expects of provenance must be met by a value that is there."""

from __future__ import annotations

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.provenance import Provenance
from supplychain.verification.expectations import Expectations, check_expectations
from tests.simulator import evidence
from tests.simulator.world import AT

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))


def built(source: str = evidence.SOURCE, builder: str = evidence.BUILDER) -> Provenance:
    statement = evidence.provenance([A], at=AT, source=source, builder=builder)
    return Provenance.parse(statement.predicate, where="")


def refusal(provenance: Provenance, **expected: str) -> str:
    with pytest.raises(VerificationFailed) as caught:
        check_expectations(provenance, Expectations(**expected), where="there")
    assert caught.value.where == "there"
    return caught.value.code


def test_nothing_asked_is_met() -> None:
    assert not Expectations().any
    check_expectations(built(source=""), Expectations(), where="")


@pytest.mark.parametrize(
    "uri",
    [
        "git+https://git.example/shop",
        "https://git.example/shop",
        "https://git.example/shop.git",
        "https://GIT.example/shop/",
    ],
)
def test_the_same_repository(uri: str) -> None:
    assert Expectations(source_uri=uri).any
    check_expectations(built(), Expectations(source_uri=uri, source_branch="main"), where="")


@pytest.mark.parametrize(
    "uri",
    [
        "", "/", "https://git.example", "https://git.example/Shop", "https://git.example/shop2", "https://git.example.evil/shop",
        "https://git.example:1/shop", "https://git.example/evil/shop", "https://evil/https://git.example/shop", "#", "?",
    ],
)  # fmt: skip
def test_another_repository(uri: str) -> None:
    assert refusal(built(), source_uri=uri) == "SOURCE_MISMATCH"
    assert refusal(built(source=""), source_uri=uri) == "SOURCE_MISMATCH"


@pytest.mark.parametrize(
    ("source", "branch", "tag"),
    [
        ("git+https://git.example/shop@refs/heads/main", "main", None),
        ("git+https://git.example/shop@refs/heads/a/b", "a/b", None),
        ("git+https://git.example/shop@refs/tags/v1", None, "v1"),
        ("git+https://git.example/shop", None, None),
        ("", None, None),
    ],
)
def test_branches_and_tags(source: str, branch: str | None, tag: str | None) -> None:
    for name in ("main", "a/b", "b", "v1", "v1.evil", "heads/main", "refs/heads/main", "", "*"):
        if name == branch:
            check_expectations(built(source), Expectations(source_branch=name), where="")
        else:
            assert refusal(built(source), source_branch=name) == "BRANCH_MISMATCH"
        if name == tag:
            check_expectations(built(source), Expectations(source_tag=name), where="")
        else:
            assert refusal(built(source), source_tag=name) == "TAG_MISMATCH"


def test_a_ref_within_a_ref_is_no_other_ref() -> None:
    twice = built("git+https://git.example/shop@refs/heads/main@refs/heads/evil")
    assert refusal(twice, source_branch="main") == "BRANCH_MISMATCH"
    assert refusal(twice, source_branch="evil") == "BRANCH_MISMATCH"


def test_the_builder() -> None:
    check_expectations(built(), Expectations(builder_id="https://builder.example/*"), where="")
    for wrong in ("", "https://builder.example/v", "https://builder.example/v1x", "builder"):
        assert refusal(built(), builder_id=wrong) == "BUILDER_MISMATCH"
    assert refusal(built(builder=""), builder_id="*") == "BUILDER_MISMATCH"


def test_the_source_is_the_first_git_revision() -> None:
    """What else went into the build is not its source."""
    provenance = built()
    more = {"uri": "pkg:pypi/flask@3", "digest": {"sha256": "0" * 64}}
    body = provenance.to_json()
    body["buildDefinition"]["resolvedDependencies"].insert(0, more)
    body["buildDefinition"]["resolvedDependencies"].append(
        {"uri": "git+https://evil/x@refs/heads/main", "digest": {"gitCommit": "3" * 40}}
    )
    mixed = Provenance.parse(body, where="")
    check_expectations(mixed, Expectations(source_uri="https://git.example/shop"), where="")
    assert refusal(mixed, source_uri="https://evil/x") == "SOURCE_MISMATCH"
