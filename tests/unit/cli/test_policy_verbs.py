"""`supplychain policy check`, `test`, `docs`, `pack` and `sign`, as somebody with a policy set of their own uses them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.evidence_flaws import FLAWS
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

RULE = """# METADATA
# scope: package
# title: House
# description: The rule of the house.
package supplychain.house

# METADATA
# title: Not ours
# description: The artifact is called as ours are.
# scope: rule
# custom:
#   code: HOUSE_NAME
#   severity: high
#   controls:
#     nist_ssdf: [PO.1.1]
deny contains violation if {
	not startswith(input.artifact.name, "shop-")
	input.version == 1
	violation := {"code": "HOUSE_NAME", "message": "it is called otherwise", "fix": "call it shop-…", "evidence": {}}
}
"""
TEST = """package supplychain.house_test

import data.supplychain.house

test_ours_passes if house.deny == set() with input as {"version": 1, "artifact": {"name": "shop-1"}}

test_others_do_not if count(house.deny) == 1 with input as {"version": 1, "artifact": {"name": "x"}}
"""
PROFILE = "environment: {}\nrules: [{}]\nthresholds: {{}}\n"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def house(world: World) -> Path:
    folder = world.project / "policies"
    for name in ("house", "profiles"):
        (folder / name).mkdir(parents=True)
    (folder / "house" / "house.rego").write_text(RULE)
    (folder / "house" / "house_test.rego").write_text(TEST)
    (folder / "profiles" / "staging.yaml").write_text(PROFILE.format("staging", "house"))
    return folder


def policy(world: World, *words: str | Path) -> Outcome:
    return world.run("policy", *words, "--format", "json")


# check


def test_a_good_set(world: World, house: Path) -> None:
    told = policy(world, "check", house)
    assert_told(told, ExitCode.OK)
    assert set(told.json["environments"]) == {"staging"}
    text = world.run("policy", "check", house).stdout
    assert text.startswith(f"policies     {told.json['digest']}\n")


def test_the_digest_that_decisions_name(world: World, house: Path) -> None:
    digest = policy(world, "check", house).json["environments"]["staging"]
    assert world.gate("staging", "--policies", str(house)).decision["policy"]["digest"] == digest


def test_without_a_place_it_is_the_project_s(world: World, house: Path) -> None:
    theirs = policy(world, "check").json["digest"]
    (world.project / "supplychain.yaml").write_text("version: 1\nname: shop\npolicies: policies\n")
    assert policy(world, "check").json["digest"] == policy(world, "check", house).json["digest"] != theirs


def test_every_problem_is_told_at_once(world: World, house: Path) -> None:
    (house / "house" / "house.rego").write_text(RULE.replace("# custom:\n#   code: HOUSE_NAME\n", "# custom:\n"))
    (house / "profiles" / "dev.yaml").write_text(PROFILE.format("dev", "gone"))
    (house / "profiles" / "staging.yaml").write_text(
        "environment: staging\nrules: [house]\nthresholds:\n  huose: {limit: 1}\n"
    )
    told = policy(world, "check", house)
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    found = {(problem["code"], problem["where"].removeprefix(str(house))) for problem in told.json["problems"]}
    assert ("RULE_MISSING", "/profiles/staging.yaml:4") in found
    assert ("METADATA_MISSING", "house/house.rego:15") in found
    assert ("RULE_MISSING", "gone") in found


def test_a_set_without_profiles(world: World, house: Path) -> None:
    shutil.rmtree(house / "profiles")
    told = policy(world, "check", house)
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert [problem["code"] for problem in told.json["problems"]] == ["NO_RULES"]


# test


def test_tests_and_coverage(world: World, house: Path) -> None:
    told = policy(world, "test", house, "--coverage")
    assert_told(told, ExitCode.OK)
    assert (told.json["tests"], told.json["failed"], told.json["coverage"]) == (2, {}, 100.0)
    (house / "house" / "house.rego").write_text(
        RULE + "\nwarn contains violation if {\n\tinput.version == 2\n\tviolation := 1\n}\n"
    )
    told = policy(world, "test", house, "--coverage")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert list(told.json["missed"]) == ["house/house.rego"]


def test_a_test_that_fails_is_named(world: World, house: Path) -> None:
    (house / "house" / "house_test.rego").write_text(TEST.replace("== 1", "== 2"))
    told = world.run("policy", "test", house)
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert "FAILED data.supplychain.house_test.test_others_do_not" in told.stderr
    assert "tests        1 of 2 passed" in told.stdout


def test_a_set_without_tests(world: World, house: Path) -> None:
    (house / "house" / "house_test.rego").unlink()
    assert_told(world.run("policy", "test", house), ExitCode.POLICY_NOT_EVALUATED, "NO_TESTS")


def test_a_condition_that_no_test_needs(world: World, house: Path) -> None:
    """`input.version == 1` may go, and every test still passes."""
    told = policy(world, "test", house, "--mutate", "--only", "house")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert told.json["survived"] == ["house/house.rego:18: input.version == 1"]
    more = '\ntest_other_versions_are_not_ours_to_judge if house.deny == set() with input as {"version": 2, "artifact": {"name": "x"}}\n'
    (house / "house" / "house_test.rego").write_text(TEST + more)
    told = policy(world, "test", house, "--mutate", "--only", ".")
    assert_told(told, ExitCode.OK)
    assert told.json["mutants"] == 2


def test_evidence_that_a_set_does_not_look_at(world: World, house: Path) -> None:
    """A set with one rule about names lets everything pass; each flaw is told with what would notice it."""
    told = policy(world, "test", house, "--mutate")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    survived = told.json["survived"]
    assert len(survived) > len(FLAWS) / 2
    wanted = "staging: vulns: coverage dropped: rule scan (SCAN_COVERAGE_MISSING) would notice"
    assert any(text.startswith(wanted) for text in survived)
    assert "SURVIVED staging: " in world.run("policy", "test", house, "--mutate").stderr


def test_a_rule_taken_out_of_a_profile(world: World) -> None:
    folder = world.folder / "ours"
    shutil.copytree(policies_folder(), folder)
    for name in ("dev", "production"):
        (folder / "profiles" / f"{name}.yaml").unlink()
    for path in folder.rglob("*_test.rego"):
        if path.parent.name not in ("lib", "freeze"):
            path.unlink()
    whole = policy(world, "test", folder, "--mutate")
    assert_told(whole, ExitCode.OK)
    assert whole.json["survived"] == []
    assert 'staging: vulns: an old database: scan.stale_database: "warn"' in whole.json["tolerated"]
    profile = folder / "profiles" / "staging.yaml"
    assert " sbom," in profile.read_text()
    profile.write_text(profile.read_text().replace(" sbom,", "", 1))
    told = policy(world, "test", folder, "--mutate")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert {text.split(": ")[1] for text in told.json["survived"]} == {"sbom", "artifact"}
    assert all("rule sbom (SBOM_" in text for text in told.json["survived"])


# docs, pack, sign


def test_the_rules_as_a_document(world: World, house: Path) -> None:
    told = world.run("policy", "docs", house)
    assert_told(told, ExitCode.OK)
    assert "## house" in told.stdout
    assert (
        "| `HOUSE_NAME` | denies | high | Not ours: The artifact is called as ours are. | nist_ssdf PO.1.1 |"
        in told.stdout
    )


def test_a_packed_set_in_every_verb(world: World, house: Path) -> None:
    assert_told(world.run("policy", "pack", "-o", "set.tar.gz", house), ExitCode.OK)
    first = (world.project / "set.tar.gz").read_bytes()
    (house / "house" / "house.rego").touch()
    assert_told(world.run("policy", "pack", "-o", "set.tar.gz", house), ExitCode.OK)
    assert (world.project / "set.tar.gz").read_bytes() == first
    assert policy(world, "check", "set.tar.gz").json == policy(world, "check", house).json
    assert policy(world, "test", "set.tar.gz").json == policy(world, "test", house).json
    assert world.run("policy", "docs", "set.tar.gz").stdout == world.run("policy", "docs", house).stdout
    assert_told(world.gate("staging", "--policies", "set.tar.gz"), ExitCode.OK)


def test_signing_again_after_a_change(world: World, house: Path) -> None:
    first = world.run("policy", "sign", house, "--at", "2026-11-20T00:00:00Z")
    assert_told(first, ExitCode.OK)
    digest = policy(world, "check", house).json["digest"]
    assert first.stdout == f"policies     {digest}\nsignature    {house / 'policies.sigstore.json'}\n"
    (house / "house" / "house.rego").write_text(RULE + "\n# more\n")
    second = world.run("policy", "sign", house, "--at", "2026-11-20T00:00:00Z")
    assert second.stdout != first.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--mutate", "--only", "nowhere"), "NO_MUTANTS"),
        (("--mutate", "--only", "../.."), "NO_MUTANTS"),
        (("--only", "house"), "USAGE"),
        (("--coverage", "--engine", "opa"), "USAGE"),
        (("--engine", "nobody"), "ENGINE_UNKNOWN"),
    ],
)
def test_what_would_test_nothing_is_no_pass(world: World, house: Path, words: tuple[str, ...], code: str) -> None:
    assert_told(world.run("policy", "test", house, *words), ExitCode.USAGE, code)
