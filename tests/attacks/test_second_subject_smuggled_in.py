"""Second subject smuggled in: a statement about an artifact is stretched to another one."""

from __future__ import annotations

from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


def _evil(world: World) -> tuple[str, Artifact]:
    path = world.project / "shop-1.1.whl"
    path.write_bytes(b"evil")
    return str(path), Artifact.of_file(path)


def test_a_subject_added_after_signing(world: World) -> None:
    evil, artifact = _evil(world)
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)

    def add(statement: dict[str, Any]) -> None:
        statement["subject"].append(artifact.to_json())

    world.tamper(path, add)
    world.put_raw(path.read_bytes(), about=artifact.digest)

    outcome = world.gate(artifact=evil)
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")


def test_a_signer_adds_a_subject_outside_the_own_rule(world: World) -> None:
    """Who may speak about `docs-*` names a second subject: the rule is held against the subject that is asked for."""
    world.rules.append({"claims": ["vulns"], "signers": ["release"], "artifacts": ["docs-*"]})
    world.write_trust()
    docs = world.project / "docs-1.0.zip"
    docs.write_bytes(b"docs")
    own = Artifact.of_file(docs)
    world.forget("vulns")
    path = world.put(evidence.dependencies([own, world.artifact], at=AT), by="release")

    assert_told(world.verify("--bundle", path, artifact=str(docs)), ExitCode.OK)
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "SCAN_MISSING" in outcome.codes
    assert outcome.rejected == {"NOT_ALLOWED"}


def test_a_signer_gives_the_artifact_a_name_inside_the_own_rule(world: World) -> None:
    """The same, with the lie in the name: the digest of the shop under the name of the docs."""
    world.rules.append({"claims": ["vulns"], "signers": ["release"], "artifacts": ["docs-*"]})
    world.write_trust()
    world.forget("vulns")
    disguised = Artifact(name="docs-1.0.zip", digest=world.artifact.digest)
    path = world.put(evidence.dependencies([disguised], at=AT), by="release")

    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "SCAN_MISSING" in outcome.codes
    assert outcome.rejected == {"NOT_ALLOWED"}

    docs = world.project / "docs-1.0.zip"
    docs.write_bytes(world.file.read_bytes())
    assert_told(world.verify("--bundle", path, artifact=str(docs)), ExitCode.OK)
