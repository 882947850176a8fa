"""`build -- COMMAND`: run a build, and state what it took in and made: SLSA provenance and an in-toto link.

The command runs in the project folder as in the build stage of `run` (build type `urn:supplychain:build:command:v1`).
Materials are recorded before it starts; a product is a file that matches a pattern and was written meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from supplychain import __version__
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import Source, read_source
from supplychain.encoding import canonical_json, format_time
from supplychain.errors import ToolFailed, UsageError
from supplychain.pipeline.attest import sign_and_put, state_provenance
from supplychain.pipeline.build import BUILDER
from supplychain.pipeline.link_files import find_products, record_materials, record_products, source_materials
from supplychain.pipeline.link_state import KeptLink, check_step, keep_link, materials_of, not_materials
from supplychain.pipeline.workspace import Workspace
from supplychain.process import Completed, run
from supplychain.statement.predicates.link import Link
from supplychain.statement.predicates.provenance import BUILD_TYPE, Provenance, file_dependency, source_dependency

NO_GIT_TIME = 315532800
"""1980-01-01, the earliest time that archives can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """What to build and what to record of it."""

    command: tuple[str, ...]
    products: tuple[str, ...]
    """Globs of relative paths."""
    materials: tuple[Path, ...] = ()
    """Files and folders the link names; none: every file of the source tree."""
    step: str = "build"
    link_dir: Path | None = None
    """Where to write the link in in-toto's classic form."""
    timeout_s: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDone:
    """What a build made and what is stated about it."""

    products: tuple[Artifact, ...]
    """Under their paths below the project folder."""
    source: Source
    materials: int
    seconds: float
    provenance: str
    """Where the provenance lies."""
    link: KeptLink

    def to_json(self) -> dict[str, Any]:
        """`{"products", "source", "materials", "statements", "link_file"}`."""
        return {
            "products": [{"name": p.name, "digest": str(p.digest)} for p in self.products],
            "source": {"uri": self.source.uri, "commit": self.source.commit, "dirty": self.source.dirty},
            "materials": self.materials,
            "statements": [
                {"kind": "provenance", "where": self.provenance},
                {"kind": "link", "where": self.link.where, "digest": str(self.link.statement.digest)},
            ],
            "link_file": str(self.link.classic) if self.link.classic else None,
        }


def build_and_state(
    workspace: Workspace, order: BuildOrder, *, at: datetime, seen: Callable[[bytes], None] | None = None
) -> BuildDone:
    """Run a build, state its provenance and its link, sign both and keep them.

    Args:
        workspace: The project.
        order: What to do.
        at: Time at which it starts.
        seen: Is given the command's output while it runs.

    Raises:
        UsageError: No command, no pattern, a pattern or material outside of the project, or no signing key.
        NothingToCheck: `NO_PRODUCTS`, `EMPTY_SOURCE`.
        ToolFailed: `BUILD_FAILED`, `TIME_LIMIT`, `TOOL_MISSING`, `PRODUCT_CHANGED`, or the store cannot be written.
    """
    root, patterns = workspace.config.root, order.products
    if not order.command or not patterns:
        raise UsageError(
            "a build needs a command and at least one product",
            where="--product" if order.command else "COMMAND",
            expected='supplychain build --product "dist/*.whl" -- python -m build',
        )
    check_step(order.step)
    signer = workspace.signer()
    before = find_products(root, patterns)
    exclude = not_materials(workspace.config, order.link_dir, patterns)
    source = read_source(root, exclude=exclude)
    declared = record_materials(root, order.materials)
    materials = declared or source_materials(root, exclude=exclude)
    done = _run(order, root, source, seen)
    products = record_products(root, patterns, before)
    provenance = _provenance(order, source, declared, at=at, seconds=done.seconds)
    link = Link(
        name=order.step,
        command=order.command,
        materials=materials_of(materials),
        byproducts={"return-value": done.code},
        environment={"source": _revision(source)},
    )
    named = [Artifact(name=Path(p.name).name, digest=p.digest) for p in products]
    kept = keep_link(products, link, signer, workspace.store, link_dir=order.link_dir)
    _, where = sign_and_put(state_provenance(named, provenance), signer, workspace.store)
    return BuildDone(
        products=products,
        source=source,
        materials=len(materials),
        seconds=done.seconds,
        provenance=where,
        link=kept,
    )


def _run(order: BuildOrder, root: Path, source: Source, seen: Callable[[bytes], None] | None) -> Completed:
    environment = {"SOURCE_DATE_EPOCH": str(source.committed or NO_GIT_TIME), "PYTHONDONTWRITEBYTECODE": "1"}
    done = run(order.command, cwd=root, timeout_s=order.timeout_s, env=environment, own_first=False, seen=seen)
    if done.code != 0:
        raise ToolFailed(
            f"the build failed with exit code {done.code}",
            code="BUILD_FAILED",
            where=" ".join(order.command),
            found=done.error_tail() or done.stdout[-600:].decode("utf-8", "replace").strip(),
            hint="nothing was stated; mend the build and run it again",
        )
    return done


def _provenance(
    order: BuildOrder, source: Source, declared: Sequence[Artifact], *, at: datetime, seconds: float
) -> Provenance:
    external = {"command": list(order.command), "products": list(order.products), "source": source.uri}
    finished = at + timedelta(seconds=int(seconds))
    told = {**external, "tree": source.tree.hex, "commit": source.commit, "started": format_time(at)}
    return Provenance(
        build_type=BUILD_TYPE,
        external_parameters=external,
        internal_parameters={"supplychain": __version__, "python": sys.version.split()[0], "platform": sys.platform},
        dependencies=(source_dependency(source), *(file_dependency(m.name, m.digest) for m in declared)),
        builder_id=BUILDER,
        invocation_id=f"urn:supplychain:invocation:{Digest.of_bytes(canonical_json(told)).hex}",
        started=at,
        finished=finished,
    )


def _revision(source: Source) -> dict[str, Any]:
    known = {"gitCommit": source.commit} if source.commit else {}
    return {"uri": source.uri, "tree": source.tree.hex, "dirty": source.dirty, **known}
