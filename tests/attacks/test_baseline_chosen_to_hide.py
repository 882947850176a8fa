"""A baseline chosen to hide a finding: whoever may change `supplychain.yaml` picks it, and it must not excuse anything."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import canonical_json, format_time
from supplychain.pipeline.attest import state_scan
from supplychain.scan.baseline import Baseline
from supplychain.statement.statement import Statement
from tests.simulator import evidence
from tests.simulator.project import Project, reasons
from tests.simulator.runner import Outcome
from tests.simulator.world import AT, HOUR, World

PURL = "pkg:pypi/flask@3.0.0"
DECISIONS = {"known_before": "ignore", "baselines": ["decision:staging:*", "decision:production:*"]}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A critical finding, and a profile that lets findings be which the last allowed decision had."""
    project = Project(tmp_path, monkeypatch)
    project.know("flask", modified=format_time(AT - 6 * HOUR))
    return project


def configure(project: Project, baseline: str, staging: dict[str, Any] | None = None) -> None:
    overrides = {"staging": {"vulnerabilities": staging or DECISIONS}}
    value = {"version": 1, "name": "shop", "baseline": baseline, "overrides": overrides}
    (project.root / "supplychain.yaml").write_text(json.dumps(value))


def assert_hides_nothing(outcome: Outcome, code: str) -> None:
    decision = outcome.json["decisions"][-1]
    assert decision["environment"] == "staging"
    assert (outcome.json["verdict"], reasons(outcome)) == ("DENY", {"VULNERABILITY_FOUND"})
    warnings = {warning["code"]: warning for warning in decision["warnings"]}
    assert code in warnings
    assert "BASELINE_EXCUSED" not in warnings
    assert warnings[code]["evidence"]["baseline"]["digest"], "which baseline it was is in the record"


def forge(path: Path, **changes: Any) -> Path:
    """A decision record that nobody has made: it allowed, and knew the finding."""
    record = {
        "_type": "urn:supplychain:decision:v1",
        "verdict": "ALLOW",
        "environment": "staging",
        "artifact": {"name": "shop.tar", "digest": "sha256:" + "b" * 64},
        "rules": ["vulnerabilities"],
        "input": {"digest": "sha256:" + "c" * 64},
        "violations": [],
        "warnings": [
            {"rule": "vulnerabilities", "code": "VULNERABILITY_FOUND", "evidence": {"id": "T-1", "purl": PURL}}
        ],
        **changes,
    }
    path.write_bytes(canonical_json(record))
    return path


def test_a_forged_decision(project: Project) -> None:
    configure(project, str(forge(project.root.parent / "forged.json")))
    assert_hides_nothing(project.run(), "BASELINE_UNVOUCHED")


def test_the_decision_that_denied_it(project: Project) -> None:
    outcome = project.run()
    assert outcome.json["verdict"] == "DENY"
    denied = shutil.copy(project.root / outcome.json["decisions"][-1]["record"], project.root.parent / "denied.json")
    (project.root / "app.py").write_text("print(2)\n")
    configure(project, str(denied))
    assert_hides_nothing(project.run(), "BASELINE_NOT_ALLOWED")


def test_the_lenient_decision_of_another_environment(project: Project) -> None:
    outcome = project.run("dev")
    assert outcome.json["verdict"] == "ALLOW"
    dev = shutil.copy(project.root / outcome.json["decisions"][0]["record"], project.root.parent / "dev.json")
    (project.root / "app.py").write_text("print(2)\n")
    configure(project, str(dev))
    assert_hides_nothing(project.run(), "BASELINE_NOT_ACCEPTED")


def test_a_genuine_decision_with_its_environment_rewritten(project: Project) -> None:
    """The summary points to the bytes of the record, so a changed one has nobody behind it."""
    outcome = project.run("dev")
    record = json.loads((project.root / outcome.json["decisions"][0]["record"]).read_bytes())
    (project.root / "app.py").write_text("print(2)\n")
    path = project.root.parent / "changed.json"
    path.write_bytes(canonical_json({**record, "environment": "staging"}))
    configure(project, str(path))
    assert_hides_nothing(project.run(), "BASELINE_UNVOUCHED")


def test_a_made_up_sbom(project: Project) -> None:
    part = {"type": "library", "name": "flask", "version": "3.0.0", "purl": PURL}
    body = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [part]}
    body["metadata"] = {"component": {"type": "application", "name": "shop"}}
    path = project.root.parent / "made-up.json"
    path.write_text(json.dumps(body))
    configure(project, str(path))
    assert_hides_nothing(project.run(), "BASELINE_NOT_ACCEPTED")


def test_the_sbom_of_another_product(project: Project) -> None:
    part = {"type": "library", "name": "flask", "version": "3.0.0", "purl": PURL}
    body = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [part]}
    body["metadata"] = {"component": {"type": "application", "name": "bank"}}
    path = project.root.parent / "bank.json"
    path.write_text(json.dumps(body))
    configure(project, str(path), {"known_before": "ignore", "baselines": ["sbom:*"]})
    assert_hides_nothing(project.run(), "BASELINE_OTHER_ARTIFACT")


def test_a_scan_document_says_nothing_about_what(project: Project) -> None:
    path = project.root.parent / "scan.json"
    project.cli("scan", ".", "--only", "deps", "--format", "json", "-o", str(path), "--at", format_time(AT))
    configure(project, str(path), {"known_before": "ignore", "baselines": ["*"]})
    assert_hides_nothing(project.run(), "BASELINE_OTHER_ARTIFACT")


def test_the_revision_that_is_built(project: Project) -> None:
    """Held against itself nothing is ever new."""
    configure(project, "HEAD", {"known_before": "ignore", "baselines": ["revision:*"]})
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "1"]):
        subprocess.run(["git", *words], cwd=project.root, check=True)
    assert_hides_nothing(project.run(), "BASELINE_OF_ITSELF")


# A statement in the store, changed or without what it needs


def known(world: World, baseline: Baseline | None) -> Statement:
    """A scan whose finding is called known before."""
    from dataclasses import replace

    honest = evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[replace(evidence.HIGH, new=False)])
    if baseline is None:
        return honest
    predicate = {**honest.predicate, "baseline": baseline.to_json()}
    return Statement.make([world.artifact], honest.predicate_type, predicate)


def lenient(world: World) -> None:
    overrides = {"staging": {"vulnerabilities": {"known_before": "ignore", "baselines": ["sbom:*"]}}}
    (world.project / "supplychain.yaml").write_text(json.dumps({"version": 1, "name": "shop", "overrides": overrides}))


def test_called_known_without_any_baseline(world: World) -> None:
    lenient(world)
    world.put(known(world, None), by="scanner")
    outcome = world.gate()
    assert (outcome.exit_code, outcome.codes) == (10, {"VULNERABILITY_FOUND"})
    assert "BASELINE_MISSING" in outcome.warnings


def test_called_known_after_signing(world: World) -> None:
    lenient(world)
    baseline = Baseline(
        source="x", form="sbom", kinds=frozenset(), known=(), complete=True, digest="sha256:1", names=("shop",)
    )
    world.put(known(world, baseline), by="scanner")
    assert world.gate().exit_code == 0, "honest and accepted, it excuses"
    world.forget("vulns")
    failing = state_scan([world.artifact], _result(), at=AT - HOUR / 2)
    path = world.put(failing, by="scanner")

    def hide(body: dict[str, Any]) -> None:
        body["predicate"]["baseline"] = baseline.to_json()
        body["predicate"]["scanner"]["result"][0]["annotations"][0]["new"] = False

    world.tamper(path, hide)
    outcome = world.gate()
    assert outcome.exit_code == 10
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}


def _result() -> Any:
    return evidence._result("dependencies", [evidence.HIGH], evidence.Coverage(asked=2, looked_at=2))
