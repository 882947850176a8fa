"""Reports into statements: by `run` for a project, and one by one."""

from __future__ import annotations

import json
import os
import subprocess
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


def test_entries_about_one_kind_are_one_result_for_of_several_only_the_newest_counts(tmp_path: Path) -> None:
    """The newer report of the integration tests must not hide that the unit tests failed."""
    failed = "<testsuite><testcase name='b'><failure/></testcase></testsuite>"
    write(tmp_path, "unit.xml", failed, at=AT.replace(day=20, hour=10))
    write(tmp_path, "integration.xml", JUNIT, at=AT.replace(day=20, hour=11))
    found = quality_of(config(tmp_path, "  - reports: [unit.xml]\n  - reports: [integration.xml]"), committed=0, at=AT)
    assert [(result.kind, result.result, result.failed) for result in found] == [("tests", "FAILED", ("b",))]
    assert found[0].finished == AT.replace(day=20, hour=10)


def test_each_entry_may_have_a_baseline(tmp_path: Path) -> None:
    for name, command, median in (("a", "ls", 2), ("a0", "ls", 1), ("b", "cp", 1), ("b0", "cp", 1), ("c0", "ls", 9)):
        write(tmp_path, f"{name}.json", json.dumps({"results": [{"command": command, "median": median}]}))
    entries = ["  - {reports: [a.json], baseline: a0.json}", "  - {reports: [b.json], baseline: b0.json}"]
    (result,) = quality_of(config(tmp_path, "\n".join(entries)), committed=0, at=AT)
    assert [file.role for file in result.files] == ["report", "report", "baseline", "baseline"]
    assert result.measured is not None
    assert [entry["name"] for entry in result.measured["worst"]] == ["ls", "cp"]
    with pytest.raises(MalformedInput) as error:
        quality_of(
            config(tmp_path, "\n".join([*entries, "  - {reports: [a.json], baseline: c0.json}"])), committed=0, at=AT
        )
    assert error.value.code == "BAD_REPORT"


def test_a_report_that_is_part_of_the_commit_is_older_than_it(tmp_path: Path) -> None:
    """A clone gives every file the time of the clone, so a passing report in the repository would look fresh for ever."""
    found = config(tmp_path, '  - reports: ["out/*.xml"]')
    report = write(tmp_path, "out/j.xml", JUNIT, at=AT)
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@shop.example"]
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)
    assert code_of(found) == "REPORT_COMMITTED"
    (tmp_path / "out" / "link.xml").symlink_to(report)
    found = config(tmp_path, '  - reports: ["out/link.xml"]')
    assert code_of(found) == "REPORT_COMMITTED"
    write(tmp_path, "out/j.xml", JUNIT + "<!-- of another run -->", at=AT)
    (result,) = quality_of(found, committed=0, at=AT)
    assert result.files[0].name == "out/link.xml"


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
