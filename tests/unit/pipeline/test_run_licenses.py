"""Licences in `run`: completed from another inventory, signed, and judged by the rule a profile names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.simulator.project import Project, reasons
from tests.simulator.runner import Outcome

POLICIES = Path(__file__).resolve().parents[3] / "policies"


def document(folder: Path, name: str, license_: str) -> str:
    """An SBOM that knows a licence."""
    component = {
        "type": "library",
        "name": name,
        "version": "3.0.0",
        "purl": f"pkg:pypi/{name}@3.0.0",
        "licenses": [{"license": {"id": license_}}],
    }
    body = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [component]}
    (folder / "known.json").write_text(json.dumps(body))
    return "sbom:known.json"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path, monkeypatch)
    assert made.cli("init", ".").exit_code == 0
    shutil.copytree(POLICIES, made.root / "policies")
    profile = made.root / "policies" / "profiles" / "dev.yaml"
    body = yaml.safe_load(profile.read_text())
    body["rules"].append("licenses")
    body["thresholds"]["licenses"] |= {
        "missing": "deny",
        "reaction": "deny",
        "unknown": "deny",
        "denied": ["AGPL-3.0-only"],
    }
    profile.write_text(yaml.safe_dump(body))
    return made


def run(project: Project, **fields: object) -> Outcome:
    file = project.root / "supplychain.yaml"
    body = {**yaml.safe_load(file.read_text()), "exclude": ["known.json"], **fields}
    file.write_text(yaml.safe_dump(body))
    return project.run("dev")


def test_without_the_scan_the_rule_denies(project: Project) -> None:
    outcome = run(project, policies="policies")
    assert (outcome.exit_code, reasons(outcome)) == (10, {"LICENSES_MISSING"})


def test_a_lock_file_alone_knows_no_licence(project: Project) -> None:
    outcome = run(project, policies="policies", scans=["dependencies", "sast", "licenses"])
    assert (outcome.exit_code, reasons(outcome)) == (10, {"LICENSE_UNKNOWN"})


@pytest.mark.parametrize(("license_", "expected"), [("BSD-3-Clause", []), ("AGPL-3.0-only", ["LICENSE_NOT_ALLOWED"])])
def test_another_inventory_tells(project: Project, license_: str, expected: list[str]) -> None:
    inventory = document(project.root, "flask", license_)
    outcome = run(project, policies="policies", scans=["dependencies", "sast", "licenses"], licenses_from=[inventory])
    assert reasons(outcome) == set(expected)
    assert outcome.exit_code == (10 if expected else 0)


def test_an_inventory_that_is_not_there_cannot_tell(project: Project) -> None:
    outcome = run(project, licenses_from=["env:.venv"])
    assert outcome.exit_code == 2, outcome.stderr
    assert "no Python interpreter there" in outcome.stderr + outcome.stdout
