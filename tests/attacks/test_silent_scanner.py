"""Scanner that prints nothing, or findings, and exits 0; scanner output truncated: none of it reads as clean."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from tests.simulator.project import FINDS, HONEST, Project, reasons
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR


@pytest.fixture
def project(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)  # type: ignore[arg-type]


def test_an_honest_scanner_that_saw_nothing(project: Project) -> None:
    project.semgrep(HONEST)
    outcome = project.run()
    assert_told(outcome, ExitCode.OK)
    assert outcome.json["verdict"] == "ALLOW"


def test_findings_and_exit_0(project: Project) -> None:
    project.semgrep(FINDS)
    outcome = project.run()
    assert_told(outcome, ExitCode.DENIED)
    assert reasons(outcome) == {"SAST_FOUND"}


@pytest.mark.parametrize(
    "behaviour",
    [
        "pass",
        "print()",
        "print('no findings')",
        "print(json.dumps(report)[: len(json.dumps(report)) // 2])",
        "report['paths']['scanned'] = []; print(json.dumps(report))",
        "del report['results']; print(json.dumps(report))",
        "report['version'] = '0.0.1'; print(json.dumps(report))",
        "report['skipped_rules'] = [{'rule_id': 'x'}]; print(json.dumps(report))",
        "report['errors'] = [{'type': 'Timeout', 'path': names[0], 'spans': []}]; print(json.dumps(report))",
        "report['results'] = [{**finding, 'check_id': 'rules.nobody-knows'}]; print(json.dumps(report))",
        "print(json.dumps(report)); sys.exit(3)",
        "print(json.dumps(report)); print('{}')",
        "os.kill(os.getpid(), 9)",
    ],
    ids=[
        "nothing", "a line", "words", "truncated", "looked at nothing", "no results", "another program", "rules skipped",
        "timed out", "another rule", "failed", "two documents", "killed",
    ],
)  # fmt: skip
def test_cannot_tell(project: Project, behaviour: str) -> None:
    """Blocks with an exit code of its own; the summary is not made, so nothing is promoted by it."""
    project.semgrep(behaviour)
    outcome = project.run()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.json["verdict"] == "CANNOT_TELL"
    assert "SCAN_INCOMPLETE" in reasons(outcome)
    assert len(outcome.json["decisions"]) == 1


def test_a_scan_that_failed_is_not_kept(project: Project) -> None:
    project.semgrep("pass")
    assert_told(project.run(), ExitCode.POLICY_NOT_EVALUATED)
    project.semgrep(HONEST)
    assert_told(project.run(at=AT + HOUR), ExitCode.OK)
