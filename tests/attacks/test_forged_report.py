"""Reports made to look good: no test in them, totals that lie, one report twice, an old one, another's statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_quality
from supplychain.statement.predicates.test_result import QualityResult
from tests.simulator.people import People
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World

STAMP = 'timestamp="2026-11-20T23:30:00Z"'
GOOD = f'<testsuite tests="2" failures="0" {STAMP}><testcase name="a"/><testcase name="b"/></testsuite>'


@pytest.fixture
def people(world: World) -> People:
    world.rules.append({"claims": ["test-result"], "signers": ["release"], "artifacts": ["shop-*"]})
    world.write_trust()
    people = People(world)
    people.ask("tests", min_tests=2)
    assert world.gate().codes == {"TESTS_MISSING"}
    return people


def attest(people: People, *texts: str, more: tuple[str, ...] = ()) -> Outcome:
    words: list[str | Path] = []
    for i, text in enumerate(texts):
        path = people.world.folder / f"report-{i}.xml"
        path.write_text(text, encoding="utf-8")
        words += ["--file", path]
    return people.world.run("attest", "test", people.world.file, *words, "--at", "2026-11-21T00:00:00Z", *more)


def test_an_honest_report_passes(people: People) -> None:
    assert_told(attest(people, GOOD), ExitCode.OK)
    assert_told(people.world.gate(), ExitCode.OK)


@pytest.mark.parametrize(
    ("text", "code", "exit_code"),
    [
        (f"<testsuites tests='0' failures='0' {STAMP}/>", "REPORT_EMPTY", ExitCode.NOTHING_TO_CHECK),
        ("<testsuite tests='9000' failures='0'/>", "REPORT_CONTRADICTS", ExitCode.MALFORMED),
        ("<testsuite><testcase name='a'><skipped/></testcase></testsuite>", "REPORT_EMPTY", ExitCode.NOTHING_TO_CHECK),
        (GOOD.replace('<testcase name="b"/>', ""), "REPORT_CONTRADICTS", ExitCode.MALFORMED),
        (GOOD.replace("2026", "2036"), "REPORT_FROM_THE_FUTURE", ExitCode.MALFORMED),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><testsuite/>", "XML_ENTITY", ExitCode.MALFORMED),
        (GOOD[:-5], "NOT_XML", ExitCode.MALFORMED),
        ("all tests passed", "REPORT_UNKNOWN", ExitCode.MALFORMED),
    ],
)
def test_a_report_that_proves_nothing_is_not_signed(people: People, text: str, code: str, exit_code: ExitCode) -> None:
    assert_told(attest(people, text), exit_code, code)
    assert people.world.gate().codes == {"TESTS_MISSING"}


def test_one_report_twice(people: People) -> None:
    assert_told(attest(people, GOOD, GOOD), ExitCode.USAGE, "REPORT_TWICE")


def test_a_failure_among_several_reports_is_not_lost(people: People) -> None:
    bad = "<testsuite><testcase name='c'><failure/></testcase></testsuite>"
    assert_told(attest(people, GOOD, bad), ExitCode.OK)
    assert "TESTS_FAILED" in people.world.gate().codes


def test_a_signed_statement_without_tests(people: People) -> None:
    """Whoever may sign may also lie about the result; the numbers are judged, not the word."""
    empty = {"tests": 0, "passed": 0, "failed": 0, "skipped": 0, "flaky": 0}
    for measured in (empty, {**empty, "tests": 5, "skipped": 5}):
        result = QualityResult(
            result="PASSED", kind="tests", finished=AT - HOUR / 2, time_from="given", measured=measured
        )
        people.world.put(state_quality([people.world.artifact], result))
        outcome = people.world.gate()
        assert_told(outcome, ExitCode.DENIED)
        assert outcome.codes == {"TESTS_TOO_FEW"}
        people.world.forget("test-result")


def test_an_older_report_hides_no_newer_one(people: People) -> None:
    bad = "<testsuite><testcase name='c'><failure/></testcase></testsuite>"
    assert_told(attest(people, bad, more=("--finished", "2026-11-20T23:59:00Z")), ExitCode.OK)
    assert_told(attest(people, GOOD), ExitCode.OK)
    assert "TESTS_FAILED" in people.world.gate().codes


def test_an_old_report_is_stale(people: People) -> None:
    people.ask("tests", max_age_hours=1)
    assert_told(attest(people, GOOD, more=("--finished", "2026-11-20T22:59:59Z")), ExitCode.OK)
    assert people.world.gate().codes == {"TESTS_STALE"}


def test_signed_by_somebody_who_may_not(people: People) -> None:
    people.world.rules[-1]["signers"] = ["scanner"]
    people.write_trust()
    assert_told(attest(people, GOOD), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
