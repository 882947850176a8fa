"""`supplychain run` with VEX and a baseline, and what the gate makes of them."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import format_time
from tests.simulator.project import Project, reasons
from tests.simulator.runner import Outcome
from tests.simulator.world import AT, HOUR

PURL = "pkg:pypi/flask@3.0.0"
SEVERITIES = {"critical": "deny", "high": "deny", "medium": "warn", "low": "warn", "none": "ignore", "unknown": "deny"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with one critical finding, in flask."""
    project = Project(tmp_path, monkeypatch)
    project.know("flask", modified=format_time(AT - 6 * HOUR))
    return project


def configure(project: Project, staging: dict[str, Any] | None = None, **more: Any) -> None:
    value = {"version": 1, "name": "shop", "overrides": {"staging": {"vulnerabilities": staging or {}}}, **more}
    (project.root / "supplychain.yaml").write_text(json.dumps(value))


def vex(project: Project, purl: str = PURL, **changes: Any) -> None:
    statement = {
        "vulnerability": {"name": "T-1"},
        "products": [{"@id": purl}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
        **changes,
    }
    body = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "urn:x",
        "author": "them",
        "timestamp": "2026-11-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    (project.root / "vex.json").write_text(json.dumps(body))


def warned(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The warnings of the last decision, by code."""
    return {warning["code"]: warning for warning in outcome.json["decisions"][-1]["warnings"]}


def scanned(outcome: Outcome, kind: str = "dependencies") -> dict[str, Any]:
    return next(scan for scan in outcome.json["scans"] if scan["kind"] == kind)


# VEX


@pytest.mark.parametrize(
    ("taken", "code", "verdict"),
    [("accept", "VEX_EXCUSED", "ALLOW"), ("warn", "VEX_EXCUSED", "ALLOW"), ("refuse", "VEX_REFUSED", "DENY")],
)
def test_vex_counts_as_far_as_the_profile_says(project: Project, taken: str, code: str, verdict: str) -> None:
    assert project.run().json["verdict"] == "DENY"
    vex(project)
    configure(project, {"vex": taken}, vex=["vex.json"])
    outcome = project.run()
    assert outcome.json["verdict"] == verdict, outcome.stdout
    told = warned(outcome)[code]["evidence"]["findings"][0]
    assert (told["id"], told["purl"], told["file"]) == ("T-1", PURL, "vex.json")
    assert told["document"].startswith("sha256:")
    assert ("VULNERABILITY_FOUND" in warned(outcome)) == (taken == "warn")
    assert scanned(outcome)["vex"]["settled"] == 1


def test_the_same_second_in_scan_gate_and_admission(project: Project) -> None:
    end = AT + HOUR
    vex(project, **{"supplychain:expires": format_time(end)})
    configure(project, {"vex": "accept"}, vex=["vex.json"])
    outcome = project.run()
    assert outcome.json["verdict"] == "ALLOW", outcome.stdout
    digest = outcome.json["artifacts"][0]["digest"] if outcome.json["artifacts"] else ""
    digest = digest or outcome.json["decisions"][-1]["artifact"]["digest"]
    before = format_time(end - timedelta(seconds=1))

    def ask(verb: str, at: str) -> Outcome:
        return project.cli(verb, digest, "--env", "staging", "--at", at, "--format", "json")

    assert ask("gate", before).exit_code == 0
    assert ask("admit", before).exit_code == 0
    outcome = ask("admit", format_time(end))
    assert (outcome.exit_code, outcome.codes) == (10, {"SUMMARY_EXPIRED"})
    outcome = ask("gate", format_time(end))
    assert (outcome.exit_code, outcome.codes) == (10, {"VULNERABILITY_FOUND"})
    assert "VEX_EXPIRED" in outcome.warnings
    # And at that second the scan, though kept, is made anew.
    outcome = project.run(at=end)
    assert (outcome.json["verdict"], reasons(outcome)) == ("DENY", {"VULNERABILITY_FOUND"})
    assert scanned(outcome)["vex"]["statements"][0]["outcome"] == "not_in_force"
    assert not scanned(outcome)["reused"]


def test_what_silenced_nothing_is_listed_with_what_differs(project: Project) -> None:
    vex(project, "pkg:pypi/flask@2.0.0")
    configure(project, {"vex": "accept"}, vex=["vex.json"])
    for _ in range(2):  # the second time the scan is kept, and the account with it
        outcome = project.run()
        (stated,) = scanned(outcome)["vex"]["statements"]
        assert (stated["outcome"], stated["nearest"]) == ("no_match", PURL)
        assert stated["differences"] == [{"field": "version", "stated": "2.0.0", "found": "3.0.0"}]
        assert outcome.json["verdict"] == "DENY"
    text = project.cli("run", ".", "--to", "dev", "--at", format_time(AT)).stdout
    assert "vex          settled 0 findings; 1 statement silenced nothing" in text
    assert "vex.json #1 T-1 not_affected for pkg:pypi/flask@2.0.0: nearest is pkg:pypi/flask@3.0.0; version:" in text


def test_a_changed_document_is_read_again(project: Project) -> None:
    vex(project)
    configure(project, {"vex": "accept"}, vex=["vex.json"])
    assert project.run().json["verdict"] == "ALLOW"
    vex(project, status="affected", action_statement="raise it")
    assert project.run().json["verdict"] == "DENY"


@pytest.mark.parametrize(
    ("change", "exit_code"),
    [
        (lambda root: (root / "vex.json").unlink(), 2),
        (lambda root: (root / "vex.json").write_text("{"), 5),
        (lambda root: (root / "vex.json").write_text('{"statements": []}'), 5),
    ],
    ids=["missing", "cut", "unknown"],
)
def test_vex_that_cannot_be_read_is_no_clean_scan(project: Project, change: Any, exit_code: int) -> None:
    vex(project)
    configure(project, {"vex": "accept"}, vex=["vex.json"])
    change(project.root)
    outcome = project.run()
    assert (outcome.exit_code, outcome.json["verdict"]) == (exit_code, "CANNOT_TELL")
    assert outcome.json["failures"][0]["stage"] == "beside"


def test_a_product_that_is_no_purl(project: Project) -> None:
    vex(project)
    configure(project, vex=["vex.json"], vex_products=["shop"])
    assert project.run().exit_code == 2


# Baseline


def release(project: Project) -> Path:
    """An earlier release, allowed while its finding only warned; its decision record, set aside."""
    configure(project, {"severities": {**SEVERITIES, "critical": "warn"}})
    outcome = project.run()
    assert outcome.json["verdict"] == "ALLOW", outcome.stdout
    kept = project.root.parent / "last.json"
    shutil.copy(project.root / outcome.json["decisions"][-1]["record"], kept)
    (project.root / "app.py").write_text("print(2)\n")
    return kept


LENIENT = {"known_before": "warn", "baselines": ["decision:staging:*"]}


def test_what_an_allowed_decision_had_is_excused_and_told(project: Project) -> None:
    last = release(project)
    configure(project, LENIENT, baseline=str(last))
    outcome = project.run()
    assert outcome.json["verdict"] == "ALLOW", outcome.stdout
    told = warned(outcome)["BASELINE_EXCUSED"]["evidence"]
    assert told["reference"].startswith("decision:staging:sha256:")
    assert [finding["id"] for finding in told["findings"]] == ["T-1"]
    assert told["baseline"]["vouchedBy"] == ["me"]
    assert warned(outcome)["VULNERABILITY_FOUND"]["evidence"]["new"] is False
    assert scanned(outcome)["baseline"]["digest"] == told["baseline"]["digest"]


def test_a_new_one_denies(project: Project) -> None:
    last = release(project)
    (project.root / "requirements.txt").write_text("flask==3.0.0\njinja2==3.0.0\n")
    configure(project, LENIENT, baseline=str(last))
    assert project.run().json["verdict"] == "ALLOW"
    project.know("jinja2", number=2, modified=format_time(AT - timedelta(hours=1)))
    feed = project.root.parent / "advisories"
    (feed / "T.json").rename(feed / "T2.json")
    project.know("flask", modified=format_time(AT - timedelta(hours=1)))
    outcome = project.run()
    assert outcome.json["verdict"] == "DENY"
    (violation,) = outcome.json["decisions"][-1]["violations"]
    assert (violation["evidence"]["name"], violation["evidence"]["new"]) == ("jinja2", True)


def test_the_next_release_knows_what_this_one_excused(project: Project) -> None:
    configure(project, {**LENIENT, "known_before": "ignore"}, baseline=str(release(project)))
    outcome = project.run()
    assert outcome.json["verdict"] == "ALLOW"
    last = shutil.copy(project.root / outcome.json["decisions"][-1]["record"], project.root.parent / "next.json")
    (project.root / "app.py").write_text("print(3)\n")
    words = ("run", ".", "--to", "staging", "--format", "json", "--at", format_time(AT))
    outcome = project.cli(*words, "--since", str(last))
    assert outcome.json["verdict"] == "ALLOW", outcome.stdout
    assert warned(outcome)["BASELINE_EXCUSED"]["evidence"]["findings"][0]["id"] == "T-1"


def test_an_sbom_that_the_profile_names_by_digest(project: Project) -> None:
    sbom = project.root.parent / "old.cdx.json"
    assert project.cli("sbom", ".", "-o", str(sbom), "--at", format_time(AT)).exit_code == 0
    (project.root / "app.py").write_text("print(2)\n")
    configure(project, {"known_before": "warn", "baselines": ["sbom:sha256:*"]}, baseline=str(sbom))
    outcome = project.run()
    assert outcome.json["verdict"] == "ALLOW", outcome.stdout
    assert warned(outcome)["BASELINE_EXCUSED"]["evidence"]["baseline"]["names"] == ["shop"]


def test_a_strict_profile_takes_none(project: Project) -> None:
    configure(project, baseline=str(release(project)))
    outcome = project.run()
    assert (outcome.json["verdict"], reasons(outcome)) == ("DENY", {"VULNERABILITY_FOUND"})


@pytest.mark.parametrize(("name", "exit_code"), [("none.json", 2), ("cut.json", 5)])
def test_a_baseline_that_cannot_be_read_is_not_none(project: Project, name: str, exit_code: int) -> None:
    (project.root.parent / "cut.json").write_text('{"_type": "urn:supplychain:decision:v1"')
    configure(project, LENIENT, baseline=f"../{name}")
    outcome = project.run()
    assert (outcome.exit_code, outcome.json["verdict"]) == (exit_code, "CANNOT_TELL")
