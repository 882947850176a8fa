"""`supplychain scan` through the program's own entry point."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.simulator.runner import Run


def advisory(severity: str = "MODERATE") -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "thing"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
    }
    return {
        "schema_version": "1.7.0",
        "id": "GHSA-test",
        "modified": "2026-01-01T00:00:00Z",
        "summary": "It breaks",
        "affected": [affected],
        "database_specific": {"severity": severity},
    }


@pytest.fixture
def database(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("GHSA-test.json", json.dumps(advisory()))
    code, _, err = run("db", "import", path)
    assert code == 0, err


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_text("thing==1.0\n")
    (folder / "app.py").write_text("import os\n\nos.system(command)\n")
    return folder


def test_both_scans_run_on_a_folder(run: Run, project: Path, database: None) -> None:
    code, out, err = run("scan", project)
    assert code == 0, err
    assert "python-os-system" in out
    assert "GHSA-test" in out
    assert "sast: looked at 1 of 1" in out
    assert "dependencies: looked at 1 of 1" in out
    assert err == ""


def test_json_is_one_document(run: Run, project: Path, database: None) -> None:
    code, out, _ = run("scan", project, "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert {finding["id"] for finding in document["findings"]} == {"python-os-system", "GHSA-test"}
    assert document["coverage"]["complete"] is True
    assert [scan["kind"] for scan in document["coverage"]["scans"]] == ["sast", "dependencies"]
    assert [scan["findings"] for scan in document["scans"]] == [1, 1]


def test_json_of_one_scan_has_its_coverage(run: Run, project: Path, database: None) -> None:
    _, out, _ = run("scan", project, "--only", "deps", "--format", "json")
    document = json.loads(out)
    assert [finding["id"] for finding in document["findings"]] == ["GHSA-test"]
    assert document["coverage"]["asked"] == document["coverage"]["looked_at"] == 1


@pytest.mark.parametrize(
    ("threshold", "only", "code"),
    [
        ("critical", "sast", 0),
        ("high", "sast", 10),
        ("low", "sast", 10),
        ("any", "sast", 10),
        ("high", "deps", 0),
        ("medium", "deps", 10),
    ],
)
def test_fail_on(run: Run, project: Path, database: None, threshold: str, only: str, code: int) -> None:
    assert run("scan", project, "--only", only, "--fail-on", threshold)[0] == code


def test_without_database_nothing_reads_as_clean(run: Run, project: Path) -> None:
    code, out, err = run("scan", project, "--only", "deps")
    assert code == 4
    assert "CANNOT-TELL" in out
    assert "CANNOT-TELL" in err
    assert "thing" in err


def test_a_definite_finding_outweighs_lost_coverage(run: Run, project: Path) -> None:
    code, _, err = run("scan", project, "--fail-on", "high")
    assert code == 10
    assert "CANNOT-TELL" in err


def test_lost_coverage_outweighs_findings_below_the_threshold(run: Run, project: Path, database: None) -> None:
    (project / "broken.py").write_bytes(b"\0")
    code, out, err = run("scan", project, "--fail-on", "critical", "--format", "json")
    assert code == 4
    assert len(json.loads(out)["findings"]) == 2
    assert "CANNOT-TELL" in err
    assert "broken.py" in err


def test_nothing_to_look_at(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for words in ([], ["--only", "sast"], ["--only", "deps"]):
        code, out, err = run("scan", tmp_path / "empty", *words)
        assert (code, out) == (3, "")
        assert "CANNOT-TELL" in err


def test_only_languages_without_rules_is_nothing_to_look_at(run: Run, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n")
    code, _, err = run("scan", tmp_path)
    assert code == 3
    assert "go (1 file)" in err


def test_language_without_rules_is_told_but_is_no_failure(run: Run, project: Path, database: None) -> None:
    (project / "page.js").write_text("x\n")
    code, out, err = run("scan", project)
    assert code == 0
    assert "javascript (1 file)" in out
    assert "javascript (1 file)" in err
    assert "CANNOT-TELL" not in err


def test_source_without_lock_file(run: Run, project: Path) -> None:
    (project / "requirements.txt").unlink()
    code, out, err = run("scan", project)
    assert code == 0
    assert "dependencies: looked at 0 of 0" in out
    assert "note: dependencies: nothing to look at" in err


@pytest.mark.parametrize("name", ["iac", "workflows", "sast,iac"])
def test_scans_of_later_versions(run: Run, project: Path, name: str) -> None:
    code, out, err = run("scan", project, "--only", name)
    assert (code, out) == (2, "")
    assert "not available in this version" in err


@pytest.mark.parametrize("name", ["image", "sast,image"])
def test_scans_of_images_alone(run: Run, project: Path, name: str) -> None:
    code, out, err = run("scan", project, "--only", name)
    assert (code, out) == (2, "")
    assert "looks at container images" in err


def test_secrets_are_looked_for_in_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bom.json").write_text(
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}'
    )
    code, out, err = run("scan", f"sbom:{tmp_path}/bom.json", "--only", "secrets")
    assert (code, out) == (2, "")
    assert "looks into files" in err


@pytest.mark.parametrize("name", ["magic", "", "sast,", "SAST"])
def test_unknown_scans(run: Run, project: Path, name: str) -> None:
    code, _, err = run("scan", project, "--only", name)
    assert code == 2
    assert "sast, deps" in err


def test_sast_needs_source(run: Run, tmp_path: Path) -> None:
    document = tmp_path / "bom.json"
    document.write_text("{}")
    assert run("scan", f"sbom:{document}", "--only", "sast")[0] == 2


def test_exclude(run: Run, project: Path, database: None) -> None:
    code, out, _ = run("scan", project, "--exclude", "*.py")
    assert code == 0
    assert "os-system" not in out


def test_formats(run: Run, project: Path, database: None) -> None:
    at = ["--at", "2026-02-03T04:05:06Z"]
    _, sarif, _ = run("scan", project, "--format", "sarif", *at)
    assert [len(log["results"]) for log in json.loads(sarif)["runs"]] == [1, 1]
    assert json.loads(sarif)["runs"][0]["invocations"][0]["endTimeUtc"] == "2026-02-03T04:05:06Z"
    _, junit, _ = run("scan", project, "--format", "junit", *at)
    assert ET.fromstring(junit).get("failures") == "2"
    _, markdown, _ = run("scan", project, "--format", "markdown")
    assert "### Coverage" in markdown
    _, github, _ = run("scan", project, "--format", "github")
    assert "::error title=python-os-system,file=app.py,line=3" in github


def test_output_file(run: Run, project: Path, database: None, tmp_path: Path) -> None:
    code, out, _ = run("scan", project, "--format", "json", "-o", tmp_path / "out" / "scan.json")
    assert (code, out) == (0, "")
    assert len(json.loads((tmp_path / "out" / "scan.json").read_bytes())["findings"]) == 2


def test_broken_lock_file_is_malformed_input(run: Run, project: Path) -> None:
    (project / "poetry.lock").write_text('[[package]]\nname = "dja')
    assert run("scan", project)[0] == 5
