"""Scan of another artifact: honest, clean, and about something else."""

from __future__ import annotations

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


def test_refused(world: World) -> None:
    assert_told(world.gate(), ExitCode.OK)
    clean = Artifact(name="shop-1.0.whl", digest=Digest.of_bytes(b"a clean thing"))
    path = world.put(evidence.sast([clean], at=AT), by="scanner")
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")
    world.forget("scan-sast")
    world.put_raw(path.read_bytes(), path.name.removesuffix(".sigstore.json"))
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "SCAN_MISSING" in outcome.codes
    assert outcome.rejected == {"WRONG_ARTIFACT"}


def test_an_sbom_of_another_artifact(world: World) -> None:
    """The statement is about the artifact, the document it refers to is about another one."""
    assert_told(world.gate(), ExitCode.OK)
    other = Artifact(name="shop-1.0.whl", digest=Digest.of_bytes(b"something small"))
    document = evidence.sbom_document([other], at=AT)
    world.store.put_document(document)
    from supplychain.pipeline.attest import state_sbom

    world.put(state_sbom([world.artifact], document, at=AT), by="scanner")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "SBOM_SUBJECT_MISMATCH" in outcome.codes


def test_an_sbom_whose_document_was_exchanged(world: World) -> None:
    """The document lies under the digest of another: it is not taken for it."""
    (document,) = (world.store.root / "documents" / "sha256").iterdir()
    document.write_bytes(evidence.sbom_document([], at=AT))
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes == {"SBOM_DOCUMENT_MISSING"}
