"""Lock files, manifests and SBOMs of many ecosystems, good and broken: each is read, or refused for a stated reason.

`tests/assets/lock_file_samples.json` says what comes of each sample: the number of components, a digest of their
names and versions, and the reasons of what is not known; or the code with which the file is refused. It was compared
with osv-scanner 2.5; where the two differ, `DIFFERENCES` says who is right. After a change that is meant, write it
again: `python tests/conformance/test_lock_file_samples.py SAMPLES`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from supplychain.errors import SupplychainError
from supplychain.inventory.collect import collect_directory
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import inventory_of, parse_target

EXPECTED = Path(__file__).parents[1] / "assets" / "lock_file_samples.json"
NAMES = {
    "golang/gomod": "go.mod",
    "java/gradlelockfile": "gradle.lockfile",
    "java/gradleverificationmetadataxml": "gradle/verification-metadata.xml",
    "java/gradleversioncatalog": "gradle/libs.versions.toml",
    "java/pomxml": "pom.xml",
    "javascript/bunlock": "bun.lock",
    "javascript/denojson": "deno.json",
    "javascript/packagejson": "package.json",
    "javascript/packagelockjson": "package-lock.json",
    "javascript/pnpmlock": "pnpm-lock.yaml",
    "javascript/yarnlock": "yarn.lock",
    "php/composerlock": "composer.lock",
    "python/pdmlock": "pdm.lock",
    "python/pipfilelock": "Pipfile.lock",
    "python/poetrylock": "poetry.lock",
    "python/pylock": "pylock.toml",
    "python/pyprojecttoml": "pyproject.toml",
    "python/requirements": "requirements.txt",
    "python/uvlock": "uv.lock",
    "ruby/gemfilelock": "Gemfile.lock",
    "rust/cargolock": "Cargo.lock",
    "rust/cargotoml": "Cargo.toml",
}
"""Folder of samples to the name under which a project keeps such a file."""
DIFFERENCES = {
    "a range is no version": "requirements, pom.xml: `pkg>=3.5` and `[9.4,9.5)` are not 3.5 and 9.4; they are gaps",
    "a line that is no requirement": "requirements: `foo7==1.0 text` names no version `1.0 text`; it is a gap",
    "a member of the project itself": "Cargo, Bundler, yarn, npm, bun: a path inside the tree is read by its own files",
    "Go itself": "go.mod: a `toolchain` line pins the standard library, which has advisories of its own",
    "replaced by a folder": "go.mod: the module keeps its name, and that its source lies elsewhere is a gap",
    "Go before 1.17": "go.mod: what dependencies bring in stands only in go.sum, which lists too much: a gap",
    "one broken entry": "bun.lock, pnpm-lock.yaml: the other entries are listed and the broken one is a gap",
    "an empty file": "a lock file of no bytes is cut short and refused; one that lists nothing lists nothing",
    "manifests": "package.json, pyproject.toml, Cargo.toml: what is asked for is listed, and that nothing pins it",
}
"""Why a result is not that of osv-scanner. In each of these a scan that agreed would know less than it says."""


def outcomes(samples: Path) -> dict[str, object]:
    """What comes of each sample."""
    found: dict[str, object] = {}
    for kind, name in NAMES.items():
        folder = samples / "language" / kind / "testdata"
        for path in sorted(item for item in folder.rglob("*") if item.is_file()):
            found[f"{kind}/{path.relative_to(folder)}"] = in_project(path, name)
    for path in sorted(item for item in (samples / "sbom").rglob("*") if item.is_file()):
        found[str(path.relative_to(samples))] = outcome(lambda path=path: inventory_of(parse_target(f"sbom:{path}")))
    return found


def in_project(path: Path, name: str) -> object:
    """What comes of a sample under the name that its tool gives it, beside the files it may refer to."""
    with tempfile.TemporaryDirectory() as parent:
        root = Path(parent) / "project"
        place = root / name
        place.parent.mkdir(parents=True)
        shutil.copy(path, place)
        beside = path.with_suffix(".sum")
        if path.suffix == ".mod" and beside.exists():
            shutil.copy(beside, root / "go.sum")
        others = [item for item in path.parent.iterdir() if item.is_file()] if name == "requirements.txt" else []
        for other in others:
            if other.name != name:
                shutil.copy(other, root / other.name)
        exclude = tuple(other.name for other in others if other.name != name)
        return outcome(lambda: collect_directory(root, exclude=exclude))


def outcome(read) -> object:
    """The components and gaps that were read, or the code of the refusal."""
    try:
        sbom: Sbom = read()
    except SupplychainError as error:
        return error.code
    listed = sorted(f"{component.name}@{component.version}" for component in sbom.components)
    digest = hashlib.sha256("\n".join(listed).encode()).hexdigest()[:12] if listed else ""
    return [len(listed), digest, sorted({gap.reason for gap in sbom.gaps})]


@pytest.mark.shared
def test_every_sample_is_read_or_refused_for_its_reason(shared):
    expected = json.loads(EXPECTED.read_text())
    found = outcomes(shared / "lockfiles")
    assert len(found) > 280
    assert found == expected


if __name__ == "__main__":
    written = outcomes(Path(sys.argv[1]))
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in written.items())
    EXPECTED.write_text(f"{{\n{lines}\n}}\n")
