"""JUnit XML, as pytest, Maven, Gradle, Jest, gotestsum and others write it: which tests ran, and how each ended.

Each case counts by what stands in it, or by its own word (`status="notrun"`: GoogleTest and CTest say no more of one
that did not run). The totals of a suite must agree, for a report that was cut or edited says two things. A suite with
no case that ran is no pass, and one that failed as a whole is a test that failed.
"""

from __future__ import annotations

from collections import Counter
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
    "ignored": "skipped",
    "disabled": "skipped",
    "flakyFailure": "flaky",
    "flakyError": "flaky",
    "rerun": "flaky",
    "warning": "flaky",
    "risky": "flaky",
}
"""What an element in a test case says: `flaky` stands for whatever is neither a pass nor a failure nor left out."""
_FAILED = ("fail", "failed", "failure", "error", "errored", "broken", "timeout", "interrupted")
_LEFT_OUT = ("notrun", "not_run", "suppressed", "disabled", "skip", "skipped", "ignored", "pending")
_WORDS = {**dict.fromkeys(_FAILED, "failure"), **dict.fromkeys(_LEFT_OUT, "left out")}
"""What a case says of itself, in `status` or `result`."""
_BAD = ("failures", "errors")
_NAME_LIMIT = 500


@dataclass(slots=True, kw_only=True)
class _Suite:
    attributes: Mapping[str, str]
    cases: int = 0
    bad: int = 0
    errors: int = 0
    skipped: int = 0
    """Cases with an element that says so."""
    left_out: int = 0
    """Cases that say so of themselves alone; no tool counts them among the skipped."""
    names: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class _Case:
    name: str
    words: frozenset[str]
    outcomes: list[str] = field(default_factory=list)


class _Reader(Elements):
    def __init__(self, where: str) -> None:
        self.where = where
        self.suites: list[_Suite] = []
        self.case: _Case | None = None
        self.passed: list[str] = []
        self.warned: list[str] = []
        self.failed: list[str] = []
        self.skipped: list[str] = []
        self.repeats = False
        """Whether a suite lists a test again for each time it was run."""
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
            self.case = _Case(name=_name(attributes), words=_words(attributes))
        elif name in _OUTCOMES:
            self._outcome(name, path[-1])

    def _outcome(self, name: str, parent: str) -> None:
        """What befell a case, or the suite as a whole: its setup failed, or it could not be run."""
        if self.case is not None and parent == "testcase":
            self.case.outcomes.append(_OUTCOMES[name])
        elif parent in _SUITES and name in ("failure", "error"):
            for suite in self.suites:
                suite.bad += 1
                suite.errors += 1
            self.failed.append(f"{self.suites[-1].attributes.get('name', '')[:_NAME_LIMIT]} (the suite as a whole)")

    def end(self, name: str, text: str) -> None:  # noqa: ARG002 - what a test printed is not read
        if name == "testcase" and self.case is not None:
            self._count(self.case)
            self.case = None
        elif name in _SUITES:
            self._check(self.suites.pop())

    def _count(self, case: _Case) -> None:
        failed = bool({"failure", "error"} & {*case.outcomes, *case.words})
        told = "skipped" in case.outcomes and not failed
        left_out = not told and not failed and "left out" in case.words
        for suite in self.suites:
            suite.cases += 1
            suite.bad += failed
            suite.skipped += told
            suite.left_out += left_out
            suite.errors += case.outcomes.count("error")
            suite.names.add(case.name)
        if failed:
            self.failed.append(case.name)
        elif told or left_out:
            self.skipped.append(case.name)
        elif case.outcomes:
            self.warned.append(case.name)
        else:
            self.passed.append(case.name)

    def _check(self, suite: _Suite) -> None:
        """Hold the totals of a suite against its cases. What passes and then fails to clean up may count twice."""
        stated = {key: self._stated(suite, key) for key in ("tests", "failures", "errors", "skipped")}
        tests = stated["tests"]
        if tests is not None and not len(suite.names) <= tests <= suite.cases + suite.errors:
            raise contradicts(self.where, "tests of a suite", tests, suite.cases)
        self.repeats |= tests is not None and tests < suite.cases
        known = [stated[key] or 0 for key in _BAD if stated[key] is not None]
        if (sum(known) > 0 and not suite.bad) or (len(known) == len(_BAD) and suite.bad and not sum(known)):
            raise contradicts(self.where, "failures and errors of a suite", sum(known), suite.bad)
        if stated["skipped"] not in (None, suite.skipped, suite.skipped + suite.left_out):
            raise contradicts(self.where, "skipped tests of a suite", stated["skipped"], suite.skipped)

    def _stated(self, suite: _Suite, key: str) -> int | None:
        text = suite.attributes.get(key)
        return whole(text, self.where, what=f"{key} of a suite") if text else None

    def _clock(self, attributes: Mapping[str, str]) -> None:
        """The latest time a suite gives; one without a time zone says nothing."""
        try:
            began = parse_time(attributes.get("timestamp"), where=self.where)
            took = timedelta(seconds=min(max(float(attributes.get("time") or 0), 0), 86400 * 7))
            ended = (began + took).replace(microsecond=0)
        except (MalformedInput, ValueError, OverflowError):
            return
        self.finished = ended if self.finished is None else max(self.finished, ended)


def parse_junit(data: bytes, where: str) -> Report:
    """Read a JUnit report.

    Raises:
        MalformedInput: Not XML, not JUnit, or its totals contradict its cases.
        NothingToCheck: No test ran.
    """
    reader = _Reader(where)
    read_xml(data, reader, where=where)
    if not (reader.passed or reader.failed or reader.warned):
        raise empty(where, "test that ran")
    if reader.repeats:
        _once_each(reader)
    return Report(
        kind="tests",
        tool="junit",
        finished=reader.finished,
        passed_tests=tuple(reader.passed),
        warned_tests=(*reader.warned, *reader.skipped),
        failed_tests=tuple(reader.failed),
        skipped=len(reader.skipped),
    )


def _once_each(reader: _Reader) -> None:
    """Tests that were run again, as pytest-rerunfailures lists them: one that passed in the end is no plain pass."""
    times = Counter((*reader.passed, *reader.warned, *reader.failed))
    failed = set(reader.failed)
    reader.failed = list(dict.fromkeys(reader.failed))
    again = [name for name in (*reader.passed, *reader.warned) if times[name] > 1 and name not in failed]
    once = [name for name in reader.warned if times[name] == 1]
    reader.passed = [name for name in reader.passed if times[name] == 1]
    reader.warned = [*once, *dict.fromkeys(again)]


def _name(attributes: Mapping[str, str]) -> str:
    parts = (attributes.get("classname", ""), attributes.get("name", ""))
    return ".".join(part for part in parts if part)[:_NAME_LIMIT] or "(no name)"


def _words(attributes: Mapping[str, str]) -> frozenset[str]:
    said = (attributes.get(key, "").strip().lower() for key in ("status", "result"))
    return frozenset(_WORDS[word] for word in said if word in _WORDS)
