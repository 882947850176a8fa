"""`supplychain run --policies-base`: what a change leaves out, looks away from or excuses in its own favour."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator.project import FINDS, Project, reasons
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR

VEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "urn:x",
    "author": "us",
    "timestamp": "2026-11-01T00:00:00Z",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": "T-1"},
            "products": [{"@id": "pkg:pypi/flask@3.0.0"}],
            "status": "not_affected",
            "justification": "vulnerable_code_not_present",
        }
    ],
}

OTHER_VEX = {**VEX, "statements": [{**VEX["statements"][0], "vulnerability": {"name": "T-2"}}]}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of which `main` is denied for one finding in flask."""
    project = Project(tmp_path, monkeypatch)
    project.know("flask", modified=format_time(AT - 6 * HOUR))
    (project.root / "vex.json").write_text(json.dumps(OTHER_VEX))
    configure(project)
    assert_told(project.cli("init", "."), ExitCode.OK)
    (project.root / ".gitignore").write_text(".supplychain\n")
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "-m", "base")
    return project


def configure(project: Project, **more: Any) -> None:
    loose = {"staging": {"vulnerabilities": {"vex": "accept"}}}
    value = {"version": 1, "name": "shop", "vex": ["vex.json"], "overrides": loose, **more}
    (project.root / "supplychain.yaml").write_text(json.dumps(value))


def git(project: Project, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], cwd=project.root, check=True, capture_output=True)


def judged(project: Project, *more: str) -> Outcome:
    git(project, "add", "-A")
    git(project, "commit", "--quiet", "--allow-empty", "-m", "change")
    words = ("--to", "staging", "--at", format_time(AT), "--format", "json")
    return project.cli("run", ".", *words, *more)


def on_base(project: Project) -> Outcome:
    return judged(project, "--policies-base", "main")


def change(project: Project) -> None:
    git(project, "checkout", "--quiet", "-b", "change")


def test_the_base_denies(project: Project) -> None:
    change(project)
    assert reasons(on_base(project)) == {"VULNERABILITY_FOUND"}


def test_excluded_files_are_looked_at(project: Project) -> None:
    change(project)
    configure(project, exclude=["requirements.txt"])
    assert "VULNERABILITY_FOUND" not in reasons(judged(project))
    assert reasons(on_base(project)) == {"VULNERABILITY_FOUND"}


def test_vex_that_the_change_writes_excuses_nothing(project: Project) -> None:
    change(project)
    (project.root / "vex.json").write_text(json.dumps(VEX))
    assert_told(judged(project), ExitCode.OK)
    assert reasons(on_base(project)) == {"VULNERABILITY_FOUND"}


def test_vex_that_the_change_names_excuses_nothing(project: Project) -> None:
    change(project)
    (project.root / "mine.json").write_text(json.dumps(VEX))
    configure(project, vex=["mine.json"])
    assert_told(judged(project), ExitCode.OK)
    assert reasons(on_base(project)) == {"VULNERABILITY_FOUND"}


def test_a_scan_that_is_left_out_is_done(project: Project) -> None:
    change(project)
    project.semgrep(FINDS)
    configure(project, scans=["dependencies"])
    outcome = on_base(project)
    assert [scan["kind"] for scan in outcome.json["scans"]] == ["dependencies", "sast"]


def test_what_was_merged_into_the_base_counts(project: Project) -> None:
    """Nothing is stricter for ever: what was reviewed and merged is the base of the next change."""
    (project.root / "vex.json").write_text(json.dumps(VEX))
    configure(project, exclude=["docs/**"], scans=["dependencies", "sast", "licenses"])
    git(project, "commit", "--quiet", "-am", "reviewed")
    change(project)
    outcome = on_base(project)
    assert_told(outcome, ExitCode.OK)
    assert [scan["kind"] for scan in outcome.json["scans"]] == ["dependencies", "sast", "licenses"]
