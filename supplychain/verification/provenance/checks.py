"""Holding provenance against what a user expects; each expectation has its own error code.

1. source      SOURCE_MISMATCH; MALFORMED_URI, PROVENANCE_INCONSISTENT when trigger and source do not fit together
2. artifact    WRONG_ARTIFACT
3. branch      INVALID_REF (built from a tag that names no branch), BRANCH_MISMATCH
4. tag         INVALID_REF (not built from a tag), TAG_MISMATCH
5. version     INVALID_REF, INVALID_SEMVER, VERSIONED_TAG_MISMATCH
6. inputs      WORKFLOW_INPUT_MISMATCH
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.verification.expectations import Expectations, differs
from supplychain.verification.provenance.references import (
    BRANCHES,
    TAGS,
    as_git,
    check_versioned_tag,
    name_of,
    split_git,
)
from supplychain.verification.provenance.shapes import DELEGATED, NPM_1, Shape, Subject


def check_source(shape: Shape, expected: str, *, where: str) -> None:
    """The build was started in the expected repository, and built from it (step 1)."""
    wanted = as_git(expected)
    repository, ref = split_git(shape.trigger, where=where)
    if repository != wanted:
        raise differs("SOURCE_MISMATCH", "started from another repository", where, wanted, repository)
    if not ref:
        raise MalformedInput("the trigger names no reference", code="MALFORMED_URI", where=where, found=shape.trigger)
    repository, ref = split_git(shape.source, where=where)
    if repository != wanted:
        raise differs("SOURCE_MISMATCH", "built from another repository", where, wanted, repository)
    # npm's first provenance left the reference out; a delegated build may build a commit it has just made.
    if not ref and shape.build_type not in (NPM_1, DELEGATED):
        raise MalformedInput("the source names no reference", code="MALFORMED_URI", where=where, found=shape.source)
    if ref and shape.trigger != shape.source:
        raise differs("PROVENANCE_INCONSISTENT", "trigger and source differ", where, shape.trigger, shape.source)


def find_subject(subjects: Sequence[Subject], digests: Sequence[Digest], *, where: str) -> tuple[Subject, Digest]:
    """The subject that is the artifact (step 2): it shares a digest with it, and contradicts it in none."""
    known = {digest.algorithm: digest for digest in digests}
    for subject in subjects:
        shared = [known[name] for name in subject.digests if name in known]
        if shared and all(subject.digests[digest.algorithm] == digest.hex for digest in shared):
            return subject, shared[0]
    stated = ", ".join(f"{name}:{text}" for subject in subjects[:3] for name, text in subject.digests.items())
    named = {name for subject in subjects for name in subject.digests}
    raise VerificationFailed(
        "the provenance is about another artifact",
        code="WRONG_ARTIFACT",
        where=where,
        expected=", ".join(str(digest) for digest in digests)[:300],
        found=stated[:400],
        hint="check that the artifact is the one that was built, byte for byte"
        if named & set(known)
        else f"the provenance knows other digests: give the file itself, or its {' or '.join(sorted(named))}",
    )


def check_references(shape: Shape, expected: Expectations, *, where: str) -> None:
    """Branch, tag and version (steps 3 to 5)."""
    if expected.source_branch is not None:
        branch = name_of(_branch(shape, where), BRANCHES, where=where)
        if branch != expected.source_branch:
            raise differs("BRANCH_MISMATCH", "built from another branch", where, expected.source_branch, branch)
    if expected.source_tag is not None:
        tag = name_of(reference_of(shape, where=where), TAGS, where=where)
        if tag != expected.source_tag:
            raise differs("TAG_MISMATCH", "built from another tag", where, expected.source_tag, tag)
    if expected.source_versioned_tag is not None:
        tag = name_of(reference_of(shape, where=where), TAGS, where=where)
        check_versioned_tag(tag, expected.source_versioned_tag, where=where)


def reference_of(shape: Shape, *, where: str) -> str:
    """The branch or tag the source was taken from, as full reference; empty when nothing says so.

    Raises:
        MalformedInput: `BAD_PREDICATE`: the environment contradicts itself.
    """
    if shape.style != "environment":
        return split_git(shape.source if shape.style == "source" else shape.trigger, where=where)[1]
    ref, kind = shape.variable("ref"), shape.variable("ref_type")
    prefixes = {"branch": "refs/", "tag": TAGS, "": "refs/"}
    if kind not in prefixes or (ref and not ref.startswith(prefixes[kind])) or (kind == "branch" and _is_tag(ref)):
        raise MalformedInput(
            "type and name of the reference do not fit together",
            code="BAD_PREDICATE",
            where=where,
            found=f"{kind} {ref}",
        )
    return ref


def check_inputs(shape: Shape, inputs: Mapping[str, str], *, where: str) -> None:
    """Inputs of a manually started workflow (step 6); no other event has inputs that a person chose."""
    if not inputs:
        return
    event = shape.variable("event_name")
    if event != "workflow_dispatch":
        raise differs("WORKFLOW_INPUT_MISMATCH", "not started by hand", where, "event workflow_dispatch", event)
    found = _object(_object(shape.environment, "event_payload"), "inputs")
    for name, value in inputs.items():
        if found.get(name) != value:
            given = f"{name}={found[name]}" if name in found else ""
            raise differs("WORKFLOW_INPUT_MISMATCH", "started with other inputs", where, f"{name}={value}", given)


def check_common(
    shape: Shape, digests: Sequence[Digest], expected: Expectations, *, where: str
) -> tuple[Subject, Digest]:
    """Steps 1 to 6, in order. The source is always expected: without it anybody's build would do."""
    check_source(shape, expected.source_uri or "", where=where)
    found = find_subject(shape.subjects, digests, where=where)
    check_references(shape, expected, where=where)
    check_inputs(shape, expected.workflow_inputs, where=where)
    return found


def _branch(shape: Shape, where: str) -> str:
    """The branch as full reference; of a tag, the branch that the event says it was made from."""
    ref = reference_of(shape, where=where)
    if not _is_tag(ref):
        return ref
    if base := shape.variable("base_ref"):
        return base
    payload = _object(shape.environment, "event_payload")
    match shape.variable("event_name"):
        case "push":
            return str(payload.get("base_ref") or "")
        case "release":
            branch = _object(payload, "release").get("target_commitish")
            return f"{BRANCHES}{branch}" if isinstance(branch, str) else ""
        case _:
            return ""


def _is_tag(ref: str) -> bool:
    return ref.startswith(TAGS)


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}
