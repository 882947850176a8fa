"""The build stage: run the configured command in the source tree, hash what it made, remember what it was told.

Without a build, the product is one archive of the source: deterministic tar, sorted, no times, no owners.
What a build made is kept by the digest of the source tree and the command, so that nothing is built twice: the products
are believed only while their bytes are still those that were recorded.
"""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from supplychain import __version__
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import Source, SourceFile, list_files
from supplychain.cache import Cache
from supplychain.encoding import canonical_json, format_time, parse_json_object, parse_time
from supplychain.errors import ToolFailed, UsageError
from supplychain.pipeline.config import Config
from supplychain.pipeline.config_fields import Build
from supplychain.process import run
from supplychain.statement.predicates.provenance import BUILD_TYPE, Provenance, source_dependency

PYTHON = "{python}"
"""In a build command: the interpreter supplychain itself runs under."""
BUILDER = "urn:supplychain:builder:local:v1"
"""Builder id of a build on whatever machine this is; trust files say what its word is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What came out of the build stage."""

    products: tuple[tuple[Artifact, Path], ...]
    """Each product and where it lies; sorted by name."""
    started: datetime
    reused: bool
    """Nothing had changed, so nothing was built."""

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """The products without their places."""
        return tuple(artifact for artifact, _ in self.products)

    def note(self) -> str:
        """What it made, in a few words."""
        names = ", ".join(artifact.name for artifact in self.artifacts)
        return f"{names} (unchanged)" if self.reused else names


def build(config: Config, source: Source, cache: Cache, *, at: datetime) -> Built:
    """Build the project, or find that it is built already.

    Raises:
        ToolFailed: The command failed, ran out of time or made nothing.
    """
    key = {"stage": "build", "version": __version__, "root": str(config.root.absolute()), **_parameters(config, source)}
    kept = cache.get(key)
    if kept is not None:
        found = _still_there(parse_json_object(kept, where="the build cache"), at)
        if found is not None:
            return found
    paths = _run(config, config.build, source) if config.build else (_archive(config),)
    products = tuple(sorted(((Artifact.of_file(path), path) for path in paths), key=lambda pair: pair[0].name))
    entry = [{"name": a.name, "digest": str(a.digest), "path": str(p)} for a, p in products]
    cache.put(key, canonical_json({"products": entry, "started": format_time(at)}))
    return Built(products=products, started=at, reused=False)


def provenance_of(config: Config, source: Source, built: Built) -> Provenance:
    """State how the products came to be (SLSA v1, build type `urn:supplychain:build:command:v1`)."""
    parameters = _parameters(config, source)
    invocation = Digest.of_bytes(canonical_json({**parameters, "started": format_time(built.started)}))
    return Provenance(
        build_type=BUILD_TYPE,
        external_parameters={
            "command": parameters["command"],
            "products": parameters["products"],
            "source": source.uri,
        },
        internal_parameters={"supplychain": __version__, "python": sys.version.split()[0], "platform": sys.platform},
        dependencies=(source_dependency(source),),
        builder_id=BUILDER,
        invocation_id=f"urn:supplychain:invocation:{invocation.hex}",
        started=built.started,
        finished=built.started,
    )


def _parameters(config: Config, source: Source) -> dict[str, Any]:
    command = list(config.build.command) if config.build else ["(archive of the source)"]
    products = list(config.build.products) if config.build else [f"{config.name}.tar"]
    revision = {"tree": source.tree.hex, "commit": source.commit, "dirty": source.dirty}
    return {"command": command, "products": products, **revision}


def _run(config: Config, wanted: Build, source: Source) -> tuple[Path, ...]:
    before = {path: path.stat().st_mtime_ns for path in _products(config.root, wanted)}
    environment = {"SOURCE_DATE_EPOCH": str(source.committed or 315532800), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable if word == PYTHON else word for word in wanted.command]
    done = run(command, cwd=config.root, timeout_s=wanted.timeout_s, env=environment, own_first=False)
    if done.code != 0:
        raise ToolFailed(
            f"the build failed with exit code {done.code}",
            code="BUILD_FAILED",
            where=" ".join(wanted.command),
            found=done.error_tail() or done.stdout[-600:].decode("utf-8", "replace"),
            hint="run the command by hand in the project folder",
        )
    made = tuple(p for p in _products(config.root, wanted) if before.get(p) != p.stat().st_mtime_ns)
    if not made:
        raise ToolFailed(
            "the build made no product",
            code="NO_PRODUCTS",
            where=", ".join(wanted.products),
            expected="at least one file written by this build",
            found=f"{len(before)} older file(s)" if before else "none",
            hint="check build.products in supplychain.yaml",
        )
    return made


def _products(root: Path, wanted: Build) -> tuple[Path, ...]:
    found: set[Path] = set()
    for pattern in wanted.products:
        if pattern.startswith("/") or ".." in Path(pattern).parts:
            raise UsageError(
                "a product lies outside the project", code="BAD_CONFIG", where=f"build.products: {pattern}"
            )
        found.update(path for path in root.glob(pattern) if path.is_file() and not path.is_symlink())
    return tuple(sorted(found))


def _archive(config: Config) -> Path:
    path = config.root / ".supplychain" / "dist" / f"{config.name}.tar"
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(part, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for file in list_files(config.root, exclude=config.not_source):
                _add(archive, file, config)
        part.replace(path)
    except OSError as error:
        raise ToolFailed(f"cannot archive the source: {error}", code="BUILD_FAILED", where=str(path)) from error
    return path


def _add(archive: tarfile.TarFile, file: SourceFile, config: Config) -> None:
    member = tarfile.TarInfo(f"{config.name}/{file.path}")
    if file.link is not None:
        member.type, member.linkname = tarfile.SYMTYPE, file.link
        archive.addfile(member)
        return
    with (config.root / file.path).open("rb") as content:
        member.size, member.mode = os.fstat(content.fileno()).st_size, 0o755 if file.executable else 0o644
        archive.addfile(member, content)


def _still_there(entry: Mapping[str, Any], at: datetime) -> Built | None:
    """What the cache recorded, if every product still has the recorded bytes and the record is not from after `at`."""
    started = parse_time(entry["started"], where="the build cache")
    if started > at:
        return None
    products = []
    for item in entry["products"]:
        path = Path(item["path"])
        if not path.is_file() or str(Digest.of_file(path)) != item["digest"]:
            return None
        products.append((Artifact(name=item["name"], digest=Digest.parse(item["digest"])), path))
    return Built(products=tuple(products), started=started, reused=True)
