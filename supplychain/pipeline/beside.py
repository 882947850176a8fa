"""What the findings of `run` are held against before they are stated: VEX documents and a baseline.

Both come from the configuration, so whoever may change it chooses them. They therefore excuse nothing here: their
digests and their effect on each finding are stated, and the profile of the environment says what it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from supplychain.advisory.vex import VexDocument
from supplychain.advisory.vex_match import Thing
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import UsageError
from supplychain.inventory.cyclonedx_reader import is_purl
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import FolderTarget
from supplychain.pipeline.baseline import read_baseline
from supplychain.pipeline.collect import Request
from supplychain.pipeline.vex import read_vex
from supplychain.pipeline.workspace import Workspace
from supplychain.scan.baseline import Baseline, mark_new
from supplychain.scan.interface import ScanResult
from supplychain.scan.vex import Scanned, Terms, apply_vex
from supplychain.scan.vex_report import VexReport
from supplychain.statement.predicates.vsa import Vsa
from supplychain.verification.dossier import assemble

_STATED = 1000
"""How many VEX statements a scan statement accounts for; those that did something, or should have, come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What findings are held against, read."""

    documents: tuple[VexDocument, ...] = ()
    products: tuple[str, ...] = ()
    """purls by which suppliers know what is scanned."""
    baseline: Baseline | None = None
    at: datetime

    def key(self, kind: str) -> dict[str, object]:
        """All by which the statement about a scan of a kind depends on it; part of the key under which one is kept.

        A VEX statement that begins or ends to count between two runs changes the key.
        """
        key: dict[str, object] = {}
        if self.documents and kind == "dependencies":
            in_force = [[not s.barred(self.at, None) for s in document.statements] for document in self.documents]
            named = [[document.where, str(document.digest)] for document in self.documents]
            key["vex"] = {"documents": named, "in_force": in_force, "products": list(self.products)}
        if self.baseline:
            key["baseline"] = {
                **self.baseline.to_json(),
                "findings": [known.to_json() for known in self.baseline.known],
            }
        return key

    def judge(self, result: ScanResult, sbom: Sbom | None) -> tuple[ScanResult, dict[str, Any]]:
        """A result with the status and newness of its findings, and what its statement says beside coverage."""
        stated: dict[str, Any] = {}
        if self.documents and result.kind == "dependencies" and sbom is not None:
            thing = Thing(name=sbom.name, version=sbom.version, purls=self.products)
            scanned = Scanned(thing=thing, components=sbom.components)
            (result,), report = apply_vex([result], self.documents, scanned, Terms(at=self.at))
            stated["vex"] = _bounded(report)
        if self.baseline:
            result = mark_new(self.baseline, result)
            stated["baseline"] = self.baseline.to_json()
        return result, stated

    def note(self) -> str:
        """What a person is told about it."""
        parts = [f"{sum(len(d.statements) for d in self.documents)} VEX statements"] if self.documents else []
        if self.baseline:
            parts.append(f"baseline {self.baseline.source} ({self.baseline.form}): {len(self.baseline.known)} known")
        return ", ".join(parts)


def _bounded(report: VexReport) -> dict[str, Any]:
    document = report.to_json()
    stated = sorted(document["statements"], key=lambda s: s["outcome"] not in ("settled", "no_match", "too_wide"))
    return {**document, "statements": stated[:_STATED], "left_out": max(0, len(stated) - _STATED)}


def read_beside(workspace: Workspace, since: str | None, *, at: datetime) -> Beside:
    """Read what the configuration names.

    Args:
        workspace: The project.
        since: A baseline that goes before the configured one; None: none is named.
        at: The time of the run.

    Raises:
        UsageError: A file or revision is missing, or a product is no purl.
        MalformedInput: A document is none, or one that cannot be read whole.
        ToolFailed: git or the store does not work.
    """
    config = workspace.config
    named = since or config.baseline
    for product in config.vex_products:
        if not is_purl(product):
            raise UsageError("not a package URL", where="vex_products", expected="pkg:type/name@version", found=product)
    return Beside(
        documents=_with_short_names(
            workspace.base.vex_documents() if workspace.base else read_vex([config.root / path for path in config.vex]),
            config.vex,
        ),
        products=config.vex_products,
        baseline=_baseline(workspace, named, at) if named else None,
        at=at,
    )


def _with_short_names(documents: Sequence[VexDocument], names: Sequence[str]) -> tuple[VexDocument, ...]:
    """Documents called as the configuration calls them, so that two machines state the same."""
    return tuple(
        replace(document, where=name, statements=tuple(replace(s, document=name) for s in document.statements))
        for document, name in zip(documents, names, strict=True)
    )


def _baseline(workspace: Workspace, named: str, at: datetime) -> Baseline:
    config = workspace.config
    here = config.root / named
    request = Request(
        target=FolderTarget(path=config.root),
        kinds=("deps",),
        database=workspace.database,
        exclude=config.exclude,
        at=at,
    )
    baseline = replace(read_baseline(str(here) if here.exists() else named, request), source=named)
    return replace(baseline, vouched_by=_vouchers(workspace, baseline, at)) if baseline.form == "decision" else baseline


def _vouchers(workspace: Workspace, baseline: Baseline, at: datetime) -> tuple[str, ...]:
    """Who signed a summary that passed and points to the decision, as far as the store has it and trust believes it."""
    found: set[str] = set()
    for digest in (Digest.parse(text, where=baseline.source) for text in baseline.artifacts):
        raw = [(stored.ref, stored.data) for stored in workspace.store.find(digest)]
        names = baseline.names or ("",)
        dossier = assemble(Artifact(name=names[0], digest=digest), raw, workspace.trust, at=at)
        for verified in dossier.statements:
            match verified.predicate:
                case Vsa(decision=decision, result="PASSED") if decision and str(decision) == baseline.digest:
                    found |= set(verified.signers)
                case _:
                    pass
    return tuple(sorted(found))


def stated_beside(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """What a scan statement says about VEX and baseline, for the account of a run."""
    return {name: predicate[name] for name in ("vex", "baseline") if name in predicate}
