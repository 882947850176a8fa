"""JUnit XML, as pytest, Maven, Gradle, Jest, gotestsum and others write it: which tests ran, and how each ended.

Each case counts by what stands in it; the totals of a suite must agree, for a report that was cut or edited says two
things. A suite without cases, or with none that ran, is no pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput
from supplychain.markup import Elements, read_xml
from supplychain.scan.importers.report import Report, bad, contradicts, empty, whole

_SUITES = frozenset({"testsuites", "testsuite"})
_OUTCOMES = {
    "failure": "failure",
    "error": "error",
    "skipped": "skipped",
    "flakyFailure": "flaky",
    "flakyError": "flaky",
}
_BAD = ("failures", "errors")
_NAME_LIMIT = 500


@dataclass(slots=True, kw_only=True)
class _Suite:
    attributes: Mapping[str, str]
    cases: int = 0
    bad: int = 0
    errors: int = 0
    skipped: int = 0


@dataclass(slots=True, kw_only=True)
class _Case:
    name: str
    outcomes: list[str] = field(default_factory=list)


class _Reader(Elements):
    def __init__(self, where: str) -> None:
        self.where = where
        self.suites: list[_Suite] = []
        self.case: _Case | None = None
        self.passed: list[str] = []
        self.warned: list[str] = []
        self.failed: list[str] = []
        self.skipped = 0
        self.finished: datetime | None = None

    def begin(self, name: str, attributes: Mapping[str, str], path: tuple[str, ...]) -> None:
        if not path and name not in _SUITES:
            raise bad(self.where, "not a JUnit report", "testsuites or testsuite", name)
        if name in _SUITES:
            self.suites.append(_Suite(attributes=attributes))
            self._clock(attributes)
        elif name == "testcase":
            if self.case is not None:
                raise bad(self.where, "a test case stands in another", "testcase in testsuite", "testcase in testcase")
            self.case = _Case(name=_name(attributes))
        elif self.case is not None and name in _OUTCOMES and path[-1] == "testcase":
            self.case.outcomes.append(_OUTCOMES[name])

    def end(self, name: str, text: str) -> None:  # noqa: ARG002 - what a test printed is not read
        if name == "testcase" and self.case is not None:
            self._count(self.case)
            self.case = None
        elif name in _SUITES:
            self._check(self.suites.pop())

    def _count(self, case: _Case) -> None:
        failed = "failure" in case.outcomes or "error" in case.outcomes
        skipped = "skipped" in case.outcomes and not failed
        for suite in self.suites:
            suite.cases += 1
            suite.bad += failed
            suite.skipped += skipped
            suite.errors += case.outcomes.count("error")
        self.skipped += skipped
        if failed:
            self.failed.append(case.name)
        elif case.outcomes:
            self.warned.append(case.name)
        else:
            self.passed.append(case.name)

    def _check(self, suite: _Suite) -> None:
        """Hold the totals of a suite against its cases. What passes and then fails to clean up may count twice."""
        stated = {key: self._stated(suite, key) for key in ("tests", "failures", "errors", "skipped")}
        tests = stated["tests"]
        if tests is not None and not suite.cases <= tests <= suite.cases + suite.errors:
            raise contradicts(self.where, "tests of a suite", tests, suite.cases)
        known = [stated[key] or 0 for key in _BAD if stated[key] is not None]
        if (sum(known) > 0 and not suite.bad) or (len(known) == len(_BAD) and suite.bad and not sum(known)):
            raise contradicts(self.where, "failures and errors of a suite", sum(known), suite.bad)
        if stated["skipped"] is not None and stated["skipped"] != suite.skipped:
            raise contradicts(self.where, "skipped tests of a suite", stated["skipped"], suite.skipped)

    def _stated(self, suite: _Suite, key: str) -> int | None:
        text = suite.attributes.get(key)
        return whole(text, self.where, what=f"{key} of a suite") if text else None

    def _clock(self, attributes: Mapping[str, str]) -> None:
        """The latest time a suite gives; one without a time zone says nothing."""
        try:
            began = parse_time(attributes.get("timestamp"), where=self.where)
            took = timedelta(seconds=min(max(float(attributes.get("time") or 0), 0), 86400 * 7))
        except (MalformedInput, ValueError):
            return
        ended = (began + took).replace(microsecond=0)
        self.finished = ended if self.finished is None else max(self.finished, ended)


def parse_junit(data: bytes, where: str) -> Report:
    """Read a JUnit report.

    Raises:
        MalformedInput: Not XML, not JUnit, or its totals contradict its cases.
        NothingToCheck: No test ran.
    """
    reader = _Reader(where)
    read_xml(data, reader, where=where)
    if len(reader.passed) + len(reader.failed) + len(reader.warned) - reader.skipped <= 0:
        raise empty(where, "test that ran")
    return Report(
        kind="tests",
        tool="junit",
        finished=reader.finished,
        passed_tests=tuple(reader.passed),
        warned_tests=tuple(reader.warned),
        failed_tests=tuple(reader.failed),
        skipped=reader.skipped,
    )


def _name(attributes: Mapping[str, str]) -> str:
    parts = (attributes.get("classname", ""), attributes.get("name", ""))
    return ".".join(part for part in parts if part)[:_NAME_LIMIT] or "(no name)"
