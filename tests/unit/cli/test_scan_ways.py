"""`supplychain scan`: by which path a component came in, and what gets rid of its findings, for every lock file with edges."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.runner import Run

UV = """version = 1
[[package]]
name = "shop"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "top" }]
[[package]]
name = "top"
version = "1.0"
source = { registry = "https://example.org" }
dependencies = [{ name = "middle" }]
[[package]]
name = "middle"
version = "1.0"
source = { registry = "https://example.org" }
dependencies = [{ name = "deep" }]
[[package]]
name = "deep"
version = "1.0"
source = { registry = "https://example.org" }
"""
POETRY = """[[package]]
name = "top"
version = "1.0"
[package.dependencies]
middle = "*"
[[package]]
name = "middle"
version = "1.0"
[package.dependencies]
deep = "*"
[[package]]
name = "deep"
version = "1.0"
[metadata]
lock-version = "2.0"
"""
NPM = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "shop", "dependencies": {"top": "1.0.0"}},
        "node_modules/top": {"version": "1.0.0", "dependencies": {"middle": "*"}},
        "node_modules/middle": {"version": "1.0.0", "dependencies": {"deep": "*"}},
        "node_modules/deep": {"version": "1.0.0"},
    },
}
PNPM = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      top: {specifier: ^1, version: 1.0.0}
packages:
  top@1.0.0: {resolution: {integrity: sha512-x}}
  middle@1.0.0: {resolution: {integrity: sha512-x}}
  deep@1.0.0: {resolution: {integrity: sha512-x}}
snapshots:
  top@1.0.0: {dependencies: {middle: 1.0.0}}
  middle@1.0.0: {dependencies: {deep: 1.0.0}}
  deep@1.0.0: {}
"""
YARN = """# yarn lockfile v1

top@^1:
  version "1.0.0"
  dependencies:
    middle "*"

middle@*:
  version "1.0.0"
  dependencies:
    deep "*"

deep@*:
  version "1.0.0"
"""
PACKAGE = '{"name": "shop", "dependencies": {"top": "^1"}}'
CARGO = """version = 3
[[package]]
name = "shop"
version = "1.0.0"
dependencies = ["top"]
[[package]]
name = "top"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["middle"]
[[package]]
name = "middle"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["deep"]
[[package]]
name = "deep"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""
COMPOSER = {
    "packages": [
        {"name": "v/top", "version": "1.0.0", "require": {"v/middle": "*"}},
        {"name": "v/middle", "version": "1.0.0", "require": {"v/deep": "*"}},
        {"name": "v/deep", "version": "1.0.0"},
    ]
}
GEMS = """GEM
  remote: https://example.org/
  specs:
    deep (1.0.0)
    middle (1.0.0)
      deep
    top (1.0.0)
      middle

DEPENDENCIES
  top
"""
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "version": 1,
    "metadata": {"component": {"type": "application", "name": "shop", "bom-ref": "shop"}},
    "components": [
        {"type": "library", "name": name, "version": "1.0", "purl": f"pkg:pypi/{name}@1.0", "bom-ref": name}
        for name in ("top", "middle", "deep")
    ],
    "dependencies": [
        {"ref": "shop", "dependsOn": ["top"]},
        {"ref": "top", "dependsOn": ["middle"]},
        {"ref": "middle", "dependsOn": ["deep"]},
        {"ref": "deep", "dependsOn": ["middle"]},
    ],
}
CASES: dict[str, tuple[dict[str, Any], str, bool | None]] = {
    "uv": ({"uv.lock": UV}, "PyPI", False),
    "poetry": ({"poetry.lock": POETRY}, "PyPI", None),
    "npm": ({"package-lock.json": NPM}, "npm", False),
    "pnpm": ({"pnpm-lock.yaml": PNPM}, "npm", False),
    "yarn": ({"yarn.lock": YARN, "package.json": PACKAGE}, "npm", None),
    "cargo": ({"Cargo.lock": CARGO}, "crates.io", False),
    "composer": ({"composer.lock": COMPOSER}, "Packagist", None),
    "bundler": ({"Gemfile.lock": GEMS}, "RubyGems", False),
    "cyclonedx": ({"bom.json": CYCLONEDX}, "PyPI", False),
}


def advise(run: Run, folder: Path, ecosystem: str) -> None:
    """Two advisories about `deep`: the second begins where the first ends."""
    name = "v/deep" if ecosystem == "Packagist" else "deep"
    path = folder / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, (begin, end) in enumerate([("0", "2.0.0"), ("2.0.0", "2.1.0")]):
            kind = "SEMVER" if ecosystem in ("npm", "crates.io") else "ECOSYSTEM"
            span = {"type": kind, "events": [{"introduced": begin}, {"fixed": end}]}
            part = {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [span]}
            value = {"id": f"X-{number}", "modified": "2026-01-01T00:00:00Z", "affected": [part]}
            archive.writestr(f"{number}.json", json.dumps(value))
    assert run("db", "import", path)[0] == 0


def write(folder: Path, files: dict[str, Any]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


@pytest.mark.parametrize("name", CASES)
def test_by_which_path(run: Run, tmp_path: Path, name: str) -> None:
    files, ecosystem, direct = CASES[name]
    advise(run, tmp_path, ecosystem)
    folder = write(tmp_path / "shop", files)
    target = f"sbom:{folder / 'bom.json'}" if name == "cyclonedx" else str(folder)
    _, out, err = run("scan", target, "--only", "deps", "--format", "json")
    (finding,) = json.loads(out)["findings"]
    steps = [purl.rpartition("/")[2].partition("@")[0] for purl in finding["paths"][0]]
    assert steps == ["top", "middle", "deep"], err
    assert len(finding["paths"]) == 1
    assert finding["direct"] is direct
    assert finding["upgrade"] == "2.1.0"


@pytest.fixture
def shop(run: Run, tmp_path: Path) -> Path:
    advise(run, tmp_path, "PyPI")
    return write(tmp_path / "shop", {"uv.lock": UV})


@pytest.mark.parametrize("form", ["table", "markdown", "sarif", "junit", "github"])
def test_every_form_tells_the_way(run: Run, shop: Path, form: str) -> None:
    _, out, _ = run("scan", shop, "--only", "deps", "--format", form)
    shown = out.replace("&#64;", "@").replace("&gt;", ">").replace("&#62;", ">")
    assert "via top@1.0 > middle@1.0 > deep@1.0" in shown
    assert "2.1.0" in shown


def test_the_table_names_the_smallest_upgrade(run: Run, shop: Path) -> None:
    _, out, _ = run("scan", shop, "--only", "deps")
    assert "smallest upgrades:\n  deep 1.0  ->  2.1.0  ends 1 finding\n" in out
    _, out, _ = run("scan", shop, "--only", "deps", "--format", "markdown")
    assert "### Smallest upgrades" in out


def test_none_known(run: Run, tmp_path: Path) -> None:
    part = {"package": {"ecosystem": "PyPI", "name": "deep"}, "versions": ["1.0"]}
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.json", json.dumps({"id": "X", "modified": "2026-01-01T00:00:00Z", "affected": [part]}))
    assert run("db", "import", path)[0] == 0
    shop = write(tmp_path / "shop", {"uv.lock": UV})
    _, out, _ = run("scan", shop, "--only", "deps", "--format", "json")
    assert json.loads(out)["findings"][0]["upgrade"] is None
    assert "deep 1.0  ->  none known  1 finding" in run("scan", shop, "--only", "deps")[1]
    assert "none known" in run("scan", shop, "--only", "deps", "--format", "markdown")[1]


def test_what_the_project_asks_for_needs_no_way(run: Run, shop: Path) -> None:
    (shop / "uv.lock").write_text(UV.replace('name = "top" }', 'name = "deep" }'))
    _, out, _ = run("scan", shop, "--only", "deps", "--format", "json")
    (finding,) = json.loads(out)["findings"]
    assert finding["direct"] is True
    assert finding["paths"][0] == ["pkg:pypi/deep@1.0"]
    assert "via" not in run("scan", shop, "--only", "deps")[1]


def test_without_edges_nothing_is_claimed(run: Run, tmp_path: Path) -> None:
    advise(run, tmp_path, "PyPI")
    bare = {**CYCLONEDX, "dependencies": []}
    folder = write(tmp_path / "shop", {"bom.json": bare})
    _, out, _ = run("scan", f"sbom:{folder / 'bom.json'}", "--only", "deps", "--format", "json")
    (finding,) = json.loads(out)["findings"]
    assert (finding["direct"], finding["paths"]) == (None, [])
