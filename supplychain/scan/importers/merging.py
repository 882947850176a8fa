"""From reports of one kind to what is stated: the tests that passed, and `measured`, in whole numbers.

Several reports become one: tests are added, lines of one file united, functions listed once. One benchmark measured
twice is refused, for nobody could say which counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supplychain.scan.importers.report import Lines, Report, bad

SHOWN = 20
"""How many of the worst are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the reports of one kind amount to."""

    kind: str
    tools: tuple[str, ...]
    finished: datetime | None
    """The earliest time of those given: as old as its oldest part."""
    measured: dict[str, Any]
    passed_tests: tuple[str, ...] = ()
    warned_tests: tuple[str, ...] = ()
    failed_tests: tuple[str, ...] = ()

    @property
    def result(self) -> str:
        """`FAILED`: a test failed; `WARNED`: one was skipped or flaky; else `PASSED`: policy judges numbers."""
        return "FAILED" if self.failed_tests else "WARNED" if self.warned_tests else "PASSED"


def merge_reports(reports: Sequence[tuple[str, Report]], baselines: Sequence[tuple[str, Report]] = ()) -> Outcome:
    """Unite reports of one kind.

    Args:
        reports: Where each lay, and the report; at least one, all of one kind.
        baselines: What benchmarks are held against, in the same form.

    Raises:
        MalformedInput: A benchmark twice.
    """
    values = [report for _, report in reports]
    kind, times = values[0].kind, [report.finished for report in values if report.finished is not None]
    return Outcome(
        kind=kind,
        tools=tuple(sorted({report.tool for report in values})),
        finished=min(times) if len(times) == len(values) else None,
        measured=_performance(reports, baselines) if kind == "performance" else _MEASURES[kind](values),
        passed_tests=tuple(sorted(name for report in values for name in report.passed_tests)),
        warned_tests=tuple(sorted(name for report in values for name in report.warned_tests)),
        failed_tests=tuple(sorted(name for report in values for name in report.failed_tests)),
    )


def _tests(reports: Sequence[Report]) -> dict[str, Any]:
    passed, warned, failed = (
        sum(len(names) for names in group)
        for group in zip(*((r.passed_tests, r.warned_tests, r.failed_tests) for r in reports), strict=True)
    )
    skipped = sum(report.skipped for report in reports)
    total = passed + warned + failed
    return {"tests": total, "passed": passed, "failed": failed, "skipped": skipped, "flaky": warned - skipped}


def _coverage(reports: Sequence[Report]) -> dict[str, Any]:
    files: dict[str, Lines] = {}
    for report in reports:
        for path, lines in report.files.items():
            files[path] = files[path].joined(lines) if path in files else lines
    missed = sorted(((len(f.valid) - len(f.covered), path) for path, f in files.items()), key=lambda m: (-m[0], m[1]))
    return {
        "files": len(files),
        "lines": sum(len(file.valid) for file in files.values()),
        "lines_covered": sum(len(file.covered) for file in files.values()),
        "branches": sum(file.branches for file in files.values()),
        "branches_covered": sum(file.branches_covered for file in files.values()),
        "worst": [{"path": path, "lines_missed": count} for count, path in missed[:SHOWN] if count],
    }


def _complexity(reports: Sequence[Report]) -> dict[str, Any]:
    functions = {function for report in reports for function in report.functions}
    ordered = sorted(functions, key=lambda f: (-f.complexity, f.path, f.line, f.name))
    counts = Counter(function.complexity for function in functions)
    return {
        "functions": len(functions),
        "highest": ordered[0].complexity,
        "counts": {str(complexity): counts[complexity] for complexity in sorted(counts)},
        "worst": [
            {"path": f.path, "line": f.line, "name": f.name, "complexity": f.complexity} for f in ordered[:SHOWN]
        ],
    }


def _performance(reports: Sequence[tuple[str, Report]], baselines: Sequence[tuple[str, Report]]) -> dict[str, Any]:
    now, before = _benchmarks(reports), _benchmarks(baselines)
    both = sorted(set(now) & set(before), key=lambda name: (-now[name] / before[name], name))
    machines = {report.machine for _, report in (*reports, *baselines)}
    return {
        "benchmarks": len(now),
        "compared": len(both),
        "gone": sorted(set(before) - set(now)),
        "same_machine": len(machines) == 1 if "" not in machines else None,
        "worst": [{"name": name, "now_ns": now[name], "before_ns": before[name]} for name in both[:SHOWN]],
    }


def _benchmarks(reports: Sequence[tuple[str, Report]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for where, report in reports:
        twice = sorted(set(found) & set(report.benchmarks))
        if twice:
            raise bad(where, "a benchmark stands in two reports", "each once", twice[0])
        found |= report.benchmarks
    return found


_MEASURES: dict[str, Callable[[Sequence[Report]], dict[str, Any]]] = {
    "tests": _tests,
    "coverage": _coverage,
    "complexity": _complexity,
}
