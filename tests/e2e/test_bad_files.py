"""Every kind of file we read, broken in every way: the file is named, what was expected is said, and the exit is 2 or 5."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulator.runner import Outcome, run_cli
from tests.simulator.world import World

GOOD_RECORD = {
    "id": "X-1",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "x"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
        }
    ],
}
BOM = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X-1.json", json.dumps(GOOD_RECORD))


def configuration(world: World, path: Path) -> None:
    exclude = ", ".join(f'"folder-{i}/**"' for i in range(40))
    path.write_text(f"version: 1\nkey: {world.folder}/keys/release.pem\nexclude: [{exclude}]\n")


# name of the file, how a good one is made, and the command that reads it
Case = tuple[str, Callable[[World, Path], object], Callable[[World, Path], list[object]]]
CASES: dict[str, Case] = {
    "configuration": (
        "supplychain.yaml",
        lambda w, p: configuration(w, p),
        lambda w, p: ["gate", w.file, "--env", "dev", "--project", w.project, "--config", p],
    ),
    "trust": (
        "who.yaml",
        lambda w, p: shutil.copy(w.project / "trust.yaml", p),
        lambda w, p: ["verify", w.file, "--project", w.project, "--trust", p],
    ),
    "bundle": (
        "claim.sigstore.json",
        lambda w, p: p.write_bytes(w.store.find(w.artifact.digest)[0].data),
        lambda w, p: ["verify", w.file, "--trust", w.project / "trust.yaml", "--bundle", p],
    ),
    "public key": (
        "key.pub",
        lambda w, p: p.write_text(w.signers["release"].public_key.pem),
        lambda w, p: ["verify", w.file, "--project", w.project, "--key", p],
    ),
    "private key": (
        "key.pem",
        lambda w, p: shutil.copy(next((w.folder / "keys").glob("release*.pem")), p),
        lambda w, p: ["sign", w.file, "--key", p],
    ),
    "advisory": (
        "X-1.json",
        lambda _w, p: p.write_text(json.dumps(GOOD_RECORD)),
        lambda _w, p: ["db", "import", p],
    ),
    "advisory in YAML": (
        "X-1.yaml",
        lambda _w, p: p.write_text(json.dumps(GOOD_RECORD)),
        lambda _w, p: ["db", "import", p],
    ),
    "advisories": ("all.zip", lambda _w, p: zipped(p), lambda _w, p: ["db", "import", p]),
    "SBOM": (
        "bom.json",
        lambda _w, p: p.write_text(json.dumps(BOM)),
        lambda _w, p: ["scan", f"sbom:{p}", "--only", "deps"],
    ),
}
BREAKS: dict[str, Callable[[Path], object]] = {
    "missing": lambda p: p.unlink(),
    "empty": lambda p: p.write_bytes(b""),
    "truncated": lambda p: p.write_bytes(p.read_bytes()[: len(p.read_bytes()) * 2 // 3]),
    "binary": lambda p: p.write_bytes(bytes(range(256)) * 8),
    "a folder": lambda p: (p.unlink(), p.mkdir()),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def call(world: World, words: list[object]) -> Outcome:
    return run_cli(
        [str(w) for w in words], env={"SUPPLYCHAIN_HOME": str(world.home), "NO_COLOR": "1"}, cwd=world.folder
    )


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("kind", CASES)
def test_it_is_named(world: World, tmp_path: Path, kind: str, broken: str) -> None:
    name, make, words = CASES[kind]
    path = tmp_path / name
    make(world, path)
    BREAKS[broken](path)
    if kind.startswith("advisor") and broken == "a folder":
        (path / "X-1.json").write_text("{")  # a folder of advisories is fine; a broken record in it is not
    done = call(world, words(world, path))
    assert done.exit_code in (2, 5), done
    assert name in done.stderr, done.stderr
    assert "expected" in done.stderr or "not " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", CASES)
def test_the_whole_file_is_read(world: World, tmp_path: Path, kind: str) -> None:
    """The control: unbroken, none of them is refused as malformed."""
    name, make, words = CASES[kind]
    path = tmp_path / name
    make(world, path)
    assert call(world, words(world, path)).exit_code not in (1, 2, 5)


def test_a_huge_file_is_refused(world: World, tmp_path: Path) -> None:
    for kind in ("configuration", "trust", "public key", "bundle"):
        name, _, words = CASES[kind]
        path = tmp_path / name
        with path.open("wb") as handle:
            handle.truncate(600 * 1024 * 1024)
        done = call(world, words(world, path))
        assert (done.exit_code, done.error) == (5, "TOO_LARGE"), done
