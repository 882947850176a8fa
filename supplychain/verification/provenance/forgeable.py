"""What a build could have written itself is held against the certificate, field by field.

npm's client and GitHub's attest action write provenance inside the job that builds, so the job may write what it likes.
Only what the certificate says too is believed. What it does not say must not be there: a field nobody can check is
refused (`UNVERIFIABLE_CLAIM`), a field that says something else is a forgery (`CERTIFICATE_MISMATCH`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.fields import Fields
from supplychain.verification.provenance.references import split_git
from supplychain.verification.provenance.shapes import V02, Shape
from supplychain.verification.provenance.workflow import Workflow

_V02: Mapping[str, Any] = {
    "builder": {"id": None},
    "buildType": None,
    "invocation": {
        "configSource": {"uri": None, "digest": {"sha1": None}, "entryPoint": None},
        "parameters": {},
        "environment": None,
    },
    "metadata": {
        "buildInvocationId": None,
        "buildInvocationID": None,
        "completeness": {"parameters": None, "environment": None, "materials": None},
        "reproducible": None,
    },
    "materials": None,
    "buildConfig": {},
}
_V1: Mapping[str, Any] = {
    "buildDefinition": {
        "buildType": None,
        "externalParameters": {"workflow": {"ref": None, "repository": None, "path": None}},
        "internalParameters": {
            "github": {
                "event_name": None,
                "repository_id": None,
                "repository_owner_id": None,
                "runner_environment": None,
            }
        },
        "resolvedDependencies": None,
    },
    "runDetails": {"builder": {"id": None}, "metadata": {"invocationId": None}},
}
"""Fields that can be checked; None: the value is checked below, an object: its fields are these and no others."""


def check_certificate(shape: Shape, workflow: Workflow, *, where: str) -> None:
    """Hold every field of a provenance against the certificate that signed it.

    Raises:
        VerificationFailed: `CERTIFICATE_MISMATCH` or `UNVERIFIABLE_CLAIM`.
    """
    # 1. Nothing is there that cannot be checked.
    _only(shape.predicate, _V02 if shape.predicate_type == V02 else _V1, "predicate", where)
    if len(shape.subjects) != 1:
        raise _unverifiable("more than one subject", str(len(shape.subjects)), where)
    # 2. Address and path of the workflow that was started, and of the source.
    _, ref = split_git(shape.trigger, where=where)
    _same("reference", ref, workflow.ref, where)
    _same("workflow", shape.workflow_path, workflow.path, where)
    _check_dependencies(shape, workflow, where)
    # 3. Event, run, repository.
    top = Fields(shape.predicate, where)
    if shape.predicate_type == V02:
        _check_environment(shape.environment, workflow, where)
        _check_metadata(top.object("metadata", optional=True).value, workflow, where)
    else:
        _check_github(shape.environment.get("github", {}), workflow, where)
        _check_invocation(top.object("runDetails").object("metadata", optional=True), workflow, where)


def _check_dependencies(shape: Shape, workflow: Workflow, where: str) -> None:
    v02 = shape.predicate_type == V02
    top = Fields(shape.predicate, where)
    items = (top if v02 else top.object("buildDefinition")).objects("materials" if v02 else "resolvedDependencies")
    if len(items) != 1:
        raise _unverifiable("a number of dependencies other than one", str(len(items)), where)
    name = "sha1" if v02 else "gitCommit"
    _only(items[0].value, {"uri": None, "digest": {name: None}}, "dependency", where)
    _same("commit", items[0].object("digest").text(name), workflow.sha, where)
    if v02:
        _same(
            "commit", top.object("invocation").object("configSource").object("digest").text("sha1"), workflow.sha, where
        )


def _check_environment(found: Mapping[str, Any], workflow: Workflow, where: str) -> None:
    run, _, attempt = workflow.run.partition("/attempts/")
    expected = {
        "event_name": workflow.event,
        "ref": workflow.ref,
        "repository": workflow.repository.removeprefix("https://github.com/"),
        "repository_id": workflow.repository_id,
        "repository_owner_id": workflow.owner_id,
        "run_attempt": attempt,
        "run_id": run,
        "sha": workflow.sha,
        "workflow_ref": workflow.config,
        "workflow_sha": workflow.config_sha,
    }
    for name, value in found.items():
        if name not in expected:
            raise _unverifiable(f"the variable {name}", repr(value)[:80], where)
        _same(name, value, expected[name], where)


def _check_metadata(found: Mapping[str, Any], workflow: Workflow, where: str) -> None:
    stated = found.get("buildInvocationId") or found.get("buildInvocationID")
    if stated:
        _same("run", stated, workflow.run.replace("/attempts/", "-"), where)
    complete = found.get("completeness") or {}
    if found.get("reproducible") or any(complete.values()):
        raise _unverifiable("completeness or reproducibility", repr(dict(found))[:120], where)


def _check_github(found: object, workflow: Workflow, where: str) -> None:
    expected = {
        "event_name": workflow.event,
        "repository_id": workflow.repository_id,
        "repository_owner_id": workflow.owner_id,
        "runner_environment": workflow.hosted,
    }
    for name, value in (found if isinstance(found, dict) else {}).items():
        _same(name, value, expected[name], where)


def _check_invocation(metadata: Fields, workflow: Workflow, where: str) -> None:
    stated = metadata.text("invocationId", optional=True)
    if stated:
        _same("run", stated, f"{workflow.repository}/actions/runs/{workflow.run}", where)


def _only(value: object, allowed: Mapping[str, Any], field: str, where: str) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        raise _unverifiable(f"the field {field}", repr(value)[:80], where)
    for name, item in value.items():
        if name not in allowed:
            raise _unverifiable(f"the field {field}.{name}", repr(item)[:80], where)
        if allowed[name] is not None:
            _only(item, allowed[name], f"{field}.{name}", where)


def _same(what: str, found: object, expected: str, where: str) -> None:
    if not expected or found != expected:
        raise VerificationFailed(
            f"provenance and certificate contradict each other about the {what}",
            code="CERTIFICATE_MISMATCH",
            where=where,
            expected=expected or "nothing: the certificate does not say it",
            found=str(found)[:200],
        )


def _unverifiable(what: str, found: str, where: str) -> VerificationFailed:
    return VerificationFailed(
        f"the build could have written {what} itself, and nothing else says it",
        code="UNVERIFIABLE_CLAIM",
        where=where,
        found=found,
    )
