"""Waivers in `supplychain run` and `gate`: what has ended, ends soon, matches nothing or is too wide is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import format_time
from tests.simulator.project import Project, reasons
from tests.simulator.world import AT, HOUR

PURL = "pkg:pypi/flask@3.0.0"
DAY = 24 * HOUR


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with one critical finding, in flask, that staging denied."""
    project = Project(tmp_path, monkeypatch)
    project.know("flask", modified=format_time(AT - 6 * HOUR))
    assert reasons(project.run()) == {"VULNERABILITY_FOUND"}
    return project


def waive(project: Project, what: str, component: str, until: datetime) -> str:
    """Sign a waiver for the product; its digest."""
    digest = str(project.run().json["decisions"][-1]["artifact"]["digest"])
    words = ["waive", what, "--artifact", digest, "--component", component, "--reason", "r", "--owner", "ada"]
    done = project.cli(*words, "--until", format_time(until), "--at", format_time(AT))
    assert done.exit_code == 0, done.stderr
    return digest


def told(project: Project, at: datetime = AT) -> tuple[str, dict[str, Any]]:
    """Verdict and warnings of `run`; `gate` says the same, in the same words for people."""
    run = project.run(at=at)
    decision = run.json["decisions"][-1]
    warnings = {warning["code"]: warning for warning in decision["warnings"]}
    words = (decision["artifact"]["digest"], "--env", "staging", "--at", format_time(at))
    gate = project.cli("gate", *words, "--format", "json")
    assert {warning["code"] for warning in gate.json["warnings"]} == set(warnings)
    text = project.cli("gate", *words).stdout
    assert all(f"warn [{code}]" in text for code in warnings)
    # Whether the folder lies below a repository is the machine's business, and not what these tests are about.
    warnings.pop("PROVENANCE_SOURCE_UNVERSIONED", None)
    return run.json["verdict"], warnings


def test_used_and_narrow_it_is_told_as_waived_alone(project: Project) -> None:
    waive(project, "T-1", PURL, AT + 30 * DAY)
    verdict, warnings = told(project)
    assert (verdict, set(warnings)) == ("ALLOW", {"WAIVED"})
    assert warnings["WAIVED"]["evidence"]["owner"] == "ada"


def test_ending_soon(project: Project) -> None:
    waive(project, "T-1", PURL, AT + 7 * DAY)
    assert set(told(project)[1]) == {"WAIVED", "WAIVER_EXPIRING"}


def test_ended_it_covers_nothing_and_is_told(project: Project) -> None:
    waive(project, "T-1", PURL, AT + HOUR)
    assert told(project, AT + HOUR - timedelta(seconds=1))[0] == "ALLOW"
    verdict, warnings = told(project, AT + HOUR)
    assert (verdict, set(warnings)) == ("DENY", {"WAIVER_EXPIRED"})


@pytest.mark.parametrize(("what", "component"), [("CVE-0", PURL), ("T-1", "pkg:pypi/flask@2.0.0"), ("T-1", "flask")])
def test_matching_nothing(project: Project, what: str, component: str) -> None:
    waive(project, what, component, AT + 30 * DAY)
    verdict, warnings = told(project)
    assert (verdict, set(warnings)) == ("DENY", {"WAIVER_UNUSED"})
    assert warnings["WAIVER_UNUSED"]["evidence"]["component"] == component


@pytest.mark.parametrize("component", ["*", "pkg:pypi/*", "pkg:pypi/fla*"])
def test_wider_than_needed(project: Project, component: str) -> None:
    waive(project, "T-1", component, AT + 30 * DAY)
    verdict, warnings = told(project)
    assert (verdict, set(warnings)) == ("ALLOW", {"WAIVED", "WAIVER_WIDE"})
