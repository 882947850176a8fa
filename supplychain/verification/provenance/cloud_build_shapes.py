"""What provenance of Google Cloud Build says: SLSA v0.1 as Google writes it (builders v0.2 and v0.3), and v1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields
from supplychain.statement.statement import Statement
from supplychain.verification.provenance.builders import CLOUD_BUILD
from supplychain.verification.provenance.references import TAGS, BuilderId
from supplychain.verification.provenance.shapes import V1

V01 = "https://slsa.dev/provenance/v0.1"
_V1_TYPE = "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1"
_ARGUMENTS = "type.googleapis.com/google.devtools.cloudbuild.v1.Build"
_RECIPES = ("https://cloudbuild.googleapis.com/CloudBuildYaml@", "https://cloudbuild.googleapis.com/CloudBuildSteps@")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudBuild:
    """What the provenance says."""

    predicate_type: str
    builder: BuilderId
    build_type: str
    type_fits: bool
    """Whether kind of build and arguments are those of this builder."""
    expected_type: str
    source: str
    tag: str
    """Empty where the build was not started by a tag."""

    @property
    def known_builders(self) -> tuple[str, ...]:
        """The builders that write this version of provenance."""
        return (CLOUD_BUILD,) if self.predicate_type == V1 else (f"{CLOUD_BUILD}@v0.2", f"{CLOUD_BUILD}@v0.3")

    @property
    def ref(self) -> str:
        """The tag as full reference."""
        return f"{TAGS}{self.tag}" if self.tag else ""

    def source_is(self, expected: str) -> bool:
        """Whether the source is the expected repository, or a versioned object of Cloud Storage below it."""
        found = self.source.removeprefix("git+")
        if self.predicate_type == V1:
            return found == expected
        if found.startswith(f"{expected}#"):
            return True
        return found.startswith(f"{expected}/commit/") if self.builder.version == "v0.2" else found == expected


def read_cloud_build(statement: Statement, *, where: str) -> CloudBuild:
    """Read a statement that Google signed. Raises MalformedInput for missing or mistyped fields."""
    top = Fields(statement.predicate, where)
    return _read_v1(top, where) if statement.predicate_type == V1 else _read_v01(top, where)


def same_text(beside: Mapping[str, Any], statement: Statement) -> bool:
    """Whether the text for people says what the statement says, in every field that SLSA knows.

    Google's text spells `definedInMaterial` differently and has further fields; those are not compared.
    """
    v1 = statement.predicate_type == V1
    text = beside.get("inTotoSlsaProvenanceV1" if v1 else "intotoStatement")
    if not isinstance(text, dict):
        return False
    predicate = text.get("predicate" if v1 else "slsaProvenance")
    signed = _signed_header(statement)
    header = {name: text.get(name) for name in signed}
    known = _known_v1 if v1 else _known_v01
    return header == signed and known(predicate) == known(statement.predicate)


def _read_v01(top: Fields, where: str) -> CloudBuild:
    builder = BuilderId.parse(top.object("builder").text("id"), where=where)
    recipe, materials = top.object("recipe"), top.objects("materials", optional=True)
    arguments = recipe.object("arguments")
    build_type = recipe.text("type")
    # The first builder calls its recipe by its own name; the second has a recipe per kind of configuration.
    named = build_type == str(builder) if builder.version == "v0.2" else build_type.startswith(_RECIPES)
    substitutions = arguments.object("substitutions", optional=True)
    return CloudBuild(
        predicate_type=V01,
        builder=builder,
        build_type=build_type,
        type_fits=named and arguments.text("@type", optional=True) == _ARGUMENTS,
        expected_type=str(builder) if builder.version == "v0.2" else " or ".join(_RECIPES),
        source=materials[0].text("uri") if materials else "",
        tag=substitutions.text("TAG_NAME", optional=True),
    )


def _read_v1(top: Fields, where: str) -> CloudBuild:
    definition = top.object("buildDefinition")
    config = definition.object("externalParameters").object("buildConfigSource")
    ref = config.text("ref")
    internal = definition.object("internalParameters", optional=True)
    tag = internal.object("systemSubstitutions", optional=True).text("TAG_NAME", optional=True)
    if tag and ref != f"{TAGS}{tag}":
        raise MalformedInput(
            "tag and reference contradict each other",
            code="PROVENANCE_INCONSISTENT",
            where=where,
            found=f"{tag}, {ref}",
        )
    build_type = definition.text("buildType")
    return CloudBuild(
        predicate_type=V1,
        builder=BuilderId.parse(top.object("runDetails").object("builder").text("id"), where=where),
        build_type=build_type,
        type_fits=build_type == _V1_TYPE,
        expected_type=_V1_TYPE,
        source=config.text("repository"),
        tag=tag,
    )


def _signed_header(statement: Statement) -> dict[str, Any]:
    from supplychain.encoding import parse_json_object

    body = parse_json_object(statement.payload, where="the signed statement")
    return {name: body.get(name) for name in ("_type", "predicateType", "subject")}


def _known_v01(predicate: object) -> dict[str, Any]:
    """The fields of SLSA v0.1, absent ones as their defaults."""
    recipe, metadata = _object(predicate, "recipe"), _object(predicate, "metadata")
    complete = _object(metadata, "completeness")
    return {
        "builder": _object(predicate, "builder").get("id", ""),
        "type": recipe.get("type", ""),
        "entryPoint": recipe.get("entryPoint", ""),
        "arguments": recipe.get("arguments"),
        "environment": recipe.get("environment"),
        "started": metadata.get("buildStartedOn"),
        "finished": metadata.get("buildFinishedOn"),
        "complete": [complete.get(name, False) for name in ("arguments", "environment", "materials")],
        "reproducible": metadata.get("reproducible", False),
        "materials": _materials(predicate),
    }


def _known_v1(predicate: object) -> dict[str, Any]:
    """The fields of SLSA v1, absent ones as their defaults."""
    definition, run = _object(predicate, "buildDefinition"), _object(predicate, "runDetails")
    return {
        **{name: definition.get(name) for name in ("buildType", "externalParameters", "internalParameters")},
        "dependencies": definition.get("resolvedDependencies") or [],
        "builder": _object(run, "builder"),
        "metadata": _object(run, "metadata"),
        "byproducts": run.get("byproducts") or [],
    }


def _materials(predicate: object) -> list[Any]:
    items = predicate.get("materials") if isinstance(predicate, dict) else None
    return [
        (item.get("uri", ""), item.get("digest") or {}) if isinstance(item, dict) else item
        for item in (items if isinstance(items, list) else [])
    ]


def _object(value: object, name: str) -> Mapping[str, Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
