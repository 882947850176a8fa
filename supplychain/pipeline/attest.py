"""From results to kept evidence: state, sign, put. One file per claim and signer: said twice, kept once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.pipeline.pending import queue_stored
from supplychain.scan.interface import ScanResult
from supplychain.signing.envelope import Envelope
from supplychain.signing.interface import Signer
from supplychain.statement.predicates import approval, provenance, reference, scan, test_result, vsa, vulns, waiver
from supplychain.statement.predicates.approval import Approval
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.reference import CYCLONEDX, Reference
from supplychain.statement.predicates.registry import KINDS
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.test_result import QualityResult
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.vulns import Vulns
from supplychain.statement.predicates.waiver import Waiver
from supplychain.statement.statement import Statement
from supplychain.store.interface import Store

ATTESTER = "urn:supplychain:attester:v1"


def state_provenance(artifacts: Sequence[Artifact], value: Provenance) -> Statement:
    """The provenance of artifacts as a statement."""
    return Statement.make(artifacts, provenance.TYPE, value.to_json())


def state_sbom(artifacts: Sequence[Artifact], document: bytes, *, at: datetime) -> Statement:
    """A CycloneDX document about artifacts as a statement: by digest and size, the document lies beside it."""
    value = Reference(
        attester=ATTESTER,
        name="sbom.cdx.json",
        media_type=CYCLONEDX,
        digest=Digest.of_bytes(document),
        size=len(document),
        time=format_time(at),
    )
    return Statement.make(artifacts, reference.TYPE, value.to_json())


def state_scan(artifacts: Sequence[Artifact], result: ScanResult, *, at: datetime) -> Statement:
    """What a scan saw as a statement: `vulns` for dependencies, `scan` for everything else. `at`: time of the scan."""
    if result.kind == "dependencies":
        return Statement.make(artifacts, vulns.TYPE, Vulns.of(result, at=at).to_json())
    return Statement.make(artifacts, scan.TYPE, Scan.of(result, at=at).to_json())


def state_summary(artifact: Artifact, value: Vsa) -> Statement:
    """A verification summary as a statement."""
    return Statement.make((artifact,), vsa.TYPE, value.to_json())


def state_quality(artifacts: Sequence[Artifact], value: QualityResult) -> Statement:
    """What tests, coverage, complexity or benchmarks said, as a statement."""
    return Statement.make(artifacts, test_result.TYPE, value.to_json())


def state_approval(artifact: Artifact, value: Approval) -> Statement:
    """An approval, a rejection or a broken glass as a statement."""
    return Statement.make((artifact,), approval.TYPE, value.to_json())


def state_waiver(artifact: Artifact, value: Waiver) -> Statement:
    """A waiver as a statement."""
    return Statement.make((artifact,), waiver.TYPE, value.to_json())


def sign_and_put(statement: Statement, signer: Signer, store: Store) -> tuple[Envelope, str]:
    """Sign a statement and keep it under every subject; return the envelope and where it lies under the first."""
    envelope = signer.sign(statement)
    kind = KINDS.get(statement.predicate_type, "statement")
    if statement.predicate_type == scan.TYPE:
        kind = f"scan-{statement.predicate['scanner']['kind']}"
    key = Digest.of_bytes(signer.name.encode()).hex[:8]
    name = f"{kind}-{statement.digest.hex[:16]}-{key}"
    if envelope.pending is not None:  # noted first: killed in between, the entry is still made
        queue_stored(envelope, statement, name)
    return envelope, store.put([subject.digest for subject in statement.subjects], name, envelope.to_bundle())
