"""`supplychain scan --second-opinion`: merged by alias, differences told, and silence of the service never clean."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.simulator.osv_service import osv_service, vulnerable
from tests.simulator.runner import Run

pytest.importorskip("pip_audit")


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    record = {
        "id": "GHSA-1",
        "aliases": ["CVE-2026-1"],
        "modified": "2026-01-01T00:00:00Z",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "thing"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            }
        ],
        "database_specific": {"severity": "LOW"},
    }
    path = tmp_path / "PyPI" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", json.dumps(record))
    assert run("db", "import", path)[0] == 0
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.txt").write_text("thing==1.0\nother==1.0\n")
    return folder


def test_merged_and_differences(run: Run, project: Path) -> None:
    def answer(name: str, _: str) -> tuple[int, bytes]:
        return 200, vulnerable() if name == "thing" else vulnerable("PYSEC-9", "other", aliases=[])

    with osv_service(answer) as (url, _):
        words = ("scan", project, "--only", "deps", "--second-opinion-url", url)
        code, out, err = run(*words, "--format", "json")
        table = run(*words)
    assert code == 0, err
    document = json.loads(out)
    found = {finding["id"]: finding["seen_by"] for finding in document["findings"]}
    assert found == {"GHSA-1": ["supplychain-osv", "pip-audit"], "PYSEC-9": ["pip-audit"]}
    (difference,) = document["second_opinion"]["differences"]
    assert difference["not_seen_by"] == [{"scanner": "supplychain-osv", "why": "it looked, and does not know it"}]
    assert document["coverage"]["asked"] == 4
    assert "note: second opinion: PYSEC-9 in pkg:pypi/other@1.0: seen by pip-audit, not by supplychain-osv" in table[2]


def test_no_answer_is_no_opinion(run: Run, project: Path) -> None:
    code, out, err = run("scan", project, "--only", "deps", "--second-opinion-url", "http://127.0.0.1:9/")
    assert code == 4
    assert "GHSA-1" in out, "what the first one saw stays"
    assert "CANNOT-TELL" in err
    assert "pip-audit: tool failed" in err


def test_only_with_dependencies(run: Run, project: Path) -> None:
    assert run("scan", project, "--only", "sast", "--second-opinion")[0] == 2
