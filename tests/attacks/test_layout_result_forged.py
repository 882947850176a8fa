"""Attack: the result of a layout check is forged, taken from another artifact, or an old one is shown again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode
from supplychain.pipeline.resources import policies_folder
from supplychain.statement.predicates import layout
from supplychain.statement.predicates.layout import CheckedLayout, CheckedStep
from supplychain.statement.statement import Statement
from tests.simulator.runner import Outcome
from tests.simulator.world import AT, HOUR, World

DIGEST = Digest.of_bytes(b"the layout")


def check(artifact: Artifact, *, at: datetime = AT - HOUR, passed: bool = True) -> Statement:
    step = CheckedStep(name="build", threshold=1, functionaries=("b0" * 32,), links=(Digest.of_bytes(b"link"),))
    value = CheckedLayout(
        name="root.layout", digest=DIGEST, expires=None, keys=("a0" * 32,), steps=(step,), verified=at, result="PASSED"
    )
    if not passed:
        value = replace(value, steps=(), result="FAILED", code="LAYOUT_RULE")
    return Statement.make((artifact,), layout.TYPE, value.to_json())


def gate(world: World) -> Outcome:
    """The gate to staging, where this layout is required."""
    folder = world.project / "policies"
    shutil.copytree(policies_folder(), folder, dirs_exist_ok=True)
    path = folder / "profiles" / "staging.yaml"
    profile = yaml.safe_load(path.read_text("utf-8"))
    profile["rules"].append("layout")
    profile["thresholds"]["layout"] = {"required": [str(DIGEST)], "max_age_hours": 24}
    path.write_text(yaml.safe_dump(profile), encoding="utf-8")
    world.rules.append({"claims": ["layout"], "signers": ["release"], "artifacts": ["shop-*"]})
    world.write_trust()
    return world.gate("staging", "--policies", str(folder))


def test_honest_result(world: World) -> None:
    world.put(check(world.artifact))
    assert gate(world).exit_code == 0


def test_no_result(world: World) -> None:
    assert "LAYOUT_MISSING" in gate(world).codes


def test_result_by_somebody_who_may_only_scan(world: World) -> None:
    world.put(check(world.artifact), by="other")
    told = gate(world)
    assert "LAYOUT_MISSING" in told.codes
    assert "NOT_ALLOWED" in told.rejected


def test_result_by_a_stranger(world: World) -> None:
    world.put(check(world.artifact), by="attacker")
    told = gate(world)
    assert "LAYOUT_MISSING" in told.codes
    assert "UNKNOWN_SIGNER" in told.rejected


def test_result_about_another_artifact(world: World) -> None:
    other = Artifact(name="shop-0.9.whl", digest=Digest.of_bytes(b"other"))
    where: Path = world.put(check(other))
    world.put_raw(where.read_bytes(), "layout-0000000000000000")
    told = gate(world)
    assert "LAYOUT_MISSING" in told.codes
    assert "WRONG_ARTIFACT" in told.rejected


def test_failed_word_changed_to_passed(world: World) -> None:
    world.tamper(
        world.put(check(world.artifact, passed=False)), lambda s: s["predicate"].update(result="PASSED", code="")
    )
    told = gate(world)
    assert "LAYOUT_MISSING" in told.codes
    assert "SIGNATURE_MISMATCH" in told.rejected


def test_newer_failure_is_not_hidden_by_an_older_pass(world: World) -> None:
    world.put(check(world.artifact, at=AT - 3 * HOUR))
    world.put(check(world.artifact, at=AT - 2 * HOUR, passed=False))
    assert "LAYOUT_NOT_FOLLOWED" in gate(world).codes


def test_old_result_is_shown_again(world: World) -> None:
    world.put(check(world.artifact, at=AT - 25 * HOUR))
    assert "LAYOUT_STALE" in gate(world).codes


def test_a_no_that_cannot_be_read(world: World) -> None:
    """A FAILED without its code, as another tool may write it: the older PASSED does not stand in for it."""
    world.put(check(world.artifact))
    no = check(world.artifact, at=AT, passed=False)
    world.put(Statement.make([world.artifact], layout.TYPE, {**no.predicate, "code": ""}))
    outcome = gate(world)
    assert outcome.exit_code == ExitCode.POLICY_NOT_EVALUATED
    assert outcome.codes == {"EVIDENCE_UNREADABLE"}
