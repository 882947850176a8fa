"""The way of one artifact from dev to production, with every refusal on it; each moment is given with `--at`.

Staging asks that dev has been passed for an hour; production asks the same of staging, two persons' approval, and that
no freeze is on. Nothing sleeps: time passes only in the arguments.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator.people import People
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World

SECOND = timedelta(seconds=1)
IMAGE = "registry.example/shop"
FREEZE = AT + 6 * HOUR


@pytest.fixture
def people(tmp_path: Path) -> People:
    world = World(tmp_path / "world")
    world.forget("vsa")
    people = People(world)
    people.ask("previous_environment", "staging", after="dev", min_soak_hours=1)
    people.ask("previous_environment", "production", after="staging", min_soak_hours=1)
    people.ask("approvals", "production", needed=2)
    window = {"name": "night", "from": format_time(FREEZE), "until": format_time(FREEZE + HOUR)}
    people.ask("freeze", "production", dated=[window])
    (world.project / "deploy.yaml").write_text(f"image: {IMAGE}:1.0\n")
    return people


def promote(people: People, to: str, at: datetime, *more: str) -> Outcome:
    words = ("promote", people.world.file, "--to", to, "--at", format_time(at), "--format", "json", *more)
    return people.world.run(*words)


def refused(people: People, to: str, at: datetime) -> set[str]:
    outcome = promote(people, to, at)
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {v["code"] for v in outcome.decision["violations"] if v["fix"]}, "each says what to do"
    admission = people.world.admit(to, at=at)
    assert_told(admission, ExitCode.DENIED)
    return outcome.codes


def allowed(people: People, to: str, at: datetime, *more: str) -> None:
    assert_told(promote(people, to, at, *more), ExitCode.OK)
    assert_told(people.world.admit(to, at=at), ExitCode.OK)


def test_dev_to_staging_to_production(people: People) -> None:
    # Nobody skips a rung.
    assert refused(people, "production", AT) == {"PREVIOUS_ENVIRONMENT_MISSING", "APPROVALS_TOO_FEW"}
    assert refused(people, "staging", AT) == {"PREVIOUS_ENVIRONMENT_MISSING"}

    allowed(people, "dev", AT)

    # Staging: an hour in dev, to the second.
    assert refused(people, "staging", AT + HOUR - SECOND) == {"PREVIOUS_ENVIRONMENT_TOO_RECENT"}
    allowed(people, "staging", AT + HOUR)
    staged = AT + HOUR

    # Production: another hour, and two persons.
    early = staged + HOUR - SECOND
    assert refused(people, "production", early) == {"PREVIOUS_ENVIRONMENT_TOO_RECENT", "APPROVALS_TOO_FEW"}
    ready = staged + HOUR
    assert refused(people, "production", ready) == {"APPROVALS_TOO_FEW"}
    assert_told(people.approve("ada", env="production", at=ready), ExitCode.OK)
    assert refused(people, "production", ready) == {"APPROVALS_TOO_FEW"}
    assert_told(people.approve("ada-laptop", env="production", at=ready), ExitCode.OK)
    assert refused(people, "production", ready) == {"APPROVALS_TOO_FEW"}, "one person with two keys"
    assert_told(people.approve("dora", env="production", at=ready), ExitCode.OK)
    assert refused(people, "production", ready) == {"APPROVALS_TOO_FEW"}, "the author does not approve the own work"
    assert_told(people.approve("bob", env="staging", at=ready), ExitCode.OK)
    assert refused(people, "production", ready) == {"APPROVALS_TOO_FEW"}, "an approval for another environment"
    assert_told(people.approve("cyd", "--reject", env="production", at=ready), ExitCode.OK)
    assert_told(people.approve("bob", env="production", at=ready), ExitCode.OK)
    assert refused(people, "production", ready) == {"APPROVAL_REJECTED"}
    assert_told(people.approve("cyd", env="production", at=ready + SECOND), ExitCode.OK)

    # A freeze holds from its first second to its last.
    assert refused(people, "production", FREEZE) == {"FREEZE_IN_FORCE"}
    assert refused(people, "production", FREEZE + HOUR - SECOND) == {"FREEZE_IN_FORCE"}
    assert (people.world.project / "deploy.yaml").read_text() == f"image: {IMAGE}:1.0\n"
    allowed(people, "production", FREEZE + HOUR, "--pin", "deploy.yaml", "--image", IMAGE)
    assert (people.world.project / "deploy.yaml").read_text() == f"image: {IMAGE}@{people.world.artifact.digest}\n"

    told = people.world.run("history", people.world.file, "--at", format_time(FREEZE + 2 * HOUR)).stdout
    assert [told.count(f"PASSED for {name}") for name in ("dev", "staging", "production")] == [1, 1, 1]
    assert told.count("FAILED for production") >= 5


def test_the_same_steps_at_the_same_times_make_the_same_decisions(people: People) -> None:
    allowed(people, "dev", AT)
    first = [promote(people, "staging", at).stdout for at in (AT + HOUR - SECOND, AT + HOUR)]
    again = [promote(people, "staging", at).stdout for at in (AT + HOUR - SECOND, AT + HOUR)]
    assert first == again


def test_another_build_starts_at_the_beginning(people: People) -> None:
    """Approvals and soak are of bytes, not of names."""
    allowed(people, "dev", AT)
    allowed(people, "staging", AT + HOUR)
    for name in ("ada", "bob"):
        assert_told(people.approve(name, env="production", at=AT + 2 * HOUR), ExitCode.OK)
    people.world.file.write_bytes(b"the bytes of shop 1.0, built again\n")
    assert {"PREVIOUS_ENVIRONMENT_MISSING", "APPROVALS_TOO_FEW", "PROVENANCE_MISSING"} <= refused(
        people, "production", AT + 2 * HOUR
    )


def test_a_clock_that_jumps_back_promotes_nothing(people: People) -> None:
    allowed(people, "dev", AT)
    assert refused(people, "staging", AT - HOUR)
    assert refused(people, "production", AT - 24 * HOUR)
