"""JUnit: what counts as passed, and which reports are refused rather than believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from supplychain.errors import MalformedInput, NothingToCheck
from supplychain.scan.importers.junit import parse_junit


def suite(cases: str, **attributes: str) -> bytes:
    text = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f'<?xml version="1.0"?><testsuites><testsuite {text}>{cases}</testsuite></testsuites>'.encode()


PASS = '<testcase classname="a" name="one"/>'
FAIL = '<testcase classname="a" name="two"><failure message="x">assert 0</failure></testcase>'
ERROR = '<testcase classname="a" name="three"><error/></testcase>'
SKIP = '<testcase classname="a" name="four"><skipped/></testcase>'
FLAKY = '<testcase classname="a" name="five"><flakyFailure/></testcase>'


def test_each_outcome_counts_as_what_it_is() -> None:
    report = parse_junit(
        suite(PASS + FAIL + ERROR + SKIP + FLAKY, tests="5", failures="1", errors="1", skipped="1"), "j"
    )
    assert report.passed_tests == ("a.one",)
    assert report.failed_tests == ("a.two", "a.three")
    assert report.warned_tests == ("a.five", "a.four")
    assert report.skipped == 1


def test_the_time_is_the_latest_end_and_only_with_a_zone() -> None:
    report = parse_junit(suite(PASS, timestamp="2026-11-21T08:00:00+01:00", time="61.5"), "j")
    assert report.finished == datetime(2026, 11, 21, 7, 1, 1, tzinfo=UTC)
    assert parse_junit(suite(PASS, timestamp="2026-11-21T08:00:00", time="1"), "j").finished is None
    assert parse_junit(suite(PASS, timestamp="2026-11-21T08:00:00Z", time="soon"), "j").finished is None


@pytest.mark.parametrize("cases", ["", SKIP, SKIP * 3])
def test_nothing_that_ran_is_no_pass(cases: str) -> None:
    with pytest.raises(NothingToCheck) as error:
        parse_junit(suite(cases), "j")
    assert error.value.code == "REPORT_EMPTY"


@pytest.mark.parametrize(
    ("cases", "stated"),
    [
        (PASS, {"tests": "100"}),
        (PASS + SKIP, {"tests": "1"}),
        (PASS, {"failures": "1"}),
        (FAIL, {"failures": "0", "errors": "0"}),
        (PASS + SKIP, {"skipped": "0"}),
        (PASS, {"skipped": "4"}),
    ],
)
def test_totals_that_contradict_the_cases_are_refused(cases: str, stated: dict[str, str]) -> None:
    with pytest.raises(MalformedInput) as error:
        parse_junit(suite(cases, **stated), "j")
    assert error.value.code == "REPORT_CONTRADICTS"


def test_totals_of_an_outer_suite_are_those_of_all_in_it() -> None:
    inner = suite(PASS + FAIL, tests="2", failures="1", errors="0").decode().partition("?>")[2]
    inner = inner.removeprefix("<testsuites>").removesuffix("</testsuites>")
    whole = f'<testsuites tests="4" failures="2" errors="0">{inner * 2}</testsuites>'.encode()
    assert len(parse_junit(whole, "j").failed_tests) == 2
    with pytest.raises(MalformedInput):
        parse_junit(whole.replace(b'tests="4"', b'tests="9"'), "j")


def test_a_test_that_fails_to_clean_up_may_count_twice() -> None:
    assert parse_junit(suite(ERROR, tests="2", errors="1"), "j").failed_tests == ("a.three",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<coverage/>", "BAD_REPORT"),
        (b"<testsuite><testcase><testcase/></testcase></testsuite>", "BAD_REPORT"),
        (b"<testsuite>", "NOT_XML"),
        (b"", "NOT_XML"),
        (b'<?xml version="1.0" encoding="klingon"?><testsuite/>', "NOT_XML"),
        (suite(PASS, tests="many"), "BAD_REPORT"),
        (suite(PASS, tests="-1"), "BAD_REPORT"),
    ],
)
def test_what_is_no_report_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(MalformedInput) as error:
        parse_junit(data, "j")
    assert error.value.code == code


GOOGLETEST = '<testcase classname="a" name="DISABLED_six" status="notrun" result="suppressed" time="0"/>'
CTEST = '<testcase classname="a" name="six" status="disabled"><properties/><system-out>Disabled</system-out></testcase>'


@pytest.mark.parametrize("left_out", [GOOGLETEST, CTEST])
def test_what_says_only_of_itself_that_it_did_not_run_has_not_passed(left_out: str) -> None:
    """As GoogleTest and CTest write it: among `disabled`, not among `skipped`, and no element says so."""
    report = parse_junit(suite(PASS + left_out, tests="2", failures="0", disabled="1", skipped="0"), "j")
    assert (report.passed_tests, report.skipped) == (("a.one",), 1)
    assert parse_junit(suite(PASS + left_out, tests="2", skipped="1"), "j").skipped == 1
    with pytest.raises(NothingToCheck):
        parse_junit(suite(left_out, tests="1"), "j")


@pytest.mark.parametrize("words", ['status="failed"', 'status="run" result="Fail "', 'result="error"'])
def test_a_case_that_calls_itself_failed_has_failed(words: str) -> None:
    report = parse_junit(suite(PASS + f'<testcase classname="a" name="six" {words}/>', tests="2"), "j")
    assert report.failed_tests == ("a.six",)
    with pytest.raises(MalformedInput):
        parse_junit(suite(f'<testcase classname="a" name="six" {words}/>', failures="0", errors="0"), "j")


def test_a_suite_that_failed_as_a_whole_is_a_test_that_failed() -> None:
    for element in ("error", "failure"):
        report = parse_junit(suite(PASS + f'<{element} message="setup"/>', name="a", tests="1", errors="1"), "j")
        assert report.failed_tests == ("a (the suite as a whole)",)


@pytest.mark.parametrize("element", ["warning", "risky", "rerun", "flakyError"])
def test_neither_a_pass_nor_a_failure_is_told(element: str) -> None:
    report = parse_junit(suite(PASS + f'<testcase classname="a" name="six"><{element}/></testcase>', skipped="0"), "j")
    assert (report.warned_tests, report.skipped, report.failed_tests) == (("a.six",), 0, ())


def test_a_test_that_is_listed_for_each_time_it_ran_is_one_test_and_no_plain_pass() -> None:
    """As pytest-rerunfailures has it: the cases are more than the total says, and some stand twice."""
    report = parse_junit(suite(PASS * 2 + FAIL + FAIL + SKIP, tests="3", failures="1", errors="0"), "j")
    assert (report.passed_tests, report.warned_tests, report.failed_tests) == ((), ("a.one", "a.four"), ("a.two",))
    assert parse_junit(suite(PASS * 2, tests="2"), "j").passed_tests == ("a.one", "a.one")


def test_a_time_after_the_last_there_is_says_nothing() -> None:
    assert parse_junit(suite(PASS, timestamp="9999-12-31T23:59:59Z", time="9"), "j").finished is None
