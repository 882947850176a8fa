"""`supplychain policy explain` and `policy replay`, over what the gate keeps."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import ExitCode
from supplychain.pipeline.resources import policies_folder
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def copied(world: World, name: str = "other") -> Path:
    folder = world.folder / name
    shutil.copytree(policies_folder(), folder, ignore=shutil.ignore_patterns("*_test.rego", "*.md"))
    return folder


def edit(file: Path, old: str, new: str) -> None:
    assert old in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")


def document(world: World, digest: str) -> Path:
    return world.store.root / "documents" / "sha256" / digest.removeprefix("sha256:")


# explain


def test_why_it_is_denied_and_what_would_allow(world: World) -> None:
    world.put(evidence.dependencies([world.artifact], at=AT, findings=[evidence.HIGH]), by="scanner")
    assert_told(world.gate(), ExitCode.DENIED)
    told = world.run("policy", "explain", world.file, "--env", "staging", "--format", "json")
    assert_told(told, ExitCode.OK)
    assert told.json["allowed_by"]["enough"]
    (change,) = told.json["allowed_by"]["changes"]
    assert change["change"] == "raise jinja2 3.1.4 to 3.1.5"
    assert change["settles"] == ["VULNERABILITY_FOUND"]
    assert told.json["reproduced"]
    text = world.run("policy", "explain", world.file, "--env", "staging").stdout
    assert "because      [VULNERABILITY_FOUND] rule vulnerabilities, vulnerabilities/vulnerabilities.rego:" in text
    assert "smallest change found that allows:\n  - raise jinja2 3.1.4 to 3.1.5" in text
    # Done as told, it is allowed.
    world.put(evidence.dependencies([world.artifact], at=AT + HOUR), by="scanner")
    assert_told(world.gate(at=AT + HOUR), ExitCode.OK)


def test_how_to_get_what_is_missing(world: World) -> None:
    world.forget("sbom")
    world.gate()
    text = world.run("policy", "explain", world.file, "--env", "staging").stdout
    change = "  - add an SBOM of this artifact that lacks nothing  (settles SBOM_MISSING)\n"
    assert f"{change}    how: make a new SBOM: supplychain run DIR\n" in text


def test_judged_on_a_base_it_is_explained_with_it(world: World) -> None:
    """The reasons of the base and those of the change are one decision."""
    strict = copied(world)
    shutil.copytree(strict, world.project / "policies")
    (world.project / "supplychain.yaml").write_text("version: 1\nname: shop\npolicies: policies\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "policies", "supplychain.yaml", "trust.yaml"],
        ["commit", "-qm", "x"],
    ):
        subprocess.run(["git", *who, *words], cwd=world.project, check=True)
    edit(world.project / "policies" / "profiles" / "staging.yaml", "sbom, ", "")
    edit(world.project / "policies" / "profiles" / "staging.yaml", "min_builder_level: 1", "min_builder_level: 3")
    world.forget("sbom")
    gated = world.gate("staging", "--policies-base", "main")
    assert gated.codes == {"SBOM_MISSING", "PROVENANCE_BUILDER_LEVEL_TOO_LOW"}
    told = world.run("policy", "explain", world.file, "--env", "staging", "--format", "json")
    assert_told(told, ExitCode.OK)
    assert told.json["reproduced"]
    assert told.json["allowed_by"]["enough"]
    changes = {change["change"] for change in told.json["allowed_by"]["changes"]}
    assert changes == {"build on a builder worth level 3 or more", "add an SBOM of this artifact that lacks nothing"}


def test_why_it_is_allowed(world: World) -> None:
    assert_told(world.gate(), ExitCode.OK)
    told = world.run("policy", "explain", world.file, "--env", "staging")
    assert_told(told, ExitCode.OK)
    assert "allowed: no rule denies, and every rule could tell" in told.stdout
    assert "  pass         provenance\n               by sha256:" in told.stdout


def test_a_record_and_its_digest_name_the_same_decision(world: World) -> None:
    gated = world.gate()
    record = world.store.root / "decisions" / "sha256" / world.artifact.digest.hex / "staging.json"
    digest = str(Digest.of_bytes(record.read_bytes()))
    by = [world.run("policy", "explain", name, "--format", "json") for name in (str(record), digest)]
    assert [outcome.json["decision"] for outcome in by] == [gated.decision, gated.decision]


def test_decisions_that_are_not_there(world: World) -> None:
    for words in (["nothing"], [f"sha256:{'0' * 64}"], [""], [world.file, "--env", "staging"]):
        assert_told(world.run("policy", "explain", *words), ExitCode.USAGE, "DECISION_MISSING")
    other = world.folder / "other.json"
    other.write_text("{}")
    assert_told(world.run("policy", "explain", other), ExitCode.MALFORMED, "NOT_A_DECISION")


def test_nothing_is_explained_without_its_input(world: World) -> None:
    gated = world.gate()
    document(world, gated.decision["input"]["digest"]).unlink()
    told = world.run("policy", "explain", world.file, "--env", "staging")
    assert_told(told, ExitCode.NOTHING_TO_CHECK, "INPUT_GONE")


# replay


def several(world: World) -> None:
    """Three decisions: dev and staging allowed, production denied."""
    assert_told(world.gate("dev"), ExitCode.OK)
    assert_told(world.gate("staging"), ExitCode.OK)
    world.put(evidence.sast([world.artifact], at=AT, findings=[evidence.weakness()]), by="scanner")
    assert_told(world.gate("production"), ExitCode.DENIED)


def test_all_are_the_same_byte_for_byte(world: World) -> None:
    several(world)
    again = world.run("policy", "replay", "--format", "json")
    assert_told(again, ExitCode.OK)
    assert (again.json["total"], again.json["same"], again.json["would_block"]) == (3, 3, 0)
    assert [entry["now"] for entry in again.json["decisions"]] == [e["then"] for e in again.json["decisions"]]
    assert world.run("policy", "replay").stdout == "3 of 3 decisions are the same, byte for byte\n"


def test_a_replay_changes_nothing(world: World) -> None:
    several(world)
    before = {path: path.read_bytes() for path in world.project.rglob("*") if path.is_file()}
    world.run("policy", "replay")
    world.run("policy", "replay", "--policies", copied(world))
    assert {path: path.read_bytes() for path in world.project.rglob("*") if path.is_file()} == before


def test_what_other_policies_would_have_done(world: World) -> None:
    several(world)
    strict = copied(world, "strict")
    edit(strict / "profiles" / "staging.yaml", "min_builder_level: 1", "min_builder_level: 3")
    told = world.run("policy", "replay", "--policies", strict)
    assert_told(told, ExitCode.OK)
    assert told.stdout.endswith("would have blocked 1 of 3, and allowed 0 that were blocked\n")
    assert "ALLOW -> DENY  staging  shop-1.0.whl  2026-11-21T00:00:00Z  PROVENANCE_BUILDER_LEVEL_TOO_LOW" in told.stdout
    loose = copied(world, "loose")
    edit(loose / "profiles" / "production.yaml", "sast, ", "")
    told = world.run("policy", "replay", "--policies", loose)
    assert told.stdout.endswith("would have blocked 0 of 3, and allowed 1 that were blocked\n")
    body = world.run("policy", "replay", "--policies", strict, "--format", "json").json
    assert body["would_block"] == 1
    assert [entry["then"] for entry in body["decisions"]].count("DENY") == 1


def test_decisions_about_documents_of_version_1_can_be_asked_of_policies_of_today(world: World) -> None:
    """Then the findings stood in the predicate as they were signed."""
    scan = evidence.dependencies([world.artifact], at=AT, findings=[evidence.HIGH])
    world.put(scan, by="scanner")
    gated = world.gate()
    body = json.loads(document(world, gated.decision["input"]["digest"]).read_bytes())
    (entry,) = [entry for entry in body["statements"] if entry["digest"] == str(scan.digest)]
    del entry["findings"]
    entry["predicate"] = dict(scan.predicate)
    record = gated.decision
    record["input"]["digest"] = str(world.store.put_document(canonical_json({**body, "version": 1})))
    then = str(world.store.put_document(canonical_json(record)))
    told = world.run("policy", "replay", "--policies", copied(world), "--format", "json").json
    (old,) = [entry for entry in told["decisions"] if entry["decision"] == then]
    assert (told["total"], old["now"], old["codes"]) == (2, "DENY", ["VULNERABILITY_FOUND"])


def test_overrides_of_the_project_lie_over_other_policies_too(world: World) -> None:
    (world.project / "supplychain.yaml").write_text(
        "version: 1\nname: shop\noverrides:\n  staging:\n    provenance: {min_builder_level: 0}\n"
    )
    assert_told(world.gate("staging"), ExitCode.OK)
    strict = copied(world, "strict")
    edit(strict / "profiles" / "staging.yaml", "min_builder_level: 1", "min_builder_level: 3")
    assert world.run("policy", "replay", "--policies", strict, "--format", "json").json["would_block"] == 0
    assert_told(world.run("policy", "replay"), ExitCode.OK)


def test_an_environment_that_the_other_policies_do_not_know(world: World) -> None:
    several(world)
    fewer = copied(world, "fewer")
    (fewer / "profiles" / "dev.yaml").unlink()
    told = world.run("policy", "replay", "--policies", fewer, "--format", "json")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert told.json["would_block"] == 1
    (lost,) = [entry for entry in told.json["decisions"] if entry["error"]]
    assert (lost["environment"], lost["error"]["code"], lost["now"]) == ("dev", "PROFILE_MISSING", "CANNOT_TELL")


@pytest.mark.parametrize("part", ["input", "policy"])
def test_what_is_not_kept_cannot_be_decided_again(world: World, part: str) -> None:
    gated = world.gate()
    document(world, gated.decision[part]["digest"]).unlink()
    told = world.run("policy", "replay", "--format", "json")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    (entry,) = told.json["decisions"]
    assert entry["error"]["code"] == {"input": "INPUT_GONE", "policy": "POLICIES_GONE"}[part]
    assert entry["same"] is False
    assert told.json["same"] == 0


@pytest.mark.parametrize("part", ["input", "policy"])
def test_what_was_changed_in_the_store_is_not_believed(world: World, part: str) -> None:
    gated = world.gate()
    kept = document(world, gated.decision[part]["digest"])
    kept.write_bytes(kept.read_bytes().replace(b"staging", b"stagins"))
    told = world.run("policy", "replay", "--format", "json")
    assert told.exit_code != ExitCode.OK
    assert "same" not in told.stdout or told.json["same"] == 0


def test_a_record_whose_verdict_was_changed(world: World) -> None:
    world.put(evidence.sast([world.artifact], at=AT, findings=[evidence.weakness()]), by="scanner")
    assert_told(world.gate(), ExitCode.DENIED)
    record = world.store.root / "decisions" / "sha256" / world.artifact.digest.hex / "staging.json"
    body = {**json.loads(record.read_bytes()), "verdict": "ALLOW", "violations": []}
    record.write_text(json.dumps(body))
    told = world.run("policy", "replay", record)
    assert_told(told, ExitCode.POLICY_NOT_EVALUATED)
    assert "ALLOW -> DENY" in told.stdout


@pytest.mark.tools
def test_another_engine_is_told(world: World) -> None:
    """The record names the engine, so another one never gives the same bytes, but it has to give the same verdict."""
    if not shutil.which("opa"):
        pytest.skip("needs opa")
    several(world)
    told = world.run("policy", "replay", "--engine", "opa", "--format", "json")
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert all(entry["then"] == entry["now"] for entry in told.json["decisions"])
    assert all(entry["other_engine"][1].startswith("opa ") for entry in told.json["decisions"])
    text = world.run("policy", "replay", "--engine", "opa").stdout
    assert "decided by regorus " in text
    assert text.endswith("3 more differ in nothing but the engine that the record names\n")


def test_a_record_cannot_speak_to_the_terminal(world: World) -> None:
    assert_told(world.gate(), ExitCode.OK)
    record = world.store.root / "decisions" / "sha256" / world.artifact.digest.hex / "staging.json"
    body = json.loads(record.read_bytes())
    body["artifact"]["name"] = "shop\x1b]0;owned\x07"
    record.write_text(json.dumps(body))
    told = world.run("policy", "replay", record)
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert "\x1b" not in told.stdout


def test_a_policy_that_cannot_be_evaluated_blocks_in_a_replay(world: World) -> None:
    several(world)
    broken = copied(world, "broken")
    edit(broken / "sast" / "sast.rego", "package supplychain.sast\n", "package supplychain.sast\n\nx := nothing(1)\n")
    told = world.run("policy", "replay", "--policies", broken, "--format", "json")
    assert {entry["now"] for entry in told.json["decisions"]} == {"CANNOT_TELL"}
    assert told.json["would_block"] == 2


def test_a_store_without_decisions(world: World) -> None:
    assert_told(world.run("policy", "replay"), ExitCode.NOTHING_TO_CHECK, "DECISION_MISSING")
