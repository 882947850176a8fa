"""A pull request edits the policies, thresholds, ladder or trust that judge it: judged on its base, it gains nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from supplychain.errors import ExitCode
from supplychain.pipeline.attest import sign_and_put
from supplychain.pipeline.resources import policies_folder
from supplychain.store.directory import DirectoryStore
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

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


def trust_everybody(world: World) -> None:
    """What the change says of trust: the attacker may claim everything."""
    file = world.project / "trust.yaml"
    value = yaml.safe_load((file if file.exists() else world.project / "people.yaml").read_text("utf-8"))
    value["identities"]["attacker"] = {"key": world.signers["attacker"].public_key.pem}
    value["rules"] = [{**rule, "signers": [*rule["signers"], "attacker"]} for rule in value["rules"]]
    file.write_text(yaml.safe_dump(value), encoding="utf-8")


def outside(world: World) -> Path:
    """The honest trust file, where the change cannot write."""
    file = world.folder / "outside.yaml"
    shutil.copy(world.project / "trust.yaml", file)
    return file


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
def test_the_base_still_denies(change: World, attack: Callable[[World], None]) -> None:
    attack(change)
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
    assert "PREVIOUS_ENVIRONMENT_FAILED" in judged.codes  # staging said no above, and staging is still asked


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
    for name in ("gone", "", "--help", "main:policies"):
        outcome = change.gate("staging", f"--policies-base={name}")
        assert_told(outcome, ExitCode.USAGE, "BASE_MISSING")
        assert "next:" in outcome.stderr


def test_a_tag_does_not_take_the_place_of_a_branch(change: World) -> None:
    loosen_override(change)
    git(change, "commit", "--quiet", "-am", "loose")
    git(change, "tag", "main")
    git(change, "reset", "--quiet", "--hard", "main~1")
    assert_told(change.gate("staging", *BASE), ExitCode.USAGE, "REVISION_AMBIGUOUS")
    assert "SAST_FOUND" in change.gate("staging", "--policies-base", "refs/heads/main").codes


def test_a_clone_that_lacks_the_base(change: World, tmp_path: Path) -> None:
    git(change, "checkout", "--quiet", "-b", "change")
    drop_rule(change)
    git(change, "commit", "--quiet", "-am", "loose")
    clone = tmp_path / "clone"
    git(change, "clone", "--quiet", "--depth=1", "--branch=change", f"file://{change.project}", str(clone))
    shutil.copytree(change.store.root, clone / ".supplychain" / "store")
    told = change.gate("staging", "--project", str(clone), "--policies-base", "origin/main")
    assert_told(told, ExitCode.USAGE, "BASE_MISSING")
    assert "fetch" in told.stderr
    subprocess.run(["git", "fetch", "--quiet", "--depth=1", "origin", "main:refs/remotes/origin/main"], cwd=clone)
    judged = change.gate("staging", "--project", str(clone), "--policies-base", "origin/main")
    assert judged.codes == {"SAST_FOUND"}


def test_a_clone_without_the_files_of_the_base(change: World, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(change, "config", "uploadpack.allowFilter", "true")
    git(change, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{change.project}", str(clone))
    for name in ("trust.yaml", "supplychain.yaml"):
        shutil.copy(change.project / name, clone)
    shutil.copytree(change.store.root, clone / ".supplychain" / "store")
    told = change.gate("staging", "--project", str(clone), "--policies-base", "origin/main")
    assert_told(told, ExitCode.TOOL_FAILED, "GIT_FAILED")
    assert "--refetch" in told.stderr


def no_policies(world: World) -> None:
    shutil.rmtree(world.project / "policies")


def policies_elsewhere_by_a_link(world: World) -> None:
    other_policies(world)
    (world.project / "supplychain.yaml").write_text(CONFIG)
    shutil.rmtree(world.project / "policies")
    (world.project / "policies").symlink_to("mine")


def policies_in_a_submodule(world: World) -> None:
    other_policies(world)
    git(world, "init", "--quiet", "mine")
    git(world, "-C", "mine", "add", "-A")
    git(world, "-C", "mine", "commit", "--quiet", "-m", "mine")
    git(world, "rm", "-r", "--quiet", "policies")
    (world.project / "mine").rename(world.project / "policies")
    git(world, "add", "policies")
    (world.project / "supplychain.yaml").write_text(CONFIG)


def renamed_policies(world: World) -> None:
    (world.project / "policies").rename(world.project / "rules")
    (world.project / "supplychain.yaml").write_text(CONFIG.replace("policies: policies", "policies: rules"))
    edit(world, "rules/profiles/staging.yaml", "sast, ", "")


def no_configuration(world: World) -> None:
    (world.project / "supplychain.yaml").unlink()
    no_policies(world)


def another_engine(world: World) -> None:
    """An engine is a program, and the change brings its own, which allows everything."""
    program = world.project / "opa"
    program.write_text('#!/bin/sh\necho "Version: 9.9"; echo >>called; echo \'{"result": []}\'\n')
    program.chmod(0o755)
    (world.project / "supplychain.yaml").write_text(CONFIG + f"engine: opa:{program}\n")


def another_store(world: World) -> None:
    """A store without the newest scan."""
    shutil.copytree(world.store.root, world.project / "store")
    for path in (world.project / "store").rglob("scan-sast-*"):
        path.unlink()
    honest = evidence.sast([world.artifact], at=AT - HOUR)
    sign_and_put(honest, world.signers["scanner"], DirectoryStore(world.project / "store"))
    (world.project / "supplychain.yaml").write_text(CONFIG + "store: store\n")


@pytest.mark.parametrize("attack", [policies_elsewhere_by_a_link, policies_in_a_submodule, renamed_policies])
def test_policies_moved_aside(change: World, attack: Callable[[World], None]) -> None:
    attack(change)
    assert_told(change.gate(), ExitCode.OK)
    assert_told(change.gate("staging", *BASE), ExitCode.DENIED)
    assert "SAST_FOUND" in change.gate("staging", *BASE).codes


@pytest.mark.parametrize("attack", [no_policies, no_configuration])
def test_policies_taken_away(change: World, attack: Callable[[World], None]) -> None:
    attack(change)
    judged = change.gate("staging", *BASE)
    assert judged.exit_code != 0
    assert judged.error == "POLICY_MISSING" or "SAST_FOUND" in judged.codes


def test_the_engine_is_that_of_the_base(change: World) -> None:
    another_engine(change)
    judged = change.gate("staging", *BASE)
    assert judged.codes == {"SAST_FOUND"}
    assert judged.decision["engine"].startswith("regorus ")
    assert not (change.project / "called").exists()


def test_the_store_is_that_of_the_base(change: World) -> None:
    another_store(change)
    assert_told(change.gate(), ExitCode.OK)
    assert change.gate("staging", *BASE).codes == {"SAST_FOUND"}


def test_a_time_limit_that_no_rule_can_keep_is_not_believed(change: World) -> None:
    (change.project / "supplychain.yaml").write_text(CONFIG + "timeouts: {policy: 0.000001}\n")
    assert change.gate("staging", *BASE).codes == {"SAST_FOUND"}


def test_files_named_on_the_command_line_are_those_of_the_base(change: World) -> None:
    """A workflow that says `--trust trust.yaml` means the one that was reviewed."""
    before = (change.project / "trust.yaml").read_text()
    git(change, "mv", "trust.yaml", "people.yaml")
    git(change, "mv", "supplychain.yaml", "gate.yaml")
    git(change, "commit", "--quiet", "-m", "moved")
    trust_everybody(change)
    (change.project / "people.yaml").unlink()
    (change.project / "trust.yaml").rename(change.folder / "elsewhere.yaml")
    (change.project / "people.yaml").symlink_to(change.folder / "elsewhere.yaml")
    (change.project / "gate.yaml").write_text(CONFIG.replace("policies: policies", "policies: mine"))
    other = change.project / "mine"
    shutil.copytree(change.project / "policies", other)
    edit(change, "mine/profiles/staging.yaml", "sast, ", "")
    words = ("--trust", "people.yaml", "--config", "gate.yaml")
    assert_told(change.gate("staging", *words), ExitCode.OK)
    assert "SAST_FOUND" in change.gate("staging", *words, *BASE).codes
    change.forget("scan-sast")
    change.put(evidence.sast([change.artifact], at=AT), by="attacker")
    assert "SAST_MISSING" in change.gate("staging", *words, *BASE).codes
    outside = change.folder / "outside.yaml"
    outside.write_text(before)
    assert "SAST_MISSING" in change.gate("staging", "--trust", str(outside), *BASE).codes


def test_policies_named_on_the_command_line_are_those_of_the_base(change: World) -> None:
    drop_rule(change)
    assert_told(change.gate("staging", "--policies", "policies"), ExitCode.OK)
    judged = change.gate("staging", "--policies", str(change.project / "policies"), *BASE)
    assert judged.codes == {"SAST_FOUND"}


def test_a_trust_file_that_the_base_does_not_have_is_not_believed(change: World) -> None:
    git(change, "rm", "--quiet", "--cached", "trust.yaml")
    git(change, "commit", "--quiet", "-m", "no trust")
    assert_told(change.gate("staging", *BASE), ExitCode.USAGE, "TRUST_MISSING")
    trusted = change.gate("staging", *BASE, "--trust", str(outside(change)))
    assert trusted.codes == {"SAST_FOUND"}


def test_a_base_that_leads_out_of_its_repository(change: World) -> None:
    for field in ("policies: ../../policies", "policies: policies\ntrust: ../trust.yaml"):
        (change.project / "supplychain.yaml").write_text(f"version: 1\nname: shop\n{field}\n")
        git(change, "commit", "--quiet", "-am", "out")
        shutil.copytree(change.project / "policies", change.folder.parent / "policies", dirs_exist_ok=True)
        shutil.copy(outside(change), change.folder / "trust.yaml")
        assert_told(change.gate("staging", *BASE), ExitCode.USAGE, "BASE_LEAVES")


def test_a_project_in_a_part_of_a_repository_shares_its_policies(change: World) -> None:
    part = change.project / "services" / "shop"
    part.mkdir(parents=True)
    text = (
        "version: 1\nname: shop\npolicies: ../../policies\ntrust: ../../trust.yaml\nstore: ../../.supplychain/store\n"
    )
    (part / "supplychain.yaml").write_text(text)
    git(change, "add", "services")
    git(change, "commit", "--quiet", "-m", "part")
    drop_rule(change)
    assert_told(change.gate("staging", "-C", "services/shop"), ExitCode.OK)
    assert change.gate("staging", "-C", "services/shop", *BASE).codes == {"SAST_FOUND"}


def test_the_base_is_replayed_too(change: World) -> None:
    drop_rule(change)
    change.gate("staging", *BASE)
    outcome = change.run("policy", "replay", "--format", "json")
    assert_told(outcome, ExitCode.OK)
    assert outcome.json["same"] == outcome.json["total"]
