"""action.yml, executed: its own scripts in order, under bash, as a GitHub runner would run them.

A runner is small enough to copy here: expressions in `env` and in outputs are resolved, each script
runs with `bash --noprofile --norc -e -o pipefail`, `$GITHUB_OUTPUT` is read after each step, and
the first failing step ends the job. The install step runs for real only under the `network` marker;
elsewhere the environment that it would make is put in place first, and its own check finds it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(inputs|steps)\.([\w.-]+)\s*\}\}")
AT = "2026-01-01T00:00:00Z"
DIGEST = {"sha256": "0" * 64}

# Stands for the program where only the action's own wiring is tested: notes its calls, then answers
# as it was told to.
FAKE = """\
import json, os, pathlib, sys
told = json.loads(os.environ["FAKE_ANSWERS"])
verb, words = sys.argv[1], sys.argv[1:]
with open(os.environ["FAKE_CALLS"], "a") as calls:
    key = os.environ.get("SUPPLYCHAIN_KEY")
    mode = key and oct(pathlib.Path(key).stat().st_mode & 0o777)
    seen = {"words": words, "key": key and pathlib.Path(key).read_text(), "mode": mode}
    seen["others"] = [name for name, text in os.environ.items() if "PEM" in text]
    calls.write(json.dumps(seen) + "\\n")
answer = told.get(verb, {})
if "last_run" in answer:
    folder = pathlib.Path(words[-1], ".supplychain")
    folder.mkdir(exist_ok=True)
    (folder / "last-run.json").write_text(json.dumps(answer["last_run"]))
if "--markdown" in words:
    pathlib.Path(words[words.index("--markdown") + 1]).write_text("# told\\n")
sys.exit(answer.get("code", 0))
"""


@dataclass
class Job:
    """What a runner knows while it runs one composite action."""

    workspace: Path
    temp: Path
    inputs: dict[str, str]
    action_path: Path = ROOT
    environ: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    summary: str = ""
    log: str = ""

    def value(self, template: str) -> str:
        def resolve(match: re.Match[str]) -> str:
            if match[1] == "inputs":
                return self.inputs.get(match[2], ACTION["inputs"][match[2]].get("default", ""))
            step, kind, name = match[2].split(".")
            assert kind == "outputs"
            return self.outputs.get(step, {}).get(name, "")

        text = EXPRESSION.sub(resolve, template)
        assert "${{" not in text, f"an expression this runner does not know: {template}"
        return text

    def run(self) -> int:
        """Run the steps until one fails; the failing step's exit code, else 0."""
        for number, step in enumerate(STEPS):
            code = self._step(number, step)
            if code:
                return code
        return 0

    def _step(self, number: int, step: dict[str, str]) -> int:
        script, output, summary = (self.temp / f"{name}-{number}" for name in ("step", "output", "summary"))
        script.write_text(step["run"], "utf-8")
        output.touch()
        summary.touch()
        own = {name: self.value(text) for name, text in step.get("env", {}).items()}
        runner = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.temp),
            "GITHUB_ACTION_PATH": str(self.action_path),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_ENV": os.devnull,
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            "SUPPLYCHAIN_HOME": str(self.temp / "home"),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={**runner, **self.environ, **own},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )
        self.ran.append(step["name"])
        self.log += done.stdout + done.stderr
        self.summary += summary.read_text("utf-8")
        lines = output.read_text("utf-8").splitlines()
        self.outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)
        return done.returncode

    def result(self, name: str) -> str:
        return self.value(ACTION["outputs"][name]["value"])

    def venv(self) -> Path:
        """Where the install step puts its environment."""
        sums = subprocess.check_output(["cksum"], input=str(self.action_path), text=True)
        return self.temp / f"supplychain-{sums.split()[0]}"

    def calls(self) -> list[dict[str, object]]:
        path = Path(self.environ["FAKE_CALLS"])
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


def job(tmp_path: Path, **inputs: str) -> Job:
    workspace, temp = tmp_path / "work space", tmp_path / "temp"
    (workspace / "my project").mkdir(parents=True)
    temp.mkdir()
    return Job(workspace=workspace, temp=temp, inputs={"path": "my project", "to": "dev", **inputs})


def with_fake(tmp_path: Path, answers: dict[str, object], **inputs: str) -> Job:
    """A job whose installed program is the fake."""
    made = job(tmp_path, **inputs)
    folder = made.venv() / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    program = folder / "supplychain"
    program.write_text(f"#!{sys.executable} -I\n{FAKE}", "utf-8")
    program.chmod(0o755)
    made.environ = {"FAKE_ANSWERS": json.dumps(answers), "FAKE_CALLS": str(tmp_path / "calls")}
    return made


def last_run(verdict: str, *paths: str) -> dict[str, object]:
    artifacts = [{"name": Path(path).name, "path": path, "digest": DIGEST} for path in paths]
    decided = {"environment": "dev", "verdict": verdict, "record": "r/1.json"}
    decisions = [{**decided, "artifact": {"name": one["name"], "digest": DIGEST}} for one in artifacts]
    return {"verdict": verdict, "decisions": decisions, "artifacts": artifacts, "store": "store"}


# --- what the file says --------------------------------------------------------------------------


def test_no_nested_action() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert [step["name"] for step in STEPS if "uses" in step] == []


def test_no_expression_inside_a_script() -> None:
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []


def test_every_input_travels_through_env() -> None:
    text = json.dumps([step.get("env", {}) for step in STEPS])
    passed = {match[2] for match in EXPRESSION.finditer(text) if match[1] == "inputs"}
    assert passed == set(ACTION["inputs"])


def test_every_script_is_strict_bash() -> None:
    for step in STEPS:
        assert step["shell"] == "bash"
        assert step["run"].startswith("set -euo pipefail\n"), step["name"]


def test_the_key_reaches_only_the_steps_that_sign() -> None:
    holders = [step["name"] for step in STEPS if "inputs.key" in json.dumps(step)]
    assert holders == ["Run every stage and decide", "Gate each artifact on the stored evidence"]


def test_no_input_softens_the_verdict() -> None:
    assert set(ACTION["inputs"]) == {"path", "to", "at", "config", "policies-base", "key", "database"}


def test_it_stays_short() -> None:
    assert len((ROOT / "action.yml").read_text("utf-8").splitlines()) <= 130


# --- its own wiring, around a stand-in for the program -------------------------------------------


def test_allow_is_gated_again_for_each_artifact(tmp_path: Path) -> None:
    answers = {"run": {"last_run": last_run("ALLOW", "dist/a b.whl", "dist/-c.whl")}}
    made = with_fake(tmp_path, answers, key="PEM", at=AT, config="c.yaml", **{"policies-base": "origin/main"})
    assert made.run() == 0, made.log
    ran, *gates = made.calls()
    words = ran["words"]
    assert words[:3] == ["run", "--to", "dev"]
    assert words[3] == "--markdown"
    options = ["--at", AT, "--config", "c.yaml", "--policies-base", "origin/main", "--"]
    assert words[5:] == [*options, "my project"]
    assert [gate["words"][-1] for gate in gates] == ["dist/a b.whl", "dist/-c.whl"]
    for gate in gates:
        assert gate["words"][:5] == ["gate", "--env", "dev", "--project", "my project"]
        assert gate["words"][5:-1] == options
    assert made.summary == "# told\n"
    assert made.result("verdict") == "ALLOW"
    assert made.result("decision") == "r/1.json"
    artifacts = json.loads(made.result("artifacts"))
    assert [one["path"] for one in artifacts] == ["dist/a b.whl", "dist/-c.whl"]


def test_the_key_is_a_private_file_for_as_long_as_a_step_signs(tmp_path: Path) -> None:
    made = with_fake(tmp_path, {"run": {"last_run": last_run("ALLOW", "a")}}, key="PEM")
    assert made.run() == 0, made.log
    assert [(call["key"], call["mode"]) for call in made.calls()] == [("PEM\n", "0o600")] * 2
    assert [call["others"] for call in made.calls()] == [[], []]
    assert [path for path in made.temp.rglob("key.*") if path.is_file()] == []
    assert "PEM" not in made.log


def test_without_a_key_the_program_finds_its_own(tmp_path: Path) -> None:
    made = with_fake(tmp_path, {"run": {"last_run": last_run("ALLOW", "a")}})
    assert made.run() == 0, made.log
    assert [call["key"] for call in made.calls()] == [None, None]


@pytest.mark.parametrize(
    ("code", "verdict"), [(10, "DENY"), *((code, "CANNOT_TELL") for code in (1, 2, 3, 4, 5, 6, 7))]
)
def test_any_other_exit_code_ends_the_job_with_itself(tmp_path: Path, code: int, verdict: str) -> None:
    made = with_fake(tmp_path, {"run": {"code": code, "last_run": last_run(verdict, "a.whl")}})
    assert made.run() == code
    assert made.result("verdict") == verdict
    assert made.result("decision") == "r/1.json"
    assert [call["words"][0] for call in made.calls()] == ["run"]


def test_a_verdict_left_by_an_earlier_run_is_not_reported(tmp_path: Path) -> None:
    made = with_fake(tmp_path, {"run": {"code": 1}})
    left = made.workspace / "my project/.supplychain/last-run.json"
    left.parent.mkdir()
    left.write_text(json.dumps(last_run("ALLOW", "a.whl")), "utf-8")
    assert made.run() == 1
    assert made.result("verdict") == "CANNOT_TELL"
    assert made.result("artifacts") == "[]"


@pytest.mark.parametrize("answer", [{}, {"last_run": last_run("DENY", "a.whl")}, {"last_run": {}}])
def test_success_without_a_recorded_allow_fails(tmp_path: Path, answer: dict[str, object]) -> None:
    made = with_fake(tmp_path, {"run": answer})
    assert made.run() == 1
    assert made.result("verdict") == ""
    assert "recorded no ALLOW" in made.log


def test_an_allow_without_artifacts_is_nothing_to_check(tmp_path: Path) -> None:
    made = with_fake(tmp_path, {"run": {"last_run": last_run("ALLOW")}})
    assert made.run() == 3


@pytest.mark.parametrize("code", [4, 10])
def test_a_gate_that_does_not_agree_ends_the_job(tmp_path: Path, code: int) -> None:
    answers = {"run": {"last_run": last_run("ALLOW", "a", "b")}, "gate": {"code": code}}
    made = with_fake(tmp_path, answers)
    assert made.run() == code
    assert [call["words"][0] for call in made.calls()] == ["run", "gate"]


def test_a_database_is_imported_first(tmp_path: Path) -> None:
    answers = {"run": {"last_run": last_run("ALLOW", "a")}}
    made = with_fake(tmp_path, answers, database="all of it.zip\n\n-other.zip\n")
    assert made.run() == 0, made.log
    assert made.calls()[0]["words"] == ["db", "import", "--", "all of it.zip", "-other.zip"]


def test_a_database_that_cannot_be_imported_ends_the_job(tmp_path: Path) -> None:
    made = with_fake(tmp_path, {"db": {"code": 5}}, database="half.zip")
    assert made.run() == 5
    assert made.result("verdict") == ""


@pytest.mark.parametrize("name", ["path", "to", "at", "config", "key", "database"])
def test_an_input_is_data_never_script(tmp_path: Path, name: str) -> None:
    hostile = f'"; touch "{tmp_path}/pwned"; $(touch "{tmp_path}/pwned") `touch "{tmp_path}/pwned"`'
    made = with_fake(tmp_path, {"run": {"code": 10}}, **{name: hostile})
    assert made.run() == 10
    assert not (tmp_path / "pwned").exists()
    assert hostile in json.dumps(made.calls(), ensure_ascii=False).replace('\\"', '"')


def test_an_old_python_is_a_usage_error(tmp_path: Path) -> None:
    made = job(tmp_path)
    folder = tmp_path / "old"
    folder.mkdir()
    python = folder / "python3"
    python.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    python.chmod(0o755)
    made.environ = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    assert made.run() == 2
    assert "3.11" in made.log


# --- around the program itself -------------------------------------------------------------------


def project(folder: Path) -> None:
    """A small project with one locked dependency, under git."""
    (folder / "hello.py").write_text('print("hello")\n', "utf-8")
    (folder / "requirements.txt").write_text("somebody==1.0\n", "utf-8")
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)


def with_program(tmp_path: Path, **inputs: str) -> Job:
    """A job whose installed program is this tree's, and whose project is committed."""
    made = job(tmp_path, **inputs)
    folder = made.venv() / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    program = folder / "supplychain"
    start = "import sys\nfrom supplychain.cli.main import main\nsys.exit(main())\n"
    program.write_text(f"#!{sys.executable}\n{start}", "utf-8")
    program.chmod(0o755)
    made.environ = {"PYTHONPATH": str(ROOT)}
    project(made.workspace / "my project")
    return made


def advisories(folder: Path) -> None:
    """One advisory that concerns nothing here, changed just now: a database that is fresh."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    event = {"events": [{"introduced": "0"}], "type": "ECOSYSTEM"}
    record = {
        "id": "PYSEC-2024-1",
        "modified": now,
        "published": now,
        "affected": [{"package": {"ecosystem": "PyPI", "name": "nobody"}, "ranges": [event]}],
    }
    folder.mkdir()
    (folder / "PYSEC-2024-1.json").write_text(json.dumps(record), "utf-8")


def test_the_real_program_allows_and_its_evidence_allows_again(tmp_path: Path) -> None:
    made = with_program(tmp_path, database="advisories")
    advisories(made.workspace / "advisories")
    assert made.run() == 0, made.log
    assert made.ran == [step["name"] for step in STEPS]
    assert made.result("verdict") == "ALLOW"
    assert (made.workspace / made.result("decision")).is_file()
    assert [one["digest"][:7] for one in json.loads(made.result("artifacts"))] == ["sha256:"]
    assert "ALLOW" in made.summary


def test_the_real_program_cannot_tell_without_an_advisory_database(tmp_path: Path) -> None:
    made = with_program(tmp_path)
    assert made.run() in {3, 4, 7}, made.log
    assert made.result("verdict") == "CANNOT_TELL"
    assert "Traceback" not in made.log


@pytest.mark.network
def test_the_install_step_installs_from_the_lock(tmp_path: Path) -> None:
    made = job(tmp_path)
    made.action_path = tmp_path / "action"
    ignore = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "dist")
    shutil.copytree(ROOT, made.action_path, ignore=ignore)
    made.environ = {name: text for name, text in os.environ.items() if name.startswith("PIP_")}
    assert made._step(0, STEPS[0]) == 0, made.log
    assert os.access(made.venv() / "bin/supplychain", os.X_OK)
    assert made.outputs["install"]["venv"] == str(made.venv())
