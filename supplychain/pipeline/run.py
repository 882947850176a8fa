"""`run`: every stage for a project, side by side where they do not need each other, ending in the verdict.

    source ─┬─ build ─────────────────┐
            ├─ sbom ─── dependencies ─┼─ attest ── gate dev ── gate staging ── gate production
            └─ sast ──────────────────┘

A stage that cannot do its work makes the verdict CANNOT-TELL; what the others finished is signed and kept all the same.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.source import Source, read_source
from supplychain.cache import Cache
from supplychain.errors import ExitCode, SupplychainError, ToolFailed
from supplychain.inventory.sbom import Sbom
from supplychain.pipeline.ahead import Ahead
from supplychain.pipeline.attest import sign_and_put, state_quality, state_sbom
from supplychain.pipeline.beside import Beside, read_beside, stated_beside
from supplychain.pipeline.build import Built, build
from supplychain.pipeline.build_claims import state_build
from supplychain.pipeline.config import Config
from supplychain.pipeline.gate import Gated, gate
from supplychain.pipeline.quality import quality_of
from supplychain.pipeline.stages import (
    Seen,
    inventory,
    scan_dependencies,
    scan_licenses,
    scan_secrets,
    scan_source,
    write_sbom,
)
from supplychain.pipeline.workspace import Workspace
from supplychain.policy.decision import Verdict
from supplychain.statement.predicates.test_result import QualityResult
from supplychain.statement.statement import Statement

T = TypeVar("T")
_WORST = (Verdict.DENY, Verdict.CANNOT_TELL, Verdict.ALLOW)


class Observer(Protocol):
    """Who watches the stages: a terminal, or nobody."""

    def started(self, stage: str) -> None:
        """A stage begins."""

    def finished(self, stage: str, note: str) -> None:
        """A stage has done its work."""

    def failed(self, stage: str, error: SupplychainError) -> None:
        """A stage could not do its work."""


class Nobody:
    """Watches nothing."""

    def started(self, stage: str) -> None:
        """Say nothing."""

    def finished(self, stage: str, note: str) -> None:
        """Say nothing."""

    def failed(self, stage: str, error: SupplychainError) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What `run` did."""

    source: Source
    built: Built | None
    seen: tuple[Seen, ...]
    gates: tuple[Gated, ...]
    failures: tuple[tuple[str, SupplychainError], ...]
    """Stage and error, for the stages that could not do their work."""
    cache_refused: int
    """Cache entries that did not authenticate and were made anew."""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all products; CANNOT_TELL when a stage failed."""
        found = {gated.decision.verdict for gated in self.gates}
        if self.failures or not found:
            found.add(Verdict.CANNOT_TELL)
        return next(verdict for verdict in _WORST if verdict in found)

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the verdict; for a failed stage, the code of its error."""
        if self.verdict is Verdict.CANNOT_TELL and self.failures:
            return self.failures[0][1].exit_code
        return self.verdict.exit_code

    def to_json(self) -> dict[str, Any]:
        """`{"verdict", "exit_code", "artifacts", "scans", "decisions", "failures"}`."""
        products = self.built.products if self.built else ()
        return {
            "verdict": self.verdict.value,
            "exit_code": int(self.exit_code),
            "source": {"uri": self.source.uri, "commit": self.source.commit, "dirty": self.source.dirty},
            "artifacts": [{"name": a.name, "digest": str(a.digest), "path": str(p)} for a, p in products],
            "scans": [
                {"kind": s.kind, "findings": s.findings, "skipped": s.skipped, "reused": s.reused}
                | stated_beside(s.predicate)
                for s in self.seen
            ],
            "decisions": [{**g.decision.to_json(), "record": str(g.record)} for g in self.gates],
            "failures": [{"stage": stage, **error.to_json()["error"]} for stage, error in self.failures],  # type: ignore[dict-item]
            "cache_refused": self.cache_refused,
        }


class _Stages:
    """Runs functions as stages: tells the observer, and keeps what failed."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.failures: list[tuple[str, SupplychainError]] = []

    def do(self, stage: str, work: Callable[[], T], note: Callable[[T], str]) -> T | None:
        """Do one stage; None when it failed."""
        self.observer.started(stage)
        try:
            value = work()
        except SupplychainError as error:
            self.fail(stage, error)
            return None
        except Exception as error:  # noqa: BLE001 - a crash of any stage must become CANNOT-TELL, not the end of the run
            trace = "".join(traceback.format_exception(error)[-3:]).strip()
            self.fail(
                stage, ToolFailed(f"the stage crashed: {error!r}", code="STAGE_CRASHED", where=stage, found=trace)
            )
            return None
        self.observer.finished(stage, note(value))
        return value

    def fail(self, stage: str, error: SupplychainError) -> None:
        """Keep a failure."""
        self.failures.append((stage, error))
        self.observer.failed(stage, error)


def run_pipeline(
    workspace: Workspace,
    to: str,
    *,
    at: datetime,
    since: str | None = None,
    observer: Observer | None = None,
    ahead: Ahead | None = None,
) -> RunResult:
    """Run every stage and gate every product for each environment up to `to`.

    Args:
        workspace: The project.
        to: The last environment.
        at: The time of the run.
        since: A baseline that goes before the configured one.
        observer: Who watches the stages.
        ahead: Who evaluates policies, when the caller has let it begin to read them.

    Raises:
        UsageError: `to` is not on the ladder, or the signing key is missing.
        NothingToCheck: No source.
        ToolFailed: git or the store does not work.
    """
    stages, signer = _Stages(observer or Nobody()), workspace.signer()
    cache, config = workspace.cache, workspace.config
    ahead = ahead or Ahead(workspace, to, at=at)
    source = read_source(config.root, exclude=config.not_source)
    with ThreadPoolExecutor(max_workers=4) as pool:
        made = pool.submit(stages.do, "build", lambda: build(config, source, cache, at=at), Built.note)
        listed = pool.submit(stages.do, "sbom", lambda: inventory(config), lambda s: f"{len(s.components)} components")
        # Before those that wait for it: it must not wait for a thread that they hold.
        beside = pool.submit(_beside, stages, workspace, since, at)
        scans = (
            pool.submit(_components, stages, listed, beside, workspace, "dependencies"),
            pool.submit(_source, stages, beside, config, cache, "sast"),
            pool.submit(_source, stages, beside, config, cache, "secrets"),
            pool.submit(_components, stages, listed, beside, workspace, "licenses"),
        )
        built, sbom, scanned = made.result(), listed.result(), [scan.result() for scan in scans]
    quality = _quality(stages, workspace, source, at)  # a build may run the tests
    subjects = built.artifacts if built else (Artifact(name=config.name, digest=source.tree),)

    def attest() -> int:
        statements: list[Statement] = []
        if built:
            statements += state_build(config, source, built)
        if sbom is not None:
            document, created = write_sbom(sbom, subjects, source, cache, at=at)
            workspace.store.put_document(document)
            statements.append(state_sbom(subjects, document, at=created))
        statements += [Statement.make(subjects, item.predicate_type, item.predicate) for item in scanned if item]
        statements += [state_quality(subjects, result) for result in quality]
        for statement in statements:
            sign_and_put(statement, signer, workspace.store)
        return len(statements)

    stages.do("attest", attest, lambda count: f"{count} statements signed and kept")
    ahead.wait()
    gates = [] if stages.failures else _gates(stages, workspace, subjects, ahead, at)
    return RunResult(
        source=source,
        built=built,
        seen=tuple(item for item in scanned if item),
        gates=tuple(gates),
        failures=tuple(stages.failures),
        cache_refused=len(cache.refused),
    )


def _quality(stages: _Stages, workspace: Workspace, source: Source, at: datetime) -> tuple[QualityResult, ...]:
    if not workspace.config.quality:
        return ()
    read = partial(quality_of, workspace.config, committed=source.committed, at=at)
    return stages.do("quality", read, lambda found: ", ".join(f"{r.kind} {r.result}" for r in found)) or ()


def _beside(stages: _Stages, workspace: Workspace, since: str | None, at: datetime) -> Beside | None:
    if not (since or workspace.config.baseline or workspace.config.vex):
        return Beside(at=at)
    return stages.do("beside", lambda: read_beside(workspace, since, at=at), Beside.note)


def _source(stages: _Stages, beside: Future[Beside | None], config: Config, cache: Cache, kind: str) -> Seen | None:
    against = beside.result()
    if against is None or kind not in config.scans:
        return None  # not wanted, or the stage has failed and said so
    scan = scan_source if kind == "sast" else scan_secrets
    return stages.do(kind, lambda: scan(config, cache, against), Seen.note)


def _components(
    stages: _Stages, listed: Future[Sbom | None], beside: Future[Beside | None], workspace: Workspace, kind: str
) -> Seen | None:
    sbom, against = listed.result(), beside.result()
    config, cache = workspace.config, workspace.cache
    if sbom is None or against is None or kind not in config.scans:
        return None  # not wanted, or that stage has failed and said so
    if kind == "licenses":
        return stages.do(kind, lambda: scan_licenses(config, sbom, cache, against), Seen.note)
    return stages.do(kind, lambda: scan_dependencies(config, sbom, workspace.database, cache, against), Seen.note)


def _gates(
    stages: _Stages, workspace: Workspace, subjects: Sequence[Artifact], ahead: Ahead, at: datetime
) -> list[Gated]:
    """Gate each product rung by rung; the first rung that is not ALLOW is its last."""
    gates: list[Gated] = []
    for artifact in subjects:
        for environment in ahead.environments:
            done = stages.do(
                f"gate {environment}",
                partial(gate, workspace, artifact, environment, ahead.engine, at=at),
                lambda gated: gated.decision.verdict.word,
            )
            if done is None:
                return gates
            gates.append(done)
            if done.decision.verdict is not Verdict.ALLOW:
                break
    return gates
