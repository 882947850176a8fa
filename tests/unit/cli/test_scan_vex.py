"""`supplychain scan --vex`: statuses, the account in JSON and on standard error, exit codes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.runner import Run

PURL = "pkg:pypi/thing@1.0"


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    record = {
        "id": "GHSA-test",
        "aliases": ["CVE-2026-1"],
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "thing"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
            }
        ],
        "database_specific": {"severity": "HIGH"},
    }
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("GHSA-test.json", json.dumps(record))
    assert run("db", "import", path)[0] == 0
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_text("thing==1.0\n")
    return folder


def write(path: Path, *products: str, **changes: Any) -> Path:
    statement = {
        "vulnerability": {"name": "CVE-2026-1"},
        "products": [{"@id": product} for product in products or (PURL,)],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
        **changes,
    }
    body = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/1",
        "author": "A",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    path.write_text(json.dumps(body))
    return path


def test_settled_finding_fails_nothing(run: Run, project: Path, tmp_path: Path) -> None:
    words = ("scan", project, "--only", "deps", "--fail-on", "any", "--format", "json", "--at", "2026-06-01T00:00:00Z")
    assert run(*words)[0] == 10
    code, out, err = run(*words, "--vex", write(tmp_path / "v.json"))
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert [finding["status"] for finding in document["findings"]] == ["not_affected"]
    assert document["vex"]["settled"] == 1
    assert document["vex"]["statements"][0]["outcome"] == "settled"


def test_what_silences_nothing_warns_and_hides_nothing(run: Run, project: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "v.json", "pkg:pypi/thing@1.1")
    code, out, err = run("scan", project, "--only", "deps", "--vex", path, "--fail-on", "any")
    assert code == 10
    assert "GHSA-test" in out
    assert "warning: vex: 1 of 1 statements silenced nothing" in err
    assert f"nearest is {PURL}; version: the statement says 1.1, it is 1.0" in err
    assert run("scan", project, "--only", "deps", "--vex", path)[0] == 0, "a warning, never an error"


def test_several_documents(run: Run, project: Path, tmp_path: Path) -> None:
    first = write(tmp_path / "a.json")
    second = write(tmp_path / "b.json", status="affected", timestamp="2026-02-01T00:00:00Z")
    code, out, err = run("scan", project, "--only", "deps", "--vex", first, "--vex", second, "--fail-on", "any")
    assert code == 10
    assert "statements disagree" in err
    code, out, _ = run("scan", project, "--only", "deps", "--vex", first, "--vex", second, "--format", "json")
    assert len(json.loads(out)["vex"]["conflicts"]) == 1
    assert "GHSA-test" in out


def test_age_width_and_product(run: Run, project: Path, tmp_path: Path) -> None:
    words = ("scan", project, "--only", "deps", "--fail-on", "any", "--at", "2026-06-01T00:00:00Z", "--vex")
    path = write(tmp_path / "v.json")
    assert run(*words, path, "--vex-max-age", "200")[0] == 0
    assert run(*words, path, "--vex-max-age", "100")[0] == 10
    for nonsense in ("0", "nan", "99999999999999"):
        assert run(*words, path, "--vex-max-age", nonsense)[0] == 2
    path = write(path, "pkg:pypi/thing")
    assert run(*words, path)[0] == 10
    code, _, err = run(*words, path, "--vex-wide")
    assert code == 0
    assert "settled findings without naming a version" in err
    path = write(path, products=[{"@id": "pkg:oci/shop@1", "subcomponents": [{"@id": PURL}]}])
    assert run(*words, path)[0] == 10
    assert run(*words, path, "--product", "pkg:oci/shop@1")[0] == 0
    assert run(*words, path, "--product", "shop")[0] == 2


def test_malformed_and_missing(run: Run, project: Path, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    for text, code in [("{", 5), ("", 5), ('{"a": 1}', 5), (write(path, justification="").read_text(), 5)]:
        path.write_text(text)
        done, out, err = run("scan", project, "--vex", path)
        assert (done, out) == (code, ""), err
    assert run("scan", project, "--vex", tmp_path / "none.json")[0] == 2
    assert run("scan", project, "--only", "sast", "--vex", write(path))[0] == 2
