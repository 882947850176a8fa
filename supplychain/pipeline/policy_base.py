"""The base: configuration, policies, trust and VEX of a revision that a change cannot touch.

A pull request carries the rules that judge it. Judged on a base, the rules, thresholds, overrides, ladder and trust of
that revision always run; what the change itself says can only add reasons. So it is with what decides how much is
looked at (excluded files, scans), what excuses (VEX, baseline), and who decides (engine, time limits, store).

A file that the command line names is read as it was at the base when it lies in the repository, and as it is when not.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from supplychain.advisory.vex import VexDocument
from supplychain.artifact.checkout import check_out, prefix_of
from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.files import MIB, read_bytes
from supplychain.inventory.target import DocumentTarget, EnvironmentTarget
from supplychain.pipeline.config import Config, load_config
from supplychain.pipeline.config_fields import PolicyPlace
from supplychain.pipeline.policy_place import fetch_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.trust import open_trust
from supplychain.policy.policy_files import PolicyFiles, of_folder
from supplychain.policy.policy_set import PolicySet, load_policies
from supplychain.verification.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the command line names: the revision, and files that go before those of the configuration."""

    revision: str
    config: Path | None = None
    trust: Path | None = None
    policies: Path | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a trusted revision says."""

    commit: str
    config: Config
    """With the root and the store of the project; its other paths lead nowhere any more."""
    files: PolicyFiles
    trust: Trust | None
    """None: the revision has no trust file."""
    vex: Mapping[str, bytes]
    """VEX documents by their name in the configuration."""

    def policies(self, environment: str) -> PolicySet:
        """The policy set of an environment (see `load_policies` for errors)."""
        return load_policies(self.files, environment, overrides=self.config.overrides.get(environment))

    def vex_documents(self) -> tuple[VexDocument, ...]:
        """Its VEX documents. Raises UsageError for one that was not there, MalformedInput for one that is none."""
        from supplychain.advisory.vex_document import parse_vex

        missing = next((name for name in self.config.vex if name not in self.vex), None)
        if missing is not None:
            raise UsageError("no VEX document", code="FILE_MISSING", where=f"{self.commit[:12]}:{missing}")
        return tuple(parse_vex(self.vex[name], where=name) for name in self.config.vex)

    def govern(self, own: Config) -> Config:
        """The configuration of a change, as far as the base leaves it a say: it may ask for more, not for less."""
        known = {_relative(target, self.config.root) for target in self.config.licenses_from}
        return replace(
            own,
            environments=self.config.environments,
            exclude=tuple(pattern for pattern in own.exclude if pattern in self.config.exclude),
            scans=tuple(dict.fromkeys((*self.config.scans, *own.scans))),
            licenses_from=tuple(target for target in own.licenses_from if _relative(target, own.root) in known),
            store=self.config.store,
            engine=self.config.engine,
            timeouts=self.config.timeouts,
            baseline=self.config.baseline,
            vex=self.config.vex,
            vex_products=self.config.vex_products,
        )


def open_base(root: Path, named: Named, *, at: datetime) -> Base:
    """Read the base of a project from a git revision; of the work tree only what lies outside of the repository.

    Raises:
        UsageError: There is no such revision (`BASE_MISSING`), its name means two (`REVISION_AMBIGUOUS`), a named
            file was not there then, or it leads out of the repository (`BASE_LEAVES`).
        ToolFailed: git or a registry fails.
        MalformedInput: A file of the revision is not what it should be.
        VerificationFailed: As `fetch_policies`.
    """
    with tempfile.TemporaryDirectory(prefix="supplychain-base-") as name:
        place = _checked_out(root, named.revision, Path(name).resolve())
        try:
            return _read(place, named, at=at)
        except SupplychainError as error:
            error.where = error.where.replace(f"{place.top}/", f"{named.revision}:")
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A repository as it was, in a folder."""

    commit: str
    root: Path
    """The project in the work tree."""
    real: Path
    """The repository in the work tree, without links."""
    top: Path
    """The repository as it was."""
    folder: Path
    """The project as it was."""

    def then(self, path: Path | None) -> Path | None:
        """Where a file that the command line names was at the base; one outside of the repository stays where it is."""
        if path is None:
            return None
        plain = Path(os.path.normpath(path.absolute()))
        # From the root down: a link of the change, further down, must not decide what lies in the repository.
        for above in (*reversed(plain.parents), plain):
            if above.resolve().is_relative_to(self.real):
                return self.top / above.resolve().relative_to(self.real) / plain.relative_to(above)
        return plain

    def held(self, path: Path) -> Path:
        """A path that the configuration of the base says; a relative one may not lead out of the repository."""
        plain = Path(os.path.normpath(path))
        if path.is_relative_to(self.top) and not plain.is_relative_to(self.top):
            raise UsageError(
                "the base names a file outside of its repository",
                code="BASE_LEAVES",
                where=str(path),
                expected="a path inside the repository, an absolute path, or oci:…",
            )
        moved = self.then(plain)
        return moved if moved is not None and not plain.is_relative_to(self.top) else plain


def _relative(target: DocumentTarget | EnvironmentTarget, root: Path) -> str:
    path = target.path if isinstance(target, DocumentTarget) else target.python
    return f"{type(target).__name__} {os.path.relpath(path, root)}"


def _at(target: DocumentTarget | EnvironmentTarget, back: Callable[[Path], Path]) -> DocumentTarget | EnvironmentTarget:
    if isinstance(target, DocumentTarget):
        return DocumentTarget(path=back(target.path))
    return EnvironmentTarget(python=back(target.python))


def _checked_out(root: Path, revision: str, top: Path) -> _Place:
    try:
        commit = check_out(root, revision, top, whole=True)
        prefix = prefix_of(root)
    except ToolFailed as error:
        error.where = str(root)
        error.hint = error.hint or "a clone made with --filter lacks the files of other revisions: git fetch --refetch"
        raise
    except UsageError as error:
        if error.code != "BASELINE_MISSING":
            raise
        raise UsageError(
            "no such base",
            code="BASE_MISSING",
            where=error.where,
            expected="a branch, tag or commit of the repository that the project is in",
            found=error.found,
            hint="a clone may lack it: git fetch origin BRANCH, or a checkout with fetch-depth: 0",
        ) from None
    real = Path(os.path.normpath(root.resolve() / Path(*[".." for _ in Path(prefix).parts])))
    return _Place(commit=commit, root=root, real=real, top=top, folder=top / prefix)


def _read(place: _Place, named: Named, *, at: datetime) -> Base:
    if not place.folder.is_dir():
        raise UsageError("the project was not there at the base", code="BASE_MISSING", where=str(place.folder))
    config = load_config(place.folder, place.then(named.config))
    path = place.then(named.trust)
    believed = place.held(config.trust) if path is None else path
    trust = open_trust(believed) if path is not None or believed.is_file() else None
    files = _policies(place, named, config, trust, at=at)
    vex = {name: place.held(place.folder / name) for name in config.vex}
    return Base(
        commit=place.commit,
        config=_moved(config, place),
        files=replace(files, where=f"{named.revision} ({place.commit[:12]})"),
        trust=trust,
        vex={n: read_bytes(p, max_bytes=64 * MIB, what="a VEX document") for n, p in vex.items() if p.is_file()},
    )


def _policies(place: _Place, named: Named, config: Config, trust: Trust | None, *, at: datetime) -> PolicyFiles:
    said = config.policies
    if isinstance(named.policies, Path):
        said = replace(said or PolicyPlace(source=""), source=place.then(named.policies) or named.policies)
    elif named.policies is not None:
        said = replace(said or PolicyPlace(source=""), source=named.policies)
    elif said is not None and isinstance(said.source, Path):
        said = replace(said, source=place.held(said.source))
    if said is None:
        return of_folder(policies_folder())
    return fetch_policies(said, trust or Trust(identities={}, rules=()), at=at)


def _moved(config: Config, place: _Place) -> Config:
    """The same with the paths that still mean something, as they are in the project."""

    def back(path: Path) -> Path:
        return place.root / path.relative_to(place.folder) if path.is_relative_to(place.folder) else path

    store = back(config.store) if isinstance(config.store, Path) else config.store
    licenses = tuple(_at(target, back) for target in config.licenses_from)
    key = back(config.key) if config.key else None
    return replace(config, root=place.root, store=store, licenses_from=licenses, key=key)
