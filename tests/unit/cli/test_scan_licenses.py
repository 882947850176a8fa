"""`supplychain scan --only licenses`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.simulator.runner import Run


def bom(path: Path, **licenses: str) -> Path:
    parts = [
        {
            "type": "library",
            "name": name,
            "version": "1",
            "purl": f"pkg:pypi/{name}@1",
            **({"licenses": [{"license": {"name": text}}]} if text else {}),
        }
        for name, text in licenses.items()
    ]
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": parts}))
    return path


def test_known_and_unknown(run: Run, tmp_path: Path) -> None:
    path = bom(tmp_path / "b.json", a="MIT License", b="BSD", c="")
    code, out, err = run("scan", f"sbom:{path}", "--only", "licenses", "--format", "json")
    document = json.loads(out)
    assert code == 0, err
    found = {finding["component"]["name"]: (finding["id"], finding["severity"]) for finding in document["findings"]}
    assert found == {
        "a": ("license:MIT", "none"),
        "b": ("license:unknown", "unknown"),
        "c": ("license:unknown", "unknown"),
    }
    assert document["scans"][0]["kind"] == "licenses"


def test_what_is_only_told_fails_nothing(run: Run, tmp_path: Path) -> None:
    words = ("--only", "licenses", "--fail-on", "any")
    assert run("scan", f"sbom:{bom(tmp_path / 'a.json', a='MIT')}", *words)[0] == 0
    assert run("scan", f"sbom:{bom(tmp_path / 'b.json', a='')}", *words)[0] == 10


def test_not_among_the_usual_scans(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("scan", f"sbom:{bom(tmp_path / 'b.json', a='MIT')}", "--format", "json")
    assert [scan["kind"] for scan in json.loads(out)["scans"]] == ["dependencies"]


def test_since(run: Run, tmp_path: Path) -> None:
    old, new = bom(tmp_path / "a.json", a="MIT", b="ISC"), bom(tmp_path / "b.json", a="Zlib")
    words = ("scan", f"sbom:{new}", "--only", "licenses", "--format", "json", "--since", old)
    document = json.loads(run(*words)[1])
    assert [known["id"] for known in document["baseline"]["new"]] == ["license:Zlib"]
    assert [known["id"] for known in document["baseline"]["fixed"]] == ["license:MIT", "license:ISC"]


def test_licences_from_another_inventory(run: Run, tmp_path: Path) -> None:
    """It fills in what is not known, for the same version alone, and contradicts nothing."""
    target = bom(tmp_path / "b.json", a="", b="ISC", c="")
    more = bom(tmp_path / "more.json", a="Apache-2.0", b="MIT")
    words = ("scan", f"sbom:{target}", "--only", "licenses", "--format", "json")
    code, out, err = run(*words, "--licenses-from", f"sbom:{more}")
    assert code == 0, err
    found = {finding["component"]["name"]: finding["id"] for finding in json.loads(out)["findings"]}
    assert found == {"a": "license:Apache-2.0", "b": "license:ISC", "c": "license:unknown"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--only", "licenses", "--licenses-from", "oci:x"), "env:PYTHON or sbom:FILE"),
        (("--only", "licenses", "--licenses-from", "sbom:no-such-file"), "no-such-file"),
        (("--only", "deps", "--licenses-from", "env:.venv"), "licences are not scanned here"),
    ],
)
def test_licences_from_nowhere(run: Run, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    code, _, err = run("scan", f"sbom:{bom(tmp_path / 'b.json', a='')}", *words)
    assert code == 2, err
    assert told in err
