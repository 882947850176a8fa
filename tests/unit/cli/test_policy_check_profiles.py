"""`policy check` of profiles: a threshold that is absent, unfit or misspelt is told before anything is gated by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.errors import ExitCode
from tests.simulator.people import People
from tests.simulator.runner import Outcome
from tests.simulator.world import World

WINDOW = {"name": "weekend", "days": ["Sunday"], "from": "18:00", "until": "20:00", "zone": "UTC"}


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People(World(tmp_path / "world"))


def check(people: People, rule: str, **thresholds: Any) -> Outcome:
    people.ask(rule, **thresholds)
    return people.world.run("policy", "check", "policies", "--format", "json")


def test_thresholds_that_fit_pass(people: People) -> None:
    told = check(people, "freeze", weekly=[WINDOW])
    assert (told.exit_code, told.json["problems"]) == (ExitCode.OK, [])


@pytest.mark.parametrize(
    ("rule", "thresholds", "code"),
    [
        ("scan", {"max_age_hours": "72"}, "SCAN_PROFILE_DATA_MISSING"),
        ("scan", {"max_age_hours": -1}, "SCAN_PROFILE_DATA_MISSING"),
        ("scan", {"required": None}, "SCAN_PROFILE_DATA_MISSING"),
        ("sast", {"severities": {"critical": "deny"}}, "SAST_PROFILE_DATA_MISSING"),
        ("freeze", {"weekly": [{**WINDOW, "from": 1080}]}, "FREEZE_PROFILE_DATA_MISSING"),
        ("scan", {"max_age_horus": 5}, "UNKNOWN_THRESHOLD"),
        ("freeze", {"weekly": [{**WINDOW, "zone": "Europe/Nowhere"}]}, "POLICY_FAILED"),
    ],
)
def test_others_are_told_with_their_line(people: People, rule: str, thresholds: dict[str, Any], code: str) -> None:
    told = check(people, rule, **thresholds)
    assert told.exit_code == ExitCode.POLICY_NOT_EVALUATED
    (problem,) = told.json["problems"]
    assert problem["code"] == code
    if code != "POLICY_FAILED":
        name, line = problem["where"].split(":")
        assert (
            next(iter(thresholds)) in Path(people.world.project / name).read_text("utf-8").splitlines()[int(line) - 1]
        )


def test_an_absent_threshold_is_told_at_its_rule(people: People) -> None:
    path = people.world.project / "policies" / "profiles" / "staging.yaml"
    profile = yaml.safe_load(path.read_text("utf-8"))
    del profile["thresholds"]["scan"]["max_age_hours"]
    path.write_text(yaml.safe_dump(profile), encoding="utf-8")
    (problem,) = people.world.run("policy", "check", "policies", "--format", "json").json["problems"]
    line = int(problem["where"].rpartition(":")[2])
    assert (problem["code"], path.read_text("utf-8").splitlines()[line - 1].strip()) == (
        "SCAN_PROFILE_DATA_MISSING",
        "scan:",
    )
