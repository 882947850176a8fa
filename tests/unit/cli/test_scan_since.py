"""`supplychain scan --since`: every form of a baseline, and none that cannot be read."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.runner import Run


def record(package: str) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9"}]}]
    part = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": ranges}
    return {
        "id": f"X-{package}",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [part],
        "database_specific": {"severity": "HIGH"},
    }


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("old", "gone", "fresh"):
            archive.writestr(f"{name}.json", json.dumps(record(name)))
    assert run("db", "import", path)[0] == 0
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_text("old==1.0\ngone==1.0\n")
    (folder / "app.py").write_text("import os\n\nos.system(command)\n")
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "1"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def change(project: Path) -> None:
    (project / "requirements.txt").write_text("old==2.0\nfresh==1.0\n")


def check(run: Run, project: Path, baseline: object, *more: object) -> dict[str, Any]:
    code, out, err = run("scan", project, "--since", baseline, "--format", "json", "--only", "deps", *more)
    document = json.loads(out)
    assert code == 0, err
    assert {f["id"]: f["since"] for f in document["findings"]} == {"X-old": "unchanged", "X-fresh": "new"}
    assert [known["id"] for known in document["baseline"]["fixed"]] == ["X-gone"]
    assert "1 new, 1 fixed, 1 unchanged" in err
    return document["baseline"]


def test_revision(run: Run, project: Path) -> None:
    change(project)
    assert check(run, project, "HEAD")["form"] == "revision"
    code, out, _ = run("scan", project, "--since", "HEAD", "--format", "json")
    assert code == 0
    assert {f["id"]: f["since"] for f in json.loads(out)["findings"]}["python-os-system"] == "unchanged"


def test_scan_document(run: Run, project: Path, tmp_path: Path) -> None:
    assert run("scan", project, "--format", "json", "-o", tmp_path / "scan.json")[0] == 0
    change(project)
    assert check(run, project, tmp_path / "scan.json")["form"] == "scan"


def test_sbom(run: Run, project: Path, tmp_path: Path) -> None:
    assert run("sbom", project, "-o", tmp_path / "bom.json")[0] == 0
    change(project)
    assert check(run, project, tmp_path / "bom.json")["form"] == "sbom"
    code, out, err = run("scan", project, "--since", tmp_path / "bom.json", "--format", "json")
    assert code == 0
    assert [known["id"] for known in json.loads(out)["baseline"]["unknown"]] == ["python-os-system"]
    assert "which the baseline does not have" in err


def test_decision(run: Run, project: Path, tmp_path: Path) -> None:
    reasons = [
        {"rule": "vulnerabilities", "evidence": {"id": name, "aliases": [], "purl": f"pkg:pypi/{name[2:]}@1.0"}}
        for name in ("X-old", "X-gone")
    ]
    decision = {
        "_type": "urn:supplychain:decision:v1",
        "verdict": "DENY",
        "rules": ["vulnerabilities"],
        "input": {"digest": "sha256:0"},
        "violations": reasons,
        "warnings": [],
    }
    (tmp_path / "d.json").write_text(json.dumps(decision))
    change(project)
    assert check(run, project, tmp_path / "d.json")["form"] == "decision"


def test_fail_on_new(run: Run, project: Path, tmp_path: Path) -> None:
    words = ("scan", project, "--only", "deps", "--since", "HEAD", "--fail-on-new", "high")
    assert run(*words)[0] == 0, "somebody else's old findings do not fail it"
    change(project)
    code, _, err = run(*words)
    assert code == 10
    assert "new: X-fresh in pkg:pypi/fresh@1.0" in err
    assert run(*words[:-1], "critical")[0] == 0
    assert run(*words, "--fail-on", "any")[0] == 10


@pytest.mark.parametrize(
    ("text", "code"), [("", 5), ("{", 5), ("[]", 5), ("{}", 5), ('{"findings": [], "scans": []}', 5)]
)
def test_files_that_are_no_baseline(run: Run, project: Path, tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / "b.json").write_text(text)
    done, out, err = run("scan", project, "--since", tmp_path / "b.json")
    assert (done, out) == (code, ""), err


def test_baselines_that_are_not_there(run: Run, project: Path, tmp_path: Path) -> None:
    assert run("scan", project, "--since", "no-such-branch")[0] == 2
    assert run("scan", project, "--since", tmp_path / "none.json")[0] == 2
    assert run("sbom", project, "-o", tmp_path / "bom.json")[0] == 0
    assert run("scan", f"sbom:{tmp_path}/bom.json", "--since", "HEAD")[0] == 2
    assert run("scan", project, "--only", "sast", "--since", tmp_path / "bom.json")[0] == 2
    assert run("scan", project, "--fail-on-new", "any")[0] == 2
    assert run("scan", tmp_path / "PyPI", "--since", "HEAD")[0] in (2, 3)


def test_an_empty_sbom_is_no_baseline(run: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_text(
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}'
    )
    assert run("scan", project, "--only", "deps", "--since", tmp_path / "bom.json")[0] == 3


def test_a_broken_lock_file_then(run: Run, project: Path) -> None:
    (project / "poetry.lock").write_text('[[package]]\nname = "dja')
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "2"], cwd=project, check=True)
    (project / "poetry.lock").unlink()
    code, out, err = run("scan", project, "--only", "deps", "--since", "HEAD")
    assert (code, out) == (5, "")
    assert "HEAD:" in err


def test_a_revision_without_any_lock_file_is_known_to_have_had_nothing(run: Run, project: Path) -> None:
    subprocess.run(["git", "rm", "-q", "requirements.txt"], cwd=project, check=True)
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "2"], cwd=project, check=True)
    change(project)
    code, out, _ = run("scan", project, "--only", "deps", "--since", "HEAD", "--format", "json")
    assert code == 0
    assert {f["since"] for f in json.loads(out)["findings"]} == {"new"}
