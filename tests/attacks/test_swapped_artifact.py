"""Swapped artifact: the evidence is honest, and the bytes are other bytes."""

from __future__ import annotations

import shutil

from supplychain.artifact.artifact import Artifact
from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_other_bytes_have_no_evidence(world: World) -> None:
    assert_told(world.gate(), ExitCode.OK)
    assert_told(world.admit(), ExitCode.OK)
    bundle = world.lies("provenance")
    assert_told(world.verify_file(bundle), ExitCode.OK)

    world.file.write_bytes(world.file.read_bytes() + b"evil")

    assert_told(world.verify(), ExitCode.VERIFICATION_FAILED, "NO_EVIDENCE")
    assert_told(world.verify_file(bundle), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")
    admitted = world.admit()
    assert_told(admitted, ExitCode.DENIED)
    assert admitted.codes == {"SUMMARY_MISSING"}
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "EVIDENCE_MISSING" in outcome.codes
    assert world.admit().codes == {"SUMMARY_FAILED"}


def test_evidence_copied_to_the_digest_of_other_bytes_is_refused(world: World) -> None:
    evil = world.project / "shop-1.1.whl"
    evil.write_bytes(b"evil")
    shutil.copytree(world.store.folder(world.artifact.digest), world.store.folder(Artifact.of_file(evil).digest))
    assert_told(world.gate(), ExitCode.OK)

    assert world.admit(artifact=str(evil)).codes == {"SUMMARY_MISSING"}
    outcome = world.gate(artifact=str(evil))
    assert_told(outcome, ExitCode.DENIED)
    assert "EVIDENCE_MISSING" in outcome.codes
    assert outcome.rejected == {"WRONG_ARTIFACT"}
