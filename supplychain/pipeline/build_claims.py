"""What `run` states about its build stage: provenance, and a link where the configuration gives the step a name."""

from __future__ import annotations

import os

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.source import Source, read_source
from supplychain.errors import ToolFailed
from supplychain.pipeline.attest import state_provenance
from supplychain.pipeline.build import Built, provenance_of
from supplychain.pipeline.config import Config
from supplychain.pipeline.link_files import source_materials
from supplychain.pipeline.link_state import materials_of, state_link
from supplychain.statement.predicates.link import Link
from supplychain.statement.statement import Statement


def state_build(config: Config, source: Source, built: Built) -> list[Statement]:
    """State what is known of a build.

    Raises:
        ToolFailed: `SOURCE_CHANGED`: for the link the source is read again, and it is not what was built any more.
    """
    statements = [state_provenance(built.artifacts, provenance_of(config, source, built))]
    if config.build and config.build.step:
        statements.append(_link(config, source, built, config.build.step))
    return statements


def _link(config: Config, source: Source, built: Built, step: str) -> Statement:
    materials = source_materials(config.root, exclude=config.not_source)
    now = read_source(config.root, exclude=config.not_source)
    if now.tree != source.tree:
        raise ToolFailed(
            "the source has changed since the build began",
            code="SOURCE_CHANGED",
            where=str(config.root),
            expected=str(source.tree),
            found=str(now.tree),
            hint="let nothing write to the source while it is built; what a build makes belongs into build.products",
        )
    products = [
        Artifact(name=os.path.relpath(path.absolute(), config.root.absolute()), digest=artifact.digest)
        for artifact, path in built.products
    ]
    value = Link(
        name=step,
        command=config.build.command if config.build else (),
        materials=materials_of(materials),
        byproducts={"return-value": 0},
        environment={},
    )
    return state_link(products, value)
