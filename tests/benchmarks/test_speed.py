"""What the budget asks of the trust core, measured: `python -m pytest tests/benchmarks -p no:xdist --benchmark-only`.

Nothing here asserts a time: a slow machine is no bug. In the ordinary suite each runs once, as a test that it works.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx import to_cyclonedx
from supplychain.inventory.sbom import Sbom
from supplychain.pipeline.attest import state_scan
from supplychain.pipeline.gate import collect_dossier, decide_for
from supplychain.pipeline.workspace import Workspace, open_workspace
from supplychain.policy.decision import Verdict
from supplychain.policy.regorus import Regorus
from supplychain.policy.replay import Kept, again
from supplychain.scan.coverage import Coverage, DatabaseState
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import ScanResult
from supplychain.signing.envelope import Envelope
from supplychain.verification.verifier import verify
from tests.simulator import evidence
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def opened(world: World) -> Workspace:
    return open_workspace(world.project, world.home)


def test_bare_signature_check(world: World, benchmark: BenchmarkFixture) -> None:
    workspace = opened(world)
    envelope = Envelope.parse(world.store.find(world.artifact.digest)[0].data, where="x")
    signature, pae = envelope.signatures[0], envelope.pae()
    key = next(i.key for i in workspace.trust.identities.values() if i.key.accepts(signature.sig, pae))
    assert benchmark(key.accepts, signature.sig, pae)


def test_verify_one_keyed_attestation_warm(world: World, benchmark: BenchmarkFixture) -> None:
    workspace = opened(world)
    stored = world.store.find(world.artifact.digest)[0]

    def once() -> object:
        envelope = Envelope.parse(stored.data, where=stored.ref)
        return verify([(stored.ref, envelope)], workspace.trust, artifact=world.artifact.digest, at=AT)

    assert benchmark(once)


def test_gate_with_500_findings_and_200_components_warm(world: World, benchmark: BenchmarkFixture) -> None:
    parts = [Component(name=f"p{i}", version="1.0", purl=f"pkg:pypi/p{i}@1.0") for i in range(200)]
    findings = tuple(
        Finding(
            id=f"OSV-{i}",
            title="a finding",
            level=Level.LOW,
            component=parts[i % 200],
            fixed=("2.0",),
            seen_by=("supplychain-osv",),
        )
        for i in range(500)
    )
    database = DatabaseState(digest=world.artifact.digest, built=AT - HOUR, records=1000)
    coverage = Coverage(asked=200, looked_at=200, database=database)
    result = ScanResult(
        kind="dependencies", scanner="supplychain-osv", version="1", findings=findings, coverage=coverage
    )
    for kind in ("vulns", "sbom"):
        world.forget(kind)
    world.put(state_scan([world.artifact], result, at=AT - HOUR), by="scanner")
    document = to_cyclonedx(replace(Sbom.of("shop", parts), subjects=(world.artifact,)), at=AT - HOUR)
    world.store.put_document(document)
    world.put(evidence.state_sbom([world.artifact], document, at=AT - HOUR), by="scanner")
    workspace, engine = opened(world), Regorus()

    def once() -> Verdict:
        dossier = collect_dossier(world.artifact, workspace.store, workspace.trust, at=AT)
        return decide_for(workspace, dossier, "staging", engine, at=AT).verdict

    assert benchmark(once) is Verdict.ALLOW


def test_replay_one_decision(world: World, benchmark: BenchmarkFixture) -> None:
    """One small decision, all that it needs read from the store; `taskset -c 0` keeps both processes on one core."""
    assert world.gate("staging").exit_code == 0
    workspace, engine = opened(world), Regorus()
    data = (world.store.root / "decisions" / "sha256" / world.artifact.digest.hex / "staging.json").read_bytes()

    def once() -> bytes:
        return again(Kept.parse(data, where="record"), workspace.store.document, engine).record()

    assert benchmark(once) == data
