"""Reports into statements: by `run` for a project, and one by one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supplychain.errors import ExitCode, MalformedInput, NothingToCheck, SupplychainError, UsageError
from supplychain.pipeline.config import Config, load_config
from supplychain.pipeline.quality import ReportRequest, quality_of, read_reports
from supplychain.statement.predicates.test_result import EXTENSION, QualityResult
from tests.simulator.project import Project, reasons
from tests.simulator.world import AT

JUNIT = "<testsuite><testcase name='a'/></testsuite>"
LCOV = "SF:m.py\nDA:1,1\nend_of_record\n"
BENCH = {"results": [{"command": "ls", "median": 0.5}]}


def write(folder: Path, name: str, text: str, *, at: datetime | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if at:
        os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def read(*files: Path, **more: object) -> tuple[QualityResult, ...]:
    return read_reports(ReportRequest(files=files, **more), at=AT)  # type: ignore[arg-type]


def test_one_result_for_each_kind(tmp_path: Path) -> None:
    found = read(write(tmp_path, "l", LCOV), write(tmp_path, "j", JUNIT), write(tmp_path, "k", JUNIT + " "))
    assert [result.kind for result in found] == ["tests", "coverage"]
    assert found[0].measured == {"tests": 2, "passed": 2, "failed": 0, "skipped": 0, "flaky": 0}
    assert [file.name for file in found[0].files] == ["j", "k"]


def test_the_time_is_the_reports_or_the_files_and_never_later_than_now(tmp_path: Path) -> None:
    old = datetime(2026, 11, 1, tzinfo=UTC)
    (result,) = read(write(tmp_path, "j", JUNIT, at=old))
    assert (result.finished, result.time_from) == (old, "file")
    stamped = JUNIT.replace("<testsuite", '<testsuite timestamp="2026-11-02T00:00:00Z"')
    (result,) = read(write(tmp_path, "s", stamped))
    assert (result.finished, result.time_from) == (datetime(2026, 11, 2, tzinfo=UTC), "report")
    (result,) = read(write(tmp_path, "n", JUNIT, at=AT.replace(hour=12)))
    assert result.finished == AT
    with pytest.raises(MalformedInput) as error:
        read(write(tmp_path, "f", JUNIT, at=AT.replace(month=12)))
    assert error.value.code == "REPORT_FROM_THE_FUTURE"


def test_a_baseline_is_for_benchmarks_only(tmp_path: Path) -> None:
    bench, junit = write(tmp_path, "b", json.dumps(BENCH)), write(tmp_path, "j", JUNIT)
    before = write(tmp_path, "before", json.dumps(BENCH) + "\n")
    (result,) = read(bench, baseline=before)
    assert [file.role for file in result.files] == ["report", "baseline"]
    for files, baseline in (((junit,), before), ((bench,), junit)):
        with pytest.raises(UsageError) as error:
            read(*files, baseline=baseline)
        assert error.value.code == "BAD_BASELINE"


def config(tmp_path: Path, text: str) -> Config:
    write(tmp_path, "supplychain.yaml", f"version: 1\nquality:\n{text}\n")
    return load_config(tmp_path)


def code_of(found: Config, committed: int = 0) -> str:
    with pytest.raises(SupplychainError) as error:
        quality_of(found, committed=committed, at=AT)
    assert isinstance(error.value, NothingToCheck)
    return error.value.code


def test_reports_that_are_missing_or_older_than_the_commit(tmp_path: Path) -> None:
    found = config(tmp_path, '  - reports: ["out/*.xml"]')
    assert code_of(found) == "REPORT_MISSING"
    old = datetime(2026, 11, 1, tzinfo=UTC)
    write(tmp_path, "out/j.xml", JUNIT, at=old)
    assert code_of(found, int(old.timestamp()) + 1) == "REPORT_STALE"
    (result,) = quality_of(found, committed=int(old.timestamp()), at=AT)
    assert result.files[0].name == "out/j.xml"


def test_a_link_that_leads_out_is_no_report(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside.xml", JUNIT)
    found = config(tmp_path / "in", '  - reports: ["*.xml"]')
    (tmp_path / "in" / "j.xml").symlink_to(outside)
    assert code_of(found) == "REPORT_MISSING"


@pytest.mark.parametrize(
    "text",
    [
        "  reports: [a]",
        "  - reports: []",
        '  - reports: ["/etc/*"]',
        '  - reports: ["../*.xml"]',
        '  - {reports: ["*.xml"], colour: red}',
        '  - {reports: ["*.xml"], baseline: 5}',
    ],
)
def test_bad_configuration(tmp_path: Path, text: str) -> None:
    with pytest.raises(MalformedInput) as error:
        config(tmp_path, text)
    assert error.value.code == "BAD_CONFIG"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path, monkeypatch)
    write(made.root, "supplychain.yaml", 'version: 1\nquality:\n  - reports: ["reports/*"]\n')
    return made


def test_run_attests_the_reports_of_a_project(project: Project) -> None:
    write(project.root, "reports/j.xml", JUNIT)
    write(project.root, "reports/l.info", LCOV)
    outcome = project.run()
    assert outcome.exit_code == int(ExitCode.OK), outcome.stderr
    assert not reasons(outcome)
    kept = sorted((project.root / ".supplychain" / "store").rglob("test-result-*.sigstore.json"))
    assert len(kept) == 2
    assert EXTENSION == "urn:supplychain:quality"
    again = project.run()
    assert again.exit_code == int(ExitCode.OK)
    assert sorted((project.root / ".supplychain" / "store").rglob("test-result-*.sigstore.json")) == kept


@pytest.mark.parametrize(("text", "code"), [("", "REPORT_MISSING"), ("<testsuite/>", "REPORT_EMPTY")])
def test_run_cannot_tell_without_a_report(project: Project, text: str, code: str) -> None:
    if text:
        write(project.root, "reports/j.xml", text)
    outcome = project.run()
    assert outcome.exit_code == int(ExitCode.NOTHING_TO_CHECK)
    assert [failure["code"] for failure in outcome.json["failures"]] == [code]
    assert outcome.json["verdict"] == "CANNOT_TELL"
