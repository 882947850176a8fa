"""Silence that looks like "nothing found": each of these must end CANNOT-TELL, with its reason, or stay as bad as it was.

A scanner's own failures (exit 0 and no answer, half an answer) stand in `test_silent_scanner.py` as well.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import CANNOT_TELL, ExitCode
from supplychain.scan.coverage import Coverage, DatabaseState
from tests.simulator import evidence
from tests.simulator.osv_service import osv_service
from tests.simulator.runner import Outcome, assert_told, run_cli
from tests.simulator.world import AT, HOUR, World


class Scanned:
    """A folder to scan, a home with or without a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.project.mkdir(parents=True)
        self.write("requirements.txt", "thing==1.0\n")

    def write(self, name: str, text: str) -> Path:
        path = self.project / name
        path.write_text(text)
        return path

    def run(self, *words: object) -> Outcome:
        env = {"SUPPLYCHAIN_HOME": str(self.folder / "home"), "NO_COLOR": "1"}
        return run_cli([str(word) for word in words], env=env, cwd=self.folder)

    def know(self, ecosystem: str, packages: Sequence[str]) -> None:
        """Import an advisory about every version of each package."""
        path = self.folder / ecosystem / "all.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for package in packages:
                ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
                part = {"package": {"ecosystem": ecosystem, "name": package}, "ranges": ranges}
                record = {"id": f"X-{package}", "modified": "2026-01-01T00:00:00Z", "affected": [part]}
                archive.writestr(f"X-{package}.json", json.dumps(record))
        assert_told(self.run("db", "import", path), ExitCode.OK)

    def scan(self, target: object = "project", *more: object) -> Outcome:
        return self.run("scan", target, "--only", "deps", "--fail-on", "any", "-o", self.folder / "out.txt", *more)

    def bom(self, *components: dict[str, Any]) -> str:
        body = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": list(components)}
        path = self.folder / "bom.json"
        path.write_text(json.dumps(body))
        return f"sbom:{path}"


@pytest.fixture
def scanned(tmp_path: Path) -> Scanned:
    return Scanned(tmp_path)


def cannot_tell(outcome: Outcome, reason: str) -> None:
    """It ended as CANNOT-TELL, and said why."""
    told = f"{outcome.words}\n{outcome.stdout}\n{outcome.stderr}"
    assert outcome.exit_code in {int(code) for code in CANNOT_TELL}, told
    assert "CANNOT-TELL" in outcome.stderr, told
    assert reason in outcome.stderr, told


def test_the_honest_scan_finds_it(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    assert_told(scanned.scan(), ExitCode.DENIED)


def test_no_database(scanned: Scanned) -> None:
    cannot_tell(scanned.scan(), "no database")


def test_database_of_another_ecosystem(scanned: Scanned) -> None:
    scanned.know("npm", ["thing"])
    cannot_tell(scanned.scan(), "no feed about PyPI")


def test_emptied_database(scanned: Scanned) -> None:
    """A file where the database was, and an export without records: neither knows anything."""
    scanned.know("PyPI", ["thing"])
    database = next((scanned.folder / "home").glob("*.sqlite"))
    database.write_bytes(b"")
    outcome = scanned.scan()
    assert outcome.exit_code == ExitCode.TOOL_FAILED
    assert "CANNOT-TELL" in outcome.stderr
    database.unlink()
    empty = scanned.folder / "PyPI" / "all.zip"
    with zipfile.ZipFile(empty, "w"):
        pass
    assert scanned.run("db", "import", empty).exit_code != ExitCode.OK
    cannot_tell(scanned.scan(), "no database")


def test_unknown_ecosystem(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    target = scanned.bom({"type": "library", "name": "zlib", "version": "1", "purl": "pkg:generic/zlib@1"})
    cannot_tell(scanned.scan(target), "unknown ecosystem")
    target = scanned.bom({"type": "library", "name": "zlib", "version": "1", "purl": "pkg:conan/zlib@1"})
    cannot_tell(scanned.scan(target), "no feed about ConanCenter")


def test_not_pinned(scanned: Scanned) -> None:
    scanned.know("PyPI", ["other"])
    scanned.write("requirements.txt", "thing>=1\n")
    cannot_tell(scanned.scan(), "thing")


def test_lock_file_cut_short(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    scanned.write("poetry.lock", '[[package]]\nname = "thing"\nversion = "1.')
    outcome = scanned.scan()
    assert outcome.exit_code == ExitCode.MALFORMED
    assert "poetry.lock" in outcome.stderr


def test_sbom_without_purls(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    target = scanned.bom({"type": "library", "name": "thing", "version": "1.0"})
    cannot_tell(scanned.scan(target), "the document gives no purl for it")


def test_sbom_without_components(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    cannot_tell(scanned.scan(scanned.bom()), "the SBOM lists no component")


def test_sbom_that_says_it_is_incomplete(scanned: Scanned) -> None:
    scanned.know("PyPI", ["other"])
    target = scanned.bom({"type": "library", "name": "thing", "version": "1", "purl": "pkg:pypi/thing@1"})
    path = Path(target.partition(":")[2])
    body = json.loads(path.read_text())
    path.write_text(json.dumps({**body, "compositions": [{"aggregate": "incomplete"}]}))
    cannot_tell(scanned.scan(target), "incomplete")


def test_nothing_there(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    (scanned.project / "requirements.txt").unlink()
    cannot_tell(scanned.scan(), "no lock file or manifest")


def test_the_service_of_the_second_opinion_knows_nothing(scanned: Scanned) -> None:
    """pip-audit exits 0 and says "No known vulnerabilities found" when its service answers 404 to everything."""
    pytest.importorskip("pip_audit")
    scanned.know("PyPI", ["other"])
    with osv_service(lambda *_: (404, b"")) as (url, _):
        cannot_tell(scanned.scan("project", "--second-opinion-url", url), "pip-audit: tool failed")
    cannot_tell(scanned.scan("project", "--second-opinion-url", "http://127.0.0.1:9/"), "pip-audit: tool failed")


def test_a_package_that_the_second_opinion_skips(scanned: Scanned, monkeypatch: pytest.MonkeyPatch) -> None:
    from supplychain.process import Completed
    from supplychain.scan import pip_audit

    pytest.importorskip("pip_audit")
    scanned.know("PyPI", ["other"])
    scanned.write("requirements.txt", "thing==1.0\nfine==1.0\n")
    entries = [
        {"name": "thing", "skip_reason": "Dependency not found on PyPI and could not be audited: thing (1.0)"},
        {"name": "fine", "version": "1.0", "vulns": []},
    ]
    stdout = json.dumps({"dependencies": entries, "fixes": []}).encode()
    clean = Completed(argv=("pip-audit",), code=0, stdout=stdout, stderr=b"No known vulnerabilities found\n", seconds=0)
    monkeypatch.setattr(pip_audit, "run", lambda *_, **__: clean)
    cannot_tell(scanned.scan("project", "--second-opinion"), "pip-audit: pkg:pypi/thing@1.0: not from registry")


def test_a_second_opinion_that_exits_0_with_nothing(scanned: Scanned, monkeypatch: pytest.MonkeyPatch) -> None:
    from supplychain.process import Completed
    from supplychain.scan import pip_audit

    pytest.importorskip("pip_audit")
    scanned.know("PyPI", ["other"])
    silent = Completed(argv=("pip-audit",), code=0, stdout=b"", stderr=b"", seconds=0)
    monkeypatch.setattr(pip_audit, "run", lambda *_, **__: silent)
    cannot_tell(scanned.scan("project", "--second-opinion"), "it gave no answer")


def vex(folder: Path, product: str) -> Path:
    statement = {
        "vulnerability": {"name": "X-thing"},
        "products": [{"@id": product}],
        "status": "not_affected",
        "justification": "component_not_present",
    }
    body = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/1",
        "author": "a",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    path = folder / "vex.json"
    path.write_text(json.dumps(body))
    return path


@pytest.mark.parametrize(
    "product",
    ["pkg:pypi/thing@1.1", "pkg:pypi/thing", "pkg:npm/thing@1.0", "pkg:pypi/thing@1.0?distro=debian-12", "thing"],
)
def test_vex_that_matches_nothing_hides_nothing(scanned: Scanned, product: str) -> None:
    scanned.know("PyPI", ["thing"])
    outcome = scanned.scan("project", "--vex", vex(scanned.folder, product))
    assert_told(outcome, ExitCode.DENIED)
    assert "silenced nothing" in outcome.stderr


def test_vex_does_not_make_up_for_what_was_not_looked_at(scanned: Scanned) -> None:
    cannot_tell(scanned.scan("project", "--vex", vex(scanned.folder, "pkg:pypi/thing@1.0")), "no database")


def test_stale_database_at_the_gate(world: World) -> None:
    """Nothing found against advisories of last year: the gate does not call it clean."""
    database = DatabaseState(digest=evidence.Digest.of_bytes(b"d"), built=AT - timedelta(days=365), records=10)
    coverage = Coverage(asked=2, looked_at=2, database=database)
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, coverage=coverage), by="scanner")
    assert "DATABASE_STALE" in world.gate("staging").warnings
    world.put(evidence.summary(world.artifact, "staging", at=AT - HOUR / 4))
    outcome = world.gate("production")
    assert_told(outcome, ExitCode.DENIED)
    assert "DATABASE_STALE" in outcome.codes


def test_scan_without_database_at_the_gate(world: World) -> None:
    coverage = Coverage(asked=2, looked_at=2)
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, coverage=coverage), by="scanner")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert "DATABASE_MISSING" in outcome.codes


def test_baseline_that_cannot_be_read_is_not_an_empty_one(scanned: Scanned) -> None:
    scanned.know("PyPI", ["thing"])
    path = scanned.write("old.json", "{}")
    outcome = scanned.run("scan", "project", "--only", "deps", "--since", path, "--fail-on-new", "any")
    assert outcome.exit_code == ExitCode.MALFORMED
    outcome = scanned.run("scan", "project", "--only", "deps", "--since", "no-such-revision", "--fail-on-new", "any")
    assert outcome.exit_code == ExitCode.USAGE
