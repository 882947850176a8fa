"""Swapped subject digest: the statement is made to be about other bytes, the signature stays."""

from __future__ import annotations

import shutil
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_the_subject_is_signed_too(world: World) -> None:
    evil = world.project / "shop-1.1.whl"
    evil.write_bytes(b"evil")
    wanted = Artifact.of_file(evil).digest
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)
    folder = world.store.folder(wanted)
    shutil.copytree(world.store.folder(world.artifact.digest), folder)

    def swap(statement: dict[str, Any]) -> None:
        statement["subject"][0]["digest"] = wanted.to_set()

    for copy in folder.iterdir():
        world.tamper(copy, swap)

    outcome = world.gate(artifact=str(evil))
    assert_told(outcome, ExitCode.DENIED)
    assert "EVIDENCE_MISSING" in outcome.codes
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}
    bundle = folder / path.name
    assert_told(
        world.verify("--bundle", bundle, artifact=str(evil)), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH"
    )
