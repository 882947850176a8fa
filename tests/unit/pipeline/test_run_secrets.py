"""`scans: [secrets]`: `run` searches the tree, signs what it saw, and the rule `secrets` judges it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from supplychain.errors import ExitCode
from tests.simulator.runner import Outcome, assert_told, run_cli

POLICIES = Path(__file__).resolve().parents[3] / "policies"
SEVERITIES = ("critical", "high", "medium", "low", "none", "unknown")
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    shutil.copytree(POLICIES, root / "policies")
    for path in (root / "policies" / "profiles").glob("*.yaml"):
        profile = yaml.safe_load(path.read_text("utf-8"))
        profile["rules"] = ["evidence", "scan", "secrets"]
        profile["thresholds"]["scan"]["required"] = ["secrets"]
        profile["thresholds"]["secrets"] |= {"missing": "deny", "severities": dict.fromkeys(SEVERITIES, "deny")}
        path.write_text(yaml.safe_dump(profile), encoding="utf-8")
    (root / "supplychain.yaml").write_text("version: 1\nname: shop\npolicies: policies\nscans: [secrets]\n")
    (root / "requirements.txt").write_text("jinja2==3.1.6\n")
    (root / "app.py").write_text("print('shop')\n")
    return root


def run(project: Path) -> Outcome:
    env = {"SUPPLYCHAIN_HOME": str(project.parent / "home")}
    return run_cli(["run", ".", "--to", "dev", "--at", "2026-11-21T08:00:00Z"], env=env, cwd=project)


def test_a_clean_tree_passes(project: Path) -> None:
    outcome = run(project)
    assert_told(outcome, ExitCode.OK)
    assert "secrets: 0 findings" in outcome.stdout


def test_a_secret_denies_where_it_stands(project: Path) -> None:
    (project / "app.py").write_text(f"token = '{TOKEN}'\n")
    outcome = run(project)
    assert outcome.exit_code == ExitCode.DENIED, outcome.stdout + outcome.stderr
    assert "SECRET_FOUND" in outcome.stdout
    assert "app.py" in outcome.stdout
    assert TOKEN not in outcome.stdout + outcome.stderr
    kept = [path for path in (project / ".supplychain").rglob("*") if path.is_file() and path.suffix != ".tar"]
    assert kept
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]
