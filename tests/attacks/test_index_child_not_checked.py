"""Image index whose child was not checked: what stands in an index is looked at, or it is told that it was not."""

from __future__ import annotations

import json
from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.images import OCI_INDEX, OCI_MANIFEST, Layout, descriptor, file, tar
from tests.simulator.runner import Outcome, assert_told, run_cli


def layer(package: str) -> bytes:
    status = f"Package: {package}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n".encode()
    return tar(file("etc/os-release", b"ID=debian\nVERSION_ID=12\n"), file("var/lib/dpkg/status", status))


def index(folder: Path) -> Layout:
    """An honest image for amd64, and an evil one for arm64."""
    layout = Layout(folder)
    honest = layout.manifest(layer("honest"))
    evil = layout.manifest(layer("evil"), architecture="arm64")
    children = [
        descriptor(honest, OCI_MANIFEST, platform={"os": "linux", "architecture": "amd64"}),
        descriptor(evil, OCI_MANIFEST, platform={"os": "linux", "architecture": "arm64"}),
    ]
    body = layout.document({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children})
    return layout.add(descriptor(body, OCI_INDEX))


def run(folder: Path, *words: str) -> Outcome:
    env = {"SUPPLYCHAIN_HOME": str(folder / "home"), "NO_COLOR": "1"}
    return run_cli(list(words), env=env, cwd=folder)


def names(document: str) -> set[str]:
    return {component["name"] for component in json.loads(document)["components"]}


def test_all_platforms_are_read(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert_told(run(tmp_path, "sbom", index(tmp_path).target, "--platform", "all", "-o", str(out)), ExitCode.OK)
    found = [names(path.read_text()) for path in sorted(out.iterdir())]
    assert len(found) == 2
    assert {"honest", "evil"} <= set().union(*found)


def test_a_child_that_is_not_there_is_no_child_that_is_clean(tmp_path: Path) -> None:
    layout = index(tmp_path)
    evil = json.loads(layout.file(layout.entries[0]["digest"]).read_bytes())["manifests"][1]["digest"]
    layout.file(evil).unlink()
    outcome = run(tmp_path, "sbom", layout.target, "--platform", "all", "-o", str(tmp_path / "out"))
    assert outcome.exit_code not in (ExitCode.OK, ExitCode.BUG), outcome.stderr
    assert outcome.error == "BLOB_MISSING"


def test_the_document_is_about_the_child_and_not_about_the_index(tmp_path: Path) -> None:
    """So a clean report of one platform is never evidence about another one."""
    layout = index(tmp_path)
    outcome = run(tmp_path, "sbom", layout.target, "--platform", "linux/amd64")
    assert_told(outcome, ExitCode.OK)
    assert "evil" not in names(outcome.stdout)
    body = json.loads(layout.file(layout.entries[0]["digest"]).read_bytes())
    honest, evil = (child["digest"].removeprefix("sha256:") for child in body["manifests"])
    component = json.dumps(json.loads(outcome.stdout)["metadata"])
    assert honest in component
    assert evil not in component
