"""Policy edited after signing: a summary names the policy it was made by, and only that one counts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from supplychain.errors import ExitCode
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.decision import Verdict
from supplychain.policy.policy_set import load_policies
from supplychain.promotion.record import admission_decision
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


def _loosened(world: World) -> Path:
    folder = world.folder / "policies"
    shutil.copytree(policies_folder(), folder)
    profile = folder / "profiles" / "staging.yaml"
    profile.write_text(profile.read_text().replace("high: deny", "high: ignore"))
    return folder


def test_admission_holds_a_summary_to_its_policy(world: World) -> None:
    world.put(evidence.dependencies([world.artifact], at=AT, findings=[evidence.HIGH]), by="scanner")
    assert_told(world.gate(), ExitCode.DENIED)
    loosened = _loosened(world)
    assert_told(world.gate("staging", "--policies", str(loosened), at=AT + HOUR), ExitCode.OK)

    dossier = collect_dossier(world.artifact, world.store, world.trust, at=AT + HOUR)
    right, wrong = load_policies(policies_folder(), "staging").digest, load_policies(loosened, "staging").digest
    assert right != wrong
    held = admission_decision(dossier, "staging", at=AT + HOUR, policy=wrong)
    assert held.verdict is Verdict.ALLOW
    refused = admission_decision(dossier, "staging", at=AT + HOUR, policy=right)
    assert refused.verdict is Verdict.DENY
    assert [violation.code for violation in refused.violations] == ["SUMMARY_OTHER_POLICY"]


def test_a_decision_run_again_differs_when_the_policy_does(world: World) -> None:
    first, again = world.gate(), world.gate()
    assert first.stdout == again.stdout
    loosened = world.gate("staging", "--policies", str(_loosened(world)))
    assert loosened.decision["policy"] != first.decision["policy"]
    assert loosened.decision["input"] == first.decision["input"]


def test_every_file_of_the_policy_is_in_its_digest(world: World) -> None:
    """One byte of any rule, helper or profile makes another policy."""
    folder = world.folder / "policies"
    shutil.copytree(policies_folder(), folder)
    digest = load_policies(folder, "staging").digest
    assert digest == load_policies(policies_folder(), "staging").digest
    loaded = [path for path in folder.rglob("*.rego") if not path.name.endswith("_test.rego")]
    assert len(loaded) > 10
    for path in loaded:
        text = path.read_text()
        path.write_text(text + "# \n")
        assert load_policies(folder, "staging").digest != digest, path
        path.write_text(text)
    (folder / "new.rego").write_text("package supplychain.new\n")
    assert load_policies(folder, "staging").digest != digest


def test_the_summary_of_a_gate_names_its_policy_and_its_record(world: World) -> None:
    outcome = world.gate()
    (path,) = [p for p in world.store.folder(world.artifact.digest).glob("vsa-*") if "staging" in _payload(p)]
    predicate = json.loads(_payload(path))["predicate"]
    assert f"sha256:{predicate['policy']['digest']['sha256']}" == outcome.decision["policy"]["digest"]
    record = world.store.root / "documents" / "sha256" / predicate["urn:supplychain:decision"]["digest"]["sha256"]
    assert json.loads(record.read_bytes()) == outcome.decision


def _payload(path: Path) -> str:
    import base64

    return base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"]).decode()
