"""Every builder of the generator, at every kind of version, started by every kind of event: decided by the rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from supplychain.errors import SupplychainError
from tests.unit.verification.provenance.made import (
    EXPECTED,
    WORKFLOWS,
    changed,
    claims,
    delegated,
    generic,
    sign,
    verify,
)

VERSIONS = ("v1.2.0", "v1.2.2", "v1.4.0", "v1.9.0", "v1.10.0", "v2.0.0", "v2.1.0")
TYPES = {"generator_generic_slsa3.yml": "generic", "builder_go_slsa3.yml": "go", "generator_container_slsa3.yml": "container"}  # fmt: skip
OLD = {number: text for number, text in claims().items() if number <= 6}
"""What certificates said until the end of 2022."""
GENERATOR = "https://github.com/slsa-framework/slsa-github-generator"


def outcome(value: dict[str, Any], **expected: Any) -> str:
    """The reference that was proved, or the code of the refusal."""
    try:
        return verify(value, replace(EXPECTED, **expected)).ref
    except SupplychainError as error:
        return error.code


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("workflow", TYPES)
@pytest.mark.parametrize("said", [OLD, claims()], ids=["old certificate", "new certificate"])
def test_released_versions_of_each_workflow(version: str, workflow: str, said: dict[int, str]) -> None:
    by = f"{WORKFLOWS}{workflow}@refs/tags/{version}"
    statement = changed(generic(), "predicate.builder.id", by)
    statement = changed(statement, "predicate.buildType", f"{GENERATOR}/{TYPES[workflow]}@v1")
    value = sign(statement, by=by, said=said, media="0.1", kind="intoto", version="0.0.1")
    assert outcome(value) == "refs/tags/v1.2.3"
    for builder in (by, by.partition("@")[0], by.replace("refs/tags/", "")):
        assert outcome(value, builder_id=builder) == "refs/tags/v1.2.3"
    for builder in (f"{by}.1", by[:-1], f"{by.partition('@')[0]}@v3.0.0", by.replace("_slsa3", "_slsa4")):
        assert outcome(value, builder_id=builder) == "UNTRUSTED_REUSABLE_WORKFLOW"
    other = changed(statement, "predicate.buildType", f"{GENERATOR}/other@v1")
    assert outcome(sign(other, by=by, said=said)) == "BUILD_TYPE_MISMATCH"


@pytest.mark.parametrize(
    "ref", ["refs/heads/main", "refs/tags/v1", "refs/tags/v1.2", "refs/tags/v1.2.0-rc.1", "1" * 40]
)
def test_a_builder_at_something_that_moves(ref: str) -> None:
    by = f"{WORKFLOWS}generator_generic_slsa3.yml@{ref}"
    assert outcome(sign(changed(generic(), "predicate.builder.id", by), by=by)) == "INVALID_REF"


MAIN, TAG = "refs/heads/main", "refs/tags/v1.2.3"
NO = "INVALID_REF"


@pytest.mark.parametrize(
    ("event", "ref", "payload", "branch", "tag", "version"),
    [
        ("push", MAIN, {"ref": MAIN}, MAIN, NO, NO),
        ("push", "refs/heads/branch1", {}, "BRANCH_MISMATCH", NO, NO),
        ("push", TAG, {"base_ref": MAIN}, TAG, TAG, TAG),
        ("push", TAG, {"base_ref": None}, NO, TAG, TAG),
        ("push", "refs/tags/v2.0.0", {}, NO, "TAG_MISMATCH", "VERSIONED_TAG_MISMATCH"),
        ("push", "refs/tags/nightly", {}, NO, "TAG_MISMATCH", "INVALID_SEMVER"),
        ("workflow_dispatch", MAIN, {"inputs": {"a": "b"}}, MAIN, NO, NO),
        ("workflow_dispatch", TAG, {}, NO, TAG, TAG),
        ("release", TAG, {"release": {"target_commitish": "main"}}, TAG, TAG, TAG),
        ("release", TAG, {"release": {}}, NO, TAG, TAG),
        ("create", TAG, {}, NO, TAG, TAG),
        ("schedule", MAIN, {}, MAIN, NO, NO),
        ("pull_request", "refs/pull/5/merge", {}, NO, NO, NO),
    ],
)
def test_events(event: str, ref: str, payload: dict[str, Any], branch: str, tag: str, version: str) -> None:
    place = "predicate.invocation.environment.github_"
    statement = changed(generic(ref), f"{place}event_name", event)
    statement = changed(statement, f"{place}event_payload", payload)
    value = sign(statement, said=claims(ref, c2=event, c20=event))
    assert outcome(value) == ref
    assert outcome(value, source_branch="main") == branch
    assert outcome(value, source_tag="v1.2.3") == tag
    assert outcome(value, source_versioned_tag="v1") == version
    chosen = "a" in payload.get("inputs", {})
    assert outcome(value, workflow_inputs={"a": "b"}) == (ref if chosen else "WORKFLOW_INPUT_MISMATCH")


@pytest.mark.parametrize("version", ["v1.6.0", "v1.10.0", "v2.1.0"])
@pytest.mark.parametrize("builder", ["builder_nodejs_slsa3.yml", "builder_maven_slsa3.yml", "builder_gradle_slsa3.yml"])
@pytest.mark.parametrize("delegator", ["delegator_generic_slsa3.yml", "delegator_lowperms-generic_slsa3.yml"])
def test_delegated_builders(delegator: str, builder: str, version: str) -> None:
    name, by = f"{WORKFLOWS}{builder}", f"{WORKFLOWS}{delegator}@refs/tags/{version}"
    value = sign(changed(delegated(), "predicate.runDetails.builder.id", f"{name}@refs/tags/{version}"), by=by)
    for asked in (None, name, f"{name}@{version}", f"{name}@refs/tags/{version}"):
        assert outcome(value, builder_id=asked) == TAG
    for asked in (f"{WORKFLOWS}{delegator}", f"{name}@v0.0.1"):
        assert outcome(value, builder_id=asked) == "BUILDER_MISMATCH"
    moving = sign(changed(delegated(), "predicate.runDetails.builder.id", f"{name}@refs/heads/main"), by=by)
    assert outcome(moving) == "INVALID_REF"
    foreign = "https://github.com/evil/builders/.github/workflows/builder.yml@refs/tags/v1.0.0"
    value = sign(changed(delegated(), "predicate.runDetails.builder.id", foreign), by=by)
    assert outcome(value) == "INVALID_BUILDER_ID"
    assert outcome(value, builder_id=foreign) == TAG
