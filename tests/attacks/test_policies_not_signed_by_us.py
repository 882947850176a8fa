"""A policy set that trust does not stand behind: unsigned, signed by a stranger, changed since, or signed as another."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.errors import ExitCode
from supplychain.pipeline.policy_place import sign_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.policy_files import SIGNATURE, of_folder
from supplychain.statement.predicates.policy import SUBJECT
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def house(world: World) -> World:
    """Policies in the project that `release` has signed and the configuration wants signed."""
    shutil.copytree(policies_folder(), world.project / "policies")
    (world.project / "supplychain.yaml").write_text(
        "version: 1\nname: shop\npolicies: {from: policies, signed: true}\n"
    )
    world.rules.append({"claims": ["policy"], "signers": ["release"], "artifacts": ["policy-set"]})
    world.write_trust()
    sign(world, "release")
    assert_told(world.gate(), ExitCode.OK)
    return world


def policies(world: World) -> Path:
    return world.project / "policies"


def sign(world: World, who: str, *, at: datetime = AT - HOUR) -> None:
    signed = sign_policies(of_folder(policies(world)), world.signers[who], at=at)
    (policies(world) / SIGNATURE).write_bytes(signed)


def loosen(world: World) -> None:
    file = policies(world) / "profiles" / "staging.yaml"
    file.write_text(file.read_text().replace("sast, ", ""))


def refused(world: World, code: str) -> None:
    assert_told(world.gate(), ExitCode.VERIFICATION_FAILED, code)


def test_the_verb_signs_as_the_gate_wants_it(house: World) -> None:
    (policies(house) / SIGNATURE).unlink()
    assert_told(house.run("policy", "sign", "policies", "--at", "2026-11-20T00:00:00Z"), ExitCode.OK)
    assert_told(house.gate(), ExitCode.OK)


def test_no_signature(house: World) -> None:
    (policies(house) / SIGNATURE).unlink()
    refused(house, "POLICY_NOT_SIGNED")


def test_signed_by_a_stranger(house: World) -> None:
    loosen(house)
    sign(house, "attacker")
    refused(house, "UNKNOWN_SIGNER")


def test_signed_by_somebody_who_may_sign_other_things(house: World) -> None:
    sign(house, "scanner")
    refused(house, "NOT_ALLOWED")


@pytest.mark.parametrize("path", ["profiles/staging.yaml", "sast/sast.rego", "lib/statements.rego"])
def test_changed_after_signing(house: World, path: str) -> None:
    file = policies(house) / path
    file.write_bytes(file.read_bytes() + b"\n")
    refused(house, "WRONG_ARTIFACT")


def test_a_file_more_or_less(house: World) -> None:
    more = policies(house) / "lib" / "more.rego"
    more.write_text("package supplychain.lib.more\n")
    refused(house, "WRONG_ARTIFACT")
    more.rename(policies(house) / "lib" / "more_test.rego")  # tests decide nothing and are not signed
    assert_told(house.gate(), ExitCode.OK)
    (policies(house) / "freeze" / "freeze.rego").unlink()
    refused(house, "WRONG_ARTIFACT")


def test_the_signature_of_another_set(house: World) -> None:
    honest = (policies(house) / SIGNATURE).read_bytes()
    loosen(house)
    (policies(house) / SIGNATURE).write_bytes(honest)
    refused(house, "WRONG_ARTIFACT")


def test_another_statement_by_the_same_signer(house: World) -> None:
    """Who may sign both says something else about the very digest."""
    subject = Artifact(name=SUBJECT, digest=of_folder(policies(house)).digest)
    other = house.signers["release"].sign(evidence.provenance([subject], at=AT)).to_bundle()
    (policies(house) / SIGNATURE).write_bytes(other)
    refused(house, "WRONG_PREDICATE")


def test_a_signature_that_is_none(house: World) -> None:
    (policies(house) / SIGNATURE).write_text("{}")
    assert_told(house.gate(), ExitCode.MALFORMED, "NOT_AN_ENVELOPE")


def test_signed_later_than_the_decision(house: World) -> None:
    sign(house, "release", at=AT + HOUR)
    refused(house, "POLICY_NOT_SIGNED")


def test_a_packed_set_carries_its_signature(house: World) -> None:
    assert_told(house.run("policy", "pack", "-o", "set.tar.gz", "policies"), ExitCode.OK)
    text = (house.project / "supplychain.yaml").read_text()
    (house.project / "supplychain.yaml").write_text(text.replace("from: policies", "from: set.tar.gz"))
    shutil.rmtree(policies(house))
    assert_told(house.gate(), ExitCode.OK)


def test_a_place_on_the_command_line_is_held_to_the_same(house: World) -> None:
    other = house.folder / "other"
    shutil.copytree(policies_folder(), other)
    assert_told(house.gate("staging", "--policies", str(other)), ExitCode.VERIFICATION_FAILED, "POLICY_NOT_SIGNED")


def test_a_pin_that_does_not_fit(house: World) -> None:
    config = house.project / "supplychain.yaml"
    config.write_text(config.read_text().replace("signed: true", f"digest: 'sha256:{'0' * 64}'"))
    outcome = house.gate()
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "POLICY_DIGEST")
    found = str(of_folder(policies(house)).digest)
    assert found in outcome.stderr
    config.write_text(config.read_text().replace(f"sha256:{'0' * 64}", found))
    assert_told(house.gate(), ExitCode.OK)
    loosen(house)
    refused(house, "POLICY_DIGEST")
