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
from supplychain.pipeline.attest import sign_and_put, state_provenance, state_sbom
from supplychain.pipeline.build import Built, build, provenance_of
from supplychain.pipeline.gate import Gated, gate
from supplychain.pipeline.stages import Seen, inventory, scan_dependencies, scan_source, write_sbom
from supplychain.pipeline.workspace import Workspace
from supplychain.policy.decision import Verdict
from supplychain.policy.engine import Engine
from supplychain.policy.regorus import Regorus
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
                {"kind": s.kind, "findings": s.findings, "skipped": s.skipped, "reused": s.reused} for s in self.seen
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
    workspace: Workspace, to: str, *, at: datetime, observer: Observer | None = None, engine: Engine | None = None
) -> RunResult:
    """Run every stage and gate every product for each environment up to `to`.

    Raises:
        UsageError: `to` is not on the ladder, or the signing key is missing.
        NothingToCheck: The folder holds no source.
        ToolFailed: git or the store does not work.
    """
    environments = workspace.ladder.upto(to)
    signer = workspace.signer()
    stages = _Stages(observer or Nobody())
    cache, config = workspace.cache, workspace.config
    source = read_source(config.root, exclude=config.not_source)
    with ThreadPoolExecutor(max_workers=4) as pool:
        made = pool.submit(stages.do, "build", lambda: build(config, source, cache, at=at), _built_note)
        listed = pool.submit(stages.do, "sbom", lambda: inventory(config), lambda s: f"{len(s.components)} components")
        sast = pool.submit(stages.do, "sast", lambda: scan_source(config, cache, at=at), _seen_note)
        deps = pool.submit(_dependencies, stages, listed, workspace, cache, at)
        built, sbom = made.result(), listed.result()
        seen = tuple(item for item in (deps.result(), sast.result()) if item is not None)
    subjects = built.artifacts if built else (Artifact(name=config.name, digest=source.tree),)

    def attest() -> int:
        statements: list[Statement] = []
        if built:
            statements.append(state_provenance(subjects, provenance_of(config, source, built)))
        if sbom is not None:
            document, created = write_sbom(sbom, subjects, source, cache, at=at)
            workspace.store.put_document(document)
            statements.append(state_sbom(subjects, document, at=created))
        statements += [Statement.make(subjects, item.predicate_type, item.predicate) for item in seen]
        for statement in statements:
            sign_and_put(statement, signer, workspace.store)
        return len(statements)

    stages.do("attest", attest, lambda count: f"{count} statements signed and kept")
    gates: list[Gated] = []
    if not stages.failures:
        gates = _gates(stages, workspace, subjects, environments, engine or Regorus(), at)
    return RunResult(
        source=source,
        built=built,
        seen=seen,
        gates=tuple(gates),
        failures=tuple(stages.failures),
        cache_refused=len(cache.refused),
    )


def _dependencies(
    stages: _Stages, listed: Future[Sbom | None], workspace: Workspace, cache: Cache, at: datetime
) -> Seen | None:
    sbom = listed.result()
    if sbom is None:
        return None  # the sbom stage has failed and said so
    return stages.do(
        "dependencies", lambda: scan_dependencies(workspace.config, sbom, workspace.database, cache, at=at), _seen_note
    )


def _gates(
    stages: _Stages,
    workspace: Workspace,
    subjects: Sequence[Artifact],
    environments: Sequence[str],
    engine: Engine,
    at: datetime,
) -> list[Gated]:
    """Gate each product rung by rung; the first rung that is not ALLOW is its last."""
    gates: list[Gated] = []
    for artifact in subjects:
        for environment in environments:
            done = stages.do(
                f"gate {environment}",
                partial(gate, workspace, artifact, environment, engine, at=at),
                lambda gated: gated.decision.verdict.word,
            )
            if done is None:
                return gates
            gates.append(done)
            if done.decision.verdict is not Verdict.ALLOW:
                break
    return gates


def _built_note(built: Built) -> str:
    names = ", ".join(artifact.name for artifact in built.artifacts)
    return f"{names} (unchanged)" if built.reused else names


def _seen_note(seen: Seen) -> str:
    skipped = f", {seen.skipped} not looked at" if seen.skipped else ""
    return f"{seen.findings} findings{skipped}{' (unchanged)' if seen.reused else ''}"
