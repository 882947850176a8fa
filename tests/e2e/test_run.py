"""`run` on real small projects, through the installed program: verdicts, exit codes, repetition, missing knowledge, kills."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from supplychain.encoding import parse_json
from supplychain.signing.envelope import Envelope
from supplychain.statement.statement import Statement

AT = "2026-01-02T03:04:05Z"
RECORDS = [
    ("T-1", "jinja2", "2.11.3", ["CVE-2020-28493"]),
    ("T-2", "jinja2", "2.10.1", ["CVE-2019-10906"]),
    ("CVE-2019-10906", "jinja2", "2.10.1", ["T-2"]),
    ("T-3", "django", "1.8.19", []),
]


class Project:
    """A folder with a requirements file, a home, and the program."""

    def __init__(self, root: Path) -> None:
        self.root = root / "project"
        self.root.mkdir()
        self.env = {**os.environ, "SUPPLYCHAIN_HOME": str(root / "home"), "NO_COLOR": "1"}

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "supplychain", *words]
        return subprocess.run(argv, cwd=self.root, env=self.env, capture_output=True, text=True, timeout=120)

    def run(self, to: str = "staging", *more: str) -> tuple[int, dict]:
        done = self.call("run", ".", "--to", to, "--at", AT, "--format", "json", *more)
        return done.returncode, json.loads(done.stdout)

    def pin(self, text: str) -> None:
        (self.root / "requirements.txt").write_text(text)

    def advisories(self) -> None:
        folder = self.root.parent / "advisories"
        folder.mkdir()
        for name, package, fixed, aliases in RECORDS:
            events = [{"introduced": "0"}, {"fixed": fixed}]
            affected = {
                "package": {"ecosystem": "PyPI", "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
            record = {"id": name, "modified": "2026-01-01T00:00:00Z", "aliases": aliases, "affected": [affected]}
            (folder / f"{name}.json").write_text(json.dumps(record))
        done = self.call("db", "import", "--snapshot", "2026-01-02T00:00:00Z", str(folder))
        assert done.returncode == 0, done.stderr

    def evidence(self) -> dict[str, bytes]:
        store = self.root / ".supplychain" / "store"
        return {str(p.relative_to(store)): p.read_bytes() for p in sorted(store.rglob("*")) if p.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_vulnerable_pins_are_denied_each_advisory_once_with_its_fix(project: Project) -> None:
    project.pin("django==1.8\njinja2==2.4.1\n")
    project.advisories()
    code, told = project.run()
    assert (code, told["verdict"]) == (10, "DENY")
    reasons = [v for v in told["decisions"][-1]["violations"] if v["code"] == "VULNERABILITY_FOUND"]
    assert sorted((r["evidence"]["name"], r["evidence"]["fixed"]) for r in reasons) == [
        ("django", ["1.8.19"]),
        ("jinja2", ["2.10.1"]),
        ("jinja2", ["2.11.3"]),
    ]
    assert all(r["fix"] for r in reasons)


def test_without_a_database_it_cannot_tell(project: Project) -> None:
    project.pin("django==1.8\njinja2==2.4.1\n")
    code, told = project.run()
    assert (code, told["verdict"]) == (7, "CANNOT_TELL")
    assert "CANNOT-TELL" in project.call("run", ".", "--to", "staging", "--at", AT).stdout


def test_a_second_run_repeats_the_first_to_the_byte(project: Project) -> None:
    project.pin("jinja2==3.1.6\n")
    project.advisories()
    first = project.run()
    before = project.evidence()
    second = project.run()
    assert first[0] == 0
    assert {**first[1], "scans": None} == {**second[1], "scans": None}
    assert all(scan["reused"] for scan in second[1]["scans"])
    assert project.evidence() == before


def test_a_dirty_tree_does_not_reach_production(project: Project) -> None:
    project.pin("jinja2==3.1.6\n")
    project.advisories()
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
    subprocess.run([*git, "init", "-q"], cwd=project.root, check=True)
    subprocess.run([*git, "add", "."], cwd=project.root, check=True)
    subprocess.run([*git, "commit", "-qm", "x"], cwd=project.root, check=True)
    project.pin("jinja2==3.1.6\n# a change nobody committed\n")
    code, told = project.run("production")
    assert code == 10
    assert [v["code"] for v in told["decisions"][-1]["violations"]] == ["PROVENANCE_SOURCE_DIRTY"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("requirements.txt", b"jinja2==3.1.6\n\xff\xfe\n", 5),
        ("poetry.lock", b'[[package]]\nname = "jinja2"\nversion = "3.', 5),
        ("supplychain.yaml", b"version: 1\nnonsense: 2\n", 5),
        ("supplychain.yaml", b"", 5),
        ("trust.yaml", b"version: 1\n", 5),
    ],
)
def test_a_broken_file_is_named(project: Project, name: str, content: bytes, code: int) -> None:
    project.pin("jinja2==3.1.6\n")
    (project.root / name).write_bytes(content)
    done = project.call("run", ".", "--to", "dev", "--at", AT)
    assert done.returncode == code, done.stderr
    assert name in done.stderr


def test_a_failed_build_cannot_tell_and_the_rest_is_kept(project: Project) -> None:
    project.pin("jinja2==3.1.6\n")
    project.advisories()
    text = 'version: 1\nbuild: {command: ["false"], products: ["dist/*"]}\n'
    (project.root / "supplychain.yaml").write_text(text)
    code, told = project.run()
    assert (code, told["verdict"], told["failures"][0]["code"]) == (4, "CANNOT_TELL", "BUILD_FAILED")
    kinds = {Path(name).name.split("-")[0] for name in project.evidence() if name.startswith("evidence")}
    assert kinds == {"sbom", "scan", "vulns"}


def test_a_build_out_of_time_cannot_tell(project: Project) -> None:
    project.pin("jinja2==3.1.6\n")
    text = 'version: 1\nbuild: {command: [sleep, "60"], products: ["dist/*"], timeout_s: 0.3}\n'
    (project.root / "supplychain.yaml").write_text(text)
    code, told = project.run()
    assert (code, told["verdict"], told["failures"][0]["code"]) == (4, "CANNOT_TELL", "TIME_LIMIT")


def test_killed_at_any_moment_every_kept_file_is_whole(project: Project) -> None:
    project.pin("jinja2==3.1.6\n")
    project.advisories()
    argv = [sys.executable, "-m", "supplychain", "run", ".", "--to", "production"]
    moments = random.Random(7)
    for _ in range(12):
        with subprocess.Popen(
            argv,
            cwd=project.root,
            env=project.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as child:
            time.sleep(moments.uniform(0.15, 0.9))
            os.killpg(child.pid, signal.SIGKILL)
        for name, data in project.evidence().items():
            if name.endswith(".sigstore.json"):
                Statement.parse(Envelope.parse(data, where=name).payload, where=name)
            elif not Path(name).name.startswith("."):
                parse_json(data, where=name)
    assert project.run("dev")[0] == 0
