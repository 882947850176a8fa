"""From a decision to a summary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.pipeline.gate import collect_dossier
from supplychain.policy.decision import Decision, Verdict
from supplychain.promotion.summary import summarize
from supplychain.statement.predicates.vsa import Vsa
from supplychain.verification.dossier import Dossier
from tests.simulator.world import AT, World

POLICY = Digest.of_bytes(b"policy")


@pytest.fixture
def dossier(tmp_path: Path) -> Dossier:
    world = World(tmp_path / "world")
    return collect_dossier(world.artifact, world.store, world.trust, at=AT)


def decision(dossier: Dossier, verdict: Verdict) -> Decision:
    return Decision(
        verdict=verdict,
        environment="staging",
        artifact=dossier.artifact,
        violations=(),
        warnings=(),
        rules=("r",),
        policy=POLICY,
        input=None,
        engine="e",
        at=AT,
    )


@pytest.mark.parametrize(("verdict", "result"), [(Verdict.ALLOW, "PASSED"), (Verdict.DENY, "FAILED")])
def test_yes_and_no_are_remembered(dossier: Dossier, verdict: Verdict, result: str) -> None:
    made = decision(dossier, verdict)
    vsa = summarize(made, dossier)
    assert vsa is not None
    assert (vsa.result, vsa.environment, vsa.verified, vsa.policy_digest) == (result, "staging", AT, POLICY)
    assert vsa.decision == made.digest
    assert vsa.resource_uri.endswith(str(dossier.artifact.digest))
    assert vsa.levels == (("SLSA_BUILD_LEVEL_2",) if verdict is Verdict.ALLOW else ("FAILED",))
    assert Vsa.parse(vsa.to_json(), where="") == vsa
    assert len(vsa.inputs) == 4, "summaries are no input"


def test_cannot_tell_is_not_remembered(dossier: Dossier) -> None:
    assert summarize(decision(dossier, Verdict.CANNOT_TELL), dossier) is None
    assert summarize(replace(decision(dossier, Verdict.DENY), policy=None), dossier) is None


def test_without_provenance_the_level_is_0(dossier: Dossier) -> None:
    vsa = summarize(decision(dossier, Verdict.ALLOW), replace(dossier, statements=()))
    assert vsa is not None
    assert vsa.levels == ("SLSA_BUILD_LEVEL_0",)
