"""SLSA provenance v1: how, from what and by whom an artifact was built (https://slsa.dev/spec/v1.0/provenance)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_time
from supplychain.statement.predicates.fields import Fields

if TYPE_CHECKING:
    from supplychain.artifact.source import Source

TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:supplychain:build:command:v1"
"""Our own build type: a command run in the source tree; documented in `attestations/predicates/provenance`."""
_NO_NOTES: dict[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A resolved dependency: something the build took in."""

    uri: str
    digest: Mapping[str, str]
    annotations: Mapping[str, Any]

    @staticmethod
    def as_written(value: Mapping[str, Any]) -> Dependency:
        """Read a ResourceDescriptor quickly if it is as `to_json` writes it. Raises TypeError if it is not."""
        uri, digest, notes = value["uri"], value["digest"], value.get("annotations", _NO_NOTES)
        if type(uri) is not str or not type(digest) is type(notes) is dict:
            raise TypeError
        return Dependency(uri=uri, digest=digest, annotations=notes)

    def to_json(self) -> dict[str, Any]:
        """A ResourceDescriptor; empty annotations are left out."""
        value: dict[str, Any] = {"uri": self.uri, "digest": dict(self.digest)}
        if self.annotations:
            value["annotations"] = dict(self.annotations)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The predicate."""

    build_type: str
    external_parameters: Mapping[str, Any]
    internal_parameters: Mapping[str, Any]
    dependencies: tuple[Dependency, ...]
    builder_id: str
    invocation_id: str
    started: datetime | None
    finished: datetime | None

    @staticmethod
    def as_written(predicate: Mapping[str, Any]) -> Provenance | None:
        """Read the predicate quickly if it is as `to_json` writes it (see `registry.parse_predicate`)."""
        definition, details = predicate["buildDefinition"], predicate["runDetails"]
        build_type, external = definition["buildType"], definition["externalParameters"]
        internal, dependencies = definition["internalParameters"], definition["resolvedDependencies"]
        builder_id, metadata = details["builder"]["id"], details["metadata"]
        invocation_id, started, finished = metadata["invocationId"], metadata["startedOn"], metadata["finishedOn"]
        if not type(build_type) is type(builder_id) is type(invocation_id) is str:
            return None
        if not type(external) is type(internal) is dict or type(dependencies) is not list:
            return None
        begun = parse_time(started, where="")
        return Provenance(
            build_type=build_type,
            external_parameters=external,
            internal_parameters=internal,
            dependencies=tuple([Dependency.as_written(item) for item in dependencies]),
            builder_id=builder_id,
            invocation_id=invocation_id,
            started=begun,
            finished=begun if finished == started else parse_time(finished, where=""),
        )

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Provenance:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        definition, details = top.object("buildDefinition"), top.object("runDetails")
        metadata = details.object("metadata", optional=True)
        started, finished = metadata.text("startedOn", optional=True), metadata.text("finishedOn", optional=True)
        return Provenance(
            build_type=definition.text("buildType"),
            external_parameters=definition.mapping("externalParameters"),
            internal_parameters=definition.mapping("internalParameters", optional=True),
            dependencies=tuple(
                [
                    Dependency(
                        uri=item.text("uri", optional=True),
                        digest=item.mapping("digest", optional=True),
                        annotations=item.mapping("annotations", optional=True),
                    )
                    for item in definition.objects("resolvedDependencies", optional=True)
                ]
            ),
            builder_id=details.object("builder").text("id"),
            invocation_id=metadata.text("invocationId", optional=True),
            started=parse_time(started, where=where) if started else None,
            finished=parse_time(finished, where=where) if finished else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as SLSA spells it."""
        metadata: dict[str, Any] = {"invocationId": self.invocation_id}
        if self.started:
            metadata["startedOn"] = format_time(self.started)
        if self.finished:
            metadata["finishedOn"] = format_time(self.finished)
        return {
            "buildDefinition": {
                "buildType": self.build_type,
                "externalParameters": dict(self.external_parameters),
                "internalParameters": dict(self.internal_parameters),
                "resolvedDependencies": [item.to_json() for item in self.dependencies],
            },
            "runDetails": {"builder": {"id": self.builder_id}, "metadata": metadata},
        }


def source_dependency(source: Source) -> Dependency:
    """The source tree as a resolved dependency: commit and ref where git knows them, the tree digest always."""
    digest = {"sha256": source.tree.hex}
    annotations: dict[str, Any] = {"dirty": source.dirty, "digestOf": "urn:supplychain:tree:v1"}
    if source.commit is None:
        return Dependency(uri=source.uri, digest=digest, annotations={**annotations, "revision_control": "none"})
    if source.authors:
        annotations["authors"] = list(source.authors)
    uri = f"{source.uri}@{source.ref}" if source.ref else source.uri
    return Dependency(uri=uri, digest={"gitCommit": source.commit, **digest}, annotations=annotations)


def file_dependency(name: str, digest: Digest) -> Dependency:
    """A file the build took in, by digest."""
    return Dependency(uri=f"file:{name}", digest=digest.to_set(), annotations={})
