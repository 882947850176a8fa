"""`verify --env …`: is there a summary that lets the artifact in, and does it say what its consumer expects?"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_summary
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates.vsa import POLICY_URI, Vsa
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

POLICY = Digest.of_bytes(b"policy")
VERIFIER = "urn:supplychain:verifier:v1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    made.forget("vsa")
    return made


def put(
    world: World, environment: str = "production", *, at: datetime = AT - HOUR, by: str = "release", **more: Any
) -> Path:
    values: dict[str, Any] = {
        "verifier": VERIFIER,
        "verified": at,
        "resource_uri": "pkg:generic/shop@1.0",
        "policy_uri": f"{POLICY_URI}{environment}",
        "policy_digest": POLICY,
        "inputs": (),
        "result": "PASSED",
        "levels": ("SLSA_BUILD_LEVEL_2",),
    }
    return world.put(state_summary(world.artifact, Vsa(**{**values, **more})), by=by)


ALL = (
    "--env", "production", "--verifier-id", VERIFIER, "--resource-uri", "pkg:generic/shop@1.0",
    "--verified-level", "SLSA_BUILD_LEVEL_2", "--verified-level", "SLSA_BUILD_LEVEL_1", "--policy", str(POLICY),
)  # fmt: skip


def test_everything_is_as_expected(world: World) -> None:
    put(world)
    put(world, "dev")
    told = world.verify(*ALL, "--predicate", "vsa", "--format", "json").json
    assert [(one["kind"], one["signers"]) for one in told["verified"]] == [("vsa", ["release"])]
    assert_told(world.verify("--env", "dev"), ExitCode.OK)


@pytest.mark.parametrize("from_file", [False, True], ids=["store", "file"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--env", "staging"), "ENVIRONMENT_MISMATCH"),
        (("--env", "productio"), "ENVIRONMENT_MISMATCH"),
        (("--env", "prod*"), "ENVIRONMENT_MISMATCH"),
        (("--verifier-id", "urn:other"), "VERIFIER_MISMATCH"),
        (("--resource-uri", "pkg:generic/shop"), "RESOURCE_MISMATCH"),
        (("--policy", str(Digest.of_bytes(b"other"))), "POLICY_MISMATCH"),
        (("--verified-level", "SLSA_BUILD_LEVEL_3"), "LEVEL_MISMATCH"),
        (("--verified-level", "SLSA_SOURCE_LEVEL_1"), "LEVEL_MISMATCH"),
        (("--verified-level", "FAILED"), "LEVEL_MISMATCH"),
    ],
)
def test_each_expectation(world: World, words: tuple[str, ...], code: str, from_file: bool) -> None:
    path = put(world)
    given = ("--bundle", path, "--trust", "trust.yaml") if from_file else ()
    assert_told(world.verify(*given, *words), ExitCode.VERIFICATION_FAILED, code)


def test_a_refusal_is_not_hidden(world: World) -> None:
    put(world)
    put(world, at=AT - HOUR / 2, result="FAILED", levels=("FAILED",))
    assert_told(world.verify("--env", "production"), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")
    assert_told(world.verify("--env", "production", at=AT + 2 * HOUR), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")
    put(world, at=AT - HOUR / 4)
    assert_told(world.verify("--env", "production"), ExitCode.OK)


@pytest.mark.parametrize("claimed", [AT - HOUR, AT + HOUR])
def test_of_one_time_both_count_and_a_refusal_may_claim_any(world: World, claimed: datetime) -> None:
    put(world)
    put(world, at=claimed, result="FAILED", levels=())
    assert_told(world.verify("--env", "production"), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")


def test_a_summary_of_a_later_time_is_none_yet(world: World) -> None:
    put(world, at=AT + HOUR)
    assert_told(world.verify("--env", "production"), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")
    assert_told(world.verify("--env", "production", at=AT + HOUR), ExitCode.OK)


def test_it_ends_with_the_waiver_it_rests_on(world: World) -> None:
    put(world, decision=POLICY, until=AT)
    assert_told(world.verify("--env", "production", at=AT - timedelta(seconds=1)), ExitCode.OK)
    assert_told(world.verify("--env", "production"), ExitCode.VERIFICATION_FAILED, "SUMMARY_EXPIRED")


def test_who_may_sign_it_is_trusts(world: World) -> None:
    put(world, by="scanner")
    assert_told(world.verify("--env", "production"), ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")


def test_none_and_another_kind(world: World) -> None:
    assert_told(world.verify("--env", "production"), ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")
    assert_told(world.verify("--env", "production", "--predicate", "scan"), ExitCode.USAGE, "USAGE")
    assert_told(world.verify("--policy", "sha256:x"), ExitCode.MALFORMED, "NOT_A_DIGEST")


def test_every_file_must_be_as_expected(world: World) -> None:
    """Not only the newest: whoever names a file wants it to hold."""
    old, new = put(world, result="FAILED", levels=()), put(world, at=AT - HOUR / 2)
    files = ("--bundle", old, "--bundle", new, "--trust", "trust.yaml")
    assert_told(world.verify(*files, "--env", "production"), ExitCode.VERIFICATION_FAILED, "NOT_PASSED")


def test_a_bare_envelope_for_other_tools(world: World) -> None:
    put(world)
    put(world, "dev")
    out = world.folder / "vsa.json"
    assert_told(world.verify("--env", "production", "--envelope", out), ExitCode.OK)
    envelope = Envelope.parse(out.read_bytes(), where="out")
    assert (set(json.loads(out.read_text())), len(envelope.signatures)) == ({"payload", "payloadType", "signatures"}, 1)
    assert_told(world.verify("--bundle", out, "--trust", "trust.yaml", *ALL), ExitCode.OK)
    assert_told(world.verify("--predicate", "vsa", "--envelope", out), ExitCode.USAGE, "NOT_ONE_STATEMENT")
    assert format_time(AT)


@pytest.mark.parametrize("option", ["--env", "--verifier-id", "--resource-uri", "--policy"])
def test_an_expectation_without_a_value_is_none(world: World, option: str) -> None:
    """`--env "$TARGET"`, with TARGET not set, must not let in what was made for another environment."""
    put(world, "dev")
    assert_told(world.verify(option, "", "--predicate", "vsa"), ExitCode.USAGE, "USAGE")
    assert_told(
        world.verify("--verified-level", "", "--predicate", "vsa"), ExitCode.VERIFICATION_FAILED, "LEVEL_MISMATCH"
    )


def test_a_summary_by_another_policy_is_told_by_its_name(world: World) -> None:
    put(world, policy_uri="https://policy.example/release")
    assert "PASSED for policy https://policy.example/release" in world.verify("--predicate", "vsa").stdout
