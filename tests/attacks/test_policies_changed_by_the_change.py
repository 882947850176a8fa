"""A pull request edits the policies, thresholds, ladder or trust that judge it: judged on its base, it gains nothing."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from supplychain.errors import ExitCode
from supplychain.pipeline.resources import policies_folder
from tests.simulator import evidence
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, World

LOOSE = "{critical: warn, high: warn, medium: warn, low: warn, none: ignore, unknown: warn}"
CONFIG = "version: 1\nname: shop\npolicies: policies\n"
BASE = ("--policies-base", "main")


def git(world: World, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=world.project, check=True, capture_output=True)


@pytest.fixture
def change(world: World) -> World:
    """A project whose branch `main` holds strict rules, with evidence that they deny."""
    shutil.copytree(policies_folder(), world.project / "policies", ignore=shutil.ignore_patterns("*_test.rego"))
    (world.project / "supplychain.yaml").write_text(CONFIG)
    git(world, "init", "--quiet", "--initial-branch=main")
    git(world, "add", "supplychain.yaml", "trust.yaml", "policies")
    git(world, "commit", "--quiet", "-m", "base")
    world.put(evidence.sast([world.artifact], at=AT, findings=[evidence.weakness()]), by="scanner")
    assert world.gate().codes == {"SAST_FOUND"}
    return world


def edit(world: World, path: str, old: str, new: str) -> None:
    file = world.project / path
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def loosen_override(world: World) -> None:
    (world.project / "supplychain.yaml").write_text(
        CONFIG + f"overrides:\n  staging:\n    sast:\n      severities: {LOOSE}\n"
    )


def drop_rule(world: World) -> None:
    edit(world, "policies/profiles/staging.yaml", "sast, ", "")


def gut_rule(world: World) -> None:
    edit(world, "policies/sast/sast.rego", "package supplychain.sast\n", "package supplychain.sast_old\n")
    (world.project / "policies/sast/new.rego").write_text("package supplychain.sast\n\ndeny contains 1 if false\n")


def other_policies(world: World) -> None:
    folder = world.project / "mine"
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles/staging.yaml").write_text("environment: staging\nrules: [ok]\nthresholds: {}\n")
    (folder / "ok.rego").write_text("package supplychain.ok\n\ndeny contains 1 if false\n")
    (world.project / "supplychain.yaml").write_text(CONFIG.replace("policies: policies", "policies: mine"))


@pytest.mark.parametrize("attack", [loosen_override, drop_rule, gut_rule, other_policies])
def test_the_base_still_denies(change: World, attack: object) -> None:
    attack(change)  # type: ignore[operator]
    assert "SAST_FOUND" not in change.gate().codes or change.gate().exit_code == 0, "the attack works without a base"
    judged = change.gate("staging", *BASE)
    assert "SAST_FOUND" in judged.codes
    assert_told(judged, ExitCode.DENIED)
    assert "judged by main" in judged.stderr


def test_a_new_signer_is_nobody_yet(change: World) -> None:
    change.forget("sast")
    for rule in change.rules:
        rule["signers"] = [*rule["signers"], "release"]
    change.write_trust()
    change.forget("scan-sast")
    change.put(evidence.sast([change.artifact], at=AT), by="release")
    assert_told(change.gate(), ExitCode.OK)
    judged = change.gate("staging", *BASE)
    assert "SAST_MISSING" in judged.codes


def test_a_shorter_ladder_skips_nothing(change: World) -> None:
    (change.project / "supplychain.yaml").write_text(CONFIG + "environments: [production]\n")
    judged = change.gate("production", *BASE)
    assert {"PREVIOUS_ENVIRONMENT_MISSING", "PREVIOUS_ENVIRONMENT_SKIPPED"} & judged.codes


def test_a_change_may_be_stricter(change: World) -> None:
    change.forget("scan-sast")
    change.put(evidence.sast([change.artifact], at=AT), by="scanner")
    folder = change.project / "policies" / "house"
    folder.mkdir()
    (folder / "house.rego").write_text(
        'package supplychain.house\n\ndeny contains {"code": "HOUSE", "message": "no", "fix": "mend"}\n'
    )
    edit(change, "policies/profiles/staging.yaml", "rules: [", "rules: [house, ")
    judged = change.gate("staging", *BASE)
    assert judged.codes == {"HOUSE"}
    rules = judged.decision["rules"]
    assert "house" in rules
    assert len(rules) == len(set(rules)) > 5


def test_an_unchanged_set_is_the_same_policy(change: World) -> None:
    assert change.gate("staging", *BASE).decision["policy"] == change.gate().decision["policy"]


def test_a_base_that_is_not_there(change: World) -> None:
    outcome: Outcome = change.gate("staging", "--policies-base", "gone")
    assert outcome.exit_code == int(ExitCode.USAGE)


def test_the_base_is_replayed_too(change: World) -> None:
    drop_rule(change)
    change.gate("staging", *BASE)
    outcome = change.run("policy", "replay", "--format", "json")
    assert_told(outcome, ExitCode.OK)
    assert outcome.json["same"] == outcome.json["total"]
