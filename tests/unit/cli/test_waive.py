"""`supplychain waive`, and what a waiver does at the gate, through the program."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World

UNTIL = AT + 30 * 24 * HOUR
PURL = "pkg:pypi/jinja2@3.1.4"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The honest world with one high finding in one component and one in the source."""
    world = World(tmp_path / "world")
    world.rules.append({"claims": ["waiver"], "signers": ["release"], "artifacts": ["shop-*"]})
    world.write_trust()
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH]), by="scanner")
    return world


def waive(world: World, what: str = "OSV-2026-1", *more: str, at: datetime = AT, until: str = "") -> Outcome:
    words = [
        "waive",
        what,
        "--artifact",
        str(world.file),
        "--until",
        until or format_time(UNTIL),
        "--at",
        format_time(at),
    ]
    return world.run(*words, "--reason", "not reachable", "--owner", "ada", *more)


def test_a_waived_finding_passes_with_owner_and_end(world: World) -> None:
    assert_told(world.gate(), ExitCode.DENIED)
    assert_told(waive(world, "OSV-2026-1", "--component", PURL, "--env", "staging"), ExitCode.OK)
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    (told,) = [w for w in outcome.decision["warnings"] if w["code"] == "WAIVED"]
    assert "waived by ada until 2026-12-21T00:00:00Z: not reachable" in told["message"]
    assert told["evidence"]["signers"] == ["release"]


def test_a_source_finding(world: World) -> None:
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 4), by="scanner")
    world.put(evidence.sast([world.artifact], at=AT - HOUR / 4, findings=[evidence.weakness()]), by="scanner")
    assert_told(world.gate(), ExitCode.DENIED)
    assert_told(waive(world, "python-eval", "--path", "app.py"), ExitCode.OK)
    assert_told(world.gate(), ExitCode.OK)


def test_the_same_second_in_gate_and_admission(world: World) -> None:
    until = AT + HOUR
    waive(world, "OSV-2026-1", "--component", PURL, until=format_time(until))
    assert_told(world.gate(), ExitCode.OK)
    before, second = until - timedelta(seconds=1), timedelta(seconds=1)
    assert_told(world.admit(at=before), ExitCode.OK)
    for at in (until, until + second):
        outcome = world.admit(at=at)
        assert_told(outcome, ExitCode.DENIED)
        assert outcome.codes == {"SUMMARY_EXPIRED"}
    outcome = world.gate(at=before)
    assert_told(outcome, ExitCode.OK)
    assert "WAIVER_EXPIRING" in outcome.warnings
    outcome = world.gate(at=until)
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.codes == {"VULNERABILITY_FOUND"}
    assert "WAIVER_EXPIRED" in outcome.warnings


def test_admission_outlives_a_waiver_that_was_not_needed(world: World) -> None:
    """A waiver that covers nothing, or only what warns, does not end the summary."""
    waive(world, "OSV-2026-1", "--component", PURL)
    waive(world, "CVE-0", "--component", PURL, until=format_time(AT + HOUR))
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert "WAIVER_UNUSED" in outcome.warnings
    assert_told(world.admit(at=AT + 2 * HOUR), ExitCode.OK)


def test_of_two_waivers_the_later_end_counts(world: World) -> None:
    waive(world, "OSV-2026-1", "--component", PURL)
    waive(world, "OSV-2026-1", "--component", PURL, until=format_time(AT + HOUR))
    assert_told(world.gate(), ExitCode.OK)
    assert_told(world.admit(at=AT + 2 * HOUR), ExitCode.OK)
    assert_told(world.admit(at=UNTIL), ExitCode.DENIED)


def test_wide_is_told_at_once_and_at_the_gate(world: World) -> None:
    outcome = waive(world)
    assert_told(outcome, ExitCode.OK)
    assert "warning" in outcome.stderr
    assert "WAIVER_WIDE" in world.gate().warnings


def test_json_and_days(world: World) -> None:
    outcome = waive(world, "CVE-1", "--ticket", "T-1", "--format", "json", until="2026-12-01")
    assert outcome.json["waiver"]["until"] == "2026-12-01T00:00:00Z"
    assert outcome.json["waiver"]["ticket"] == "T-1"
    assert (world.project / outcome.json["where"]).exists()


def test_by_digest_it_is_called_as_the_evidence_calls_it(world: World) -> None:
    """The trust rule is for shop-*, and a digest alone has no name."""
    words = [
        "waive",
        "OSV-2026-1",
        "--artifact",
        str(world.artifact.digest),
        "--until",
        "2026-12-01",
        "--component",
        PURL,
    ]
    outcome = world.run(*words, "--reason", "r", "--owner", "o", "--at", format_time(AT))
    assert_told(outcome, ExitCode.OK)
    assert_told(world.gate(), ExitCode.OK)


@pytest.mark.parametrize("until", ["2026-11-21T00:00:00Z", "2026-11-20", "2027-11-23", "soon", "2027-11-22T00:00:01Z"])
def test_ends_that_are_none(world: World, until: str) -> None:
    assert waive(world, until=until).exit_code == ExitCode.USAGE


def test_a_year_is_accepted(world: World) -> None:
    assert_told(waive(world, "CVE-1", "--component", PURL, until="2027-11-22T00:00:00Z"), ExitCode.OK)


@pytest.mark.parametrize(("words", "code"), [(["--owner", " "], 5), (["--env", "moon"], 2), (["--reason", ""], 5)])
def test_empty_or_unknown_words(world: World, words: list[str], code: int) -> None:
    assert waive(world, "CVE-1", *words).exit_code == code


def test_who_may_not_waive_is_told_at_once(world: World) -> None:
    world.rules.pop()
    world.write_trust()
    assert_told(waive(world), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    assert_told(world.gate(), ExitCode.DENIED)


def test_wider_than_the_signer_may(world: World) -> None:
    world.rules[-1]["environments"] = ["dev", "staging"]
    world.write_trust()
    for env in ([], ["--env", "production"], ["--env", "staging", "--env", "production"]):
        assert_told(waive(world, "OSV-2026-1", *env), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    assert_told(waive(world, "OSV-2026-1", "--env", "staging"), ExitCode.OK)


def test_what_init_writes_lets_its_own_key_waive(tmp_path: Path) -> None:
    world = World(tmp_path / "w")
    (world.project / "trust.yaml").unlink()
    assert_told(world.run("init"), ExitCode.OK)
    assert_told(waive(world), ExitCode.OK)
