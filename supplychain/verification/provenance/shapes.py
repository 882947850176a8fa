"""SLSA provenance v0.2 and v1, read into one shape (https://slsa.dev/spec/v0.2/provenance, …/v1.0/provenance).

Which fields mean what is fixed per build type by the builders that write them; `Style` names the three ways in which
they say from which reference a build was started. A shape is still a claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields
from supplychain.statement.statement import MAX_STATEMENT, Statement

V02 = "https://slsa.dev/provenance/v0.2"
V1 = "https://slsa.dev/provenance/v1"
TYPES = (V02, V1)

Style = Literal["environment", "source", "workflow"]
"""Where the reference stands: in GitHub's environment variables, in the address of the source, or in the parameter
`workflow`."""

GENERATOR = "https://github.com/slsa-framework/slsa-github-generator"
GO, GENERIC, CONTAINER = f"{GENERATOR}/go@v1", f"{GENERATOR}/generic@v1", f"{GENERATOR}/container@v1"
OLD_GO, OLD_GENERATOR = f"{GENERATOR}-go@v1", f"{GENERATOR}@v1"
DELEGATED = f"{GENERATOR}/delegator-generic@v0"
CONTAINER_BASED = "https://slsa.dev/container-based-build/v0.1?draft"
NPM_1, NPM_2 = "https://github.com/npm/cli/gha@v1", "https://github.com/npm/cli/gha/v2"
WORKFLOW = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
GITHUB = "https://actions.github.io/buildtypes/workflow/v1"

STYLES: Mapping[str, Style] = {
    GO: "environment",
    GENERIC: "environment",
    CONTAINER: "environment",
    OLD_GO: "environment",
    OLD_GENERATOR: "environment",
    CONTAINER_BASED: "environment",
    NPM_1: "environment",
    NPM_2: "environment",
    DELEGATED: "source",
    WORKFLOW: "workflow",
    GITHUB: "workflow",
}
"""Build type to style. Provenance of any other build type is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something the provenance is about, with all of its digests."""

    name: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a provenance says, whichever version it is written in. Absent text is empty."""

    predicate_type: str
    build_type: str
    builder_id: str
    subjects: tuple[Subject, ...]
    trigger: str
    """Repository and reference that started the build: `git+https://…@refs/…`."""
    source: str
    """The first thing built from: `git+https://…[@refs/…]`."""
    workflow_path: str
    environment: Mapping[str, Any]
    """GitHub's variables, names in lower case without `github_`."""
    predicate: Mapping[str, Any]

    @property
    def style(self) -> Style:
        """Where the reference stands."""
        return STYLES[self.build_type]

    def variable(self, name: str) -> str:
        """A variable of GitHub's environment, empty when it is not there or no text."""
        value = self.environment.get(name)
        return value if isinstance(value, str) else ""


def read_shape(statement: Statement, *, where: str) -> Shape:
    """Read a statement's provenance.

    Raises:
        MalformedInput: `BAD_PREDICATE`: fields are missing or mistyped. `BUILD_TYPE_MISMATCH`: a predicate or build
            type nobody here can read.
    """
    top = Fields(statement.predicate, where)
    if statement.predicate_type == V02:
        build_type, builder = top.text("buildType"), top.object("builder").text("id")
        invocation, materials = top.object("invocation"), top.objects("materials", optional=True)
        trigger = invocation.object("configSource").text("uri", optional=True)
        path = invocation.object("configSource").text("entryPoint", optional=True)
        raw = invocation.object("environment", optional=True).value
    elif statement.predicate_type == V1:
        definition = top.object("buildDefinition")
        build_type, builder = definition.text("buildType"), top.object("runDetails").object("builder").text("id")
        materials = definition.objects("resolvedDependencies", optional=True)
        raw = definition.object("internalParameters", optional=True).value
        trigger, path = _trigger(build_type, definition.object("externalParameters"), raw)
    else:
        raise _unread("predicate type", where, statement.predicate_type)
    if build_type not in STYLES:
        raise _unread("build type", where, build_type)
    return Shape(
        predicate_type=statement.predicate_type,
        build_type=build_type,
        builder_id=builder,
        subjects=subjects_of(statement, where=where),
        trigger=trigger,
        source=materials[0].text("uri", optional=True) if materials else "",
        workflow_path=path,
        environment=_environment(raw, where),
        predicate=statement.predicate,
    )


def _trigger(build_type: str, external: Fields, internal: Mapping[str, Any]) -> tuple[str, str]:
    """Address and path of the workflow that was started, in provenance v1."""
    if STYLES.get(build_type) == "workflow":
        workflow = external.object("workflow")
        return f"git+{workflow.text('repository')}@{workflow.text('ref')}", workflow.text("path", optional=True)
    stated = internal.get("GITHUB_WORKFLOW_REF")
    place, _, ref = (stated if isinstance(stated, str) else "").partition("@")
    owner, _, rest = place.partition("/")
    repository, _, path = rest.partition("/")
    return (f"git+https://github.com/{owner}/{repository}@{ref}", path) if ref and repository else ("", "")


def _environment(raw: Mapping[str, Any], where: str) -> dict[str, Any]:
    found = {name.lower().removeprefix("github_"): value for name, value in raw.items()}
    if len(found) != len(raw):
        raise MalformedInput("a variable stands twice, in upper and lower case", code="BAD_PREDICATE", where=where)
    return found


def subjects_of(statement: Statement, *, where: str) -> tuple[Subject, ...]:
    """Every subject with every digest, whatever the algorithm. Raises MalformedInput for mistyped ones."""
    body = Fields(parse_json_object(statement.payload, where=where, max_bytes=MAX_STATEMENT), where)
    return tuple(
        Subject(
            name=item.text("name", optional=True),
            digests={name: item.object("digest").text(name) for name in item.object("digest").value},
        )
        for item in body.objects("subject")
    )


def _unread(what: str, where: str, found: str) -> MalformedInput:
    return MalformedInput(
        f"provenance of a {what} that is not read here",
        code="BUILD_TYPE_MISMATCH",
        where=where,
        expected=", ".join(TYPES if what == "predicate type" else STYLES),
        found=found[:160],
    )
