"""Honest evidence about an artifact, one function for each kind; tests change the arguments to make it dishonest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx import to_cyclonedx
from supplychain.inventory.sbom import Sbom
from supplychain.pipeline.attest import state_provenance, state_sbom, state_scan, state_summary
from supplychain.scan.coverage import Coverage, DatabaseState
from supplychain.scan.finding import Finding, Level, Location
from supplychain.scan.interface import ScanResult
from supplychain.statement.predicates.provenance import BUILD_TYPE, Dependency, Provenance
from supplychain.statement.predicates.vsa import POLICY_URI, Vsa
from supplychain.statement.statement import Statement

BUILDER = "https://builder.example/v1"
AUTHOR = "dora@shop.example"
"""Who committed the source."""
SOURCE = "git+https://git.example/shop@refs/heads/main"
COMPONENTS = (
    Component(name="flask", version="3.0.0", purl="pkg:pypi/flask@3.0.0", licenses=("BSD-3-Clause",)),
    Component(name="jinja2", version="3.1.4", purl="pkg:pypi/jinja2@3.1.4"),
)
HIGH = Finding(
    id="OSV-2026-1",
    title="remote code execution",
    level=Level.HIGH,
    component=COMPONENTS[1],
    fixed=("3.1.5",),
    seen_by=("supplychain-osv",),
)


def provenance(
    artifacts: Sequence[Artifact], *, at: datetime, builder: str = BUILDER, source: str = SOURCE, dirty: bool = False
) -> Statement:
    """SLSA provenance: built from a clean commit by AUTHOR."""
    notes = {"dirty": dirty, "authors": [AUTHOR]}
    commit = Dependency(uri=source, digest={"gitCommit": "1" * 40, "sha256": "2" * 64}, annotations=notes)
    value = Provenance(
        build_type=BUILD_TYPE,
        external_parameters={"command": ["make"], "products": ["*.whl"], "source": source},
        internal_parameters={},
        dependencies=(commit,),
        builder_id=builder,
        invocation_id="urn:example:invocation:1",
        started=at,
        finished=at,
    )
    return state_provenance(artifacts, value)


def sbom_document(artifacts: Sequence[Artifact], *, at: datetime) -> bytes:
    """The CycloneDX document that `sbom` refers to."""
    return to_cyclonedx(Sbom.of("shop", COMPONENTS, subjects=tuple(artifacts), sources=("requirements.txt",)), at=at)


def sbom(artifacts: Sequence[Artifact], *, at: datetime) -> Statement:
    """The SBOM, by reference."""
    return state_sbom(artifacts, sbom_document(artifacts, at=at), at=at)


def dependencies(
    artifacts: Sequence[Artifact], *, at: datetime, findings: Sequence[Finding] = (), coverage: Coverage | None = None
) -> Statement:
    """A dependency scan that looked at every component and knew a fresh database."""
    database = DatabaseState(digest=Digest.of_bytes(b"database"), built=at - timedelta(hours=6), records=1000)
    whole = Coverage(asked=len(COMPONENTS), looked_at=len(COMPONENTS), database=database)
    return state_scan(artifacts, _result("dependencies", findings, coverage or whole), at=at)


def sast(
    artifacts: Sequence[Artifact], *, at: datetime, findings: Sequence[Finding] = (), coverage: Coverage | None = None
) -> Statement:
    """A scan of the source that looked at every file."""
    whole = Coverage(asked=3, looked_at=3, rules=Digest.of_bytes(b"rules"))
    return state_scan(artifacts, _result("sast", findings, coverage or whole), at=at)


def weakness(rule: str = "python-eval", level: Level = Level.HIGH) -> Finding:
    """A finding of a source scan."""
    return Finding(
        id=rule, title="eval of a request", level=level, location=Location(path="app.py", line=3), seen_by=("semgrep",)
    )


def summary(
    artifact: Artifact, environment: str, *, at: datetime, passed: bool = True, policy: Digest | None = None
) -> Statement:
    """A verification summary for an environment."""
    value = Vsa(
        verifier="urn:supplychain:verifier:v1",
        verified=at,
        resource_uri=f"urn:supplychain:artifact:{artifact.digest}",
        policy_uri=f"{POLICY_URI}{environment}",
        policy_digest=policy or Digest.of_bytes(b"policy"),
        inputs=(),
        result="PASSED" if passed else "FAILED",
        levels=("SLSA_BUILD_LEVEL_1",) if passed else (),
    )
    return state_summary(artifact, value)


def _result(kind: str, findings: Sequence[Finding], coverage: Coverage) -> ScanResult:
    name = "supplychain-osv" if kind == "dependencies" else "semgrep"
    return ScanResult(kind=kind, scanner=name, version="1.0", findings=tuple(findings), coverage=coverage)
