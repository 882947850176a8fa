"""What a report of another tool says, as one value whatever its format; and the ways in which a report is refused.

Numbers are integers: two counts say more than a percentage, and compare exactly in every language. Times are
nanoseconds. `passed` is what the tool itself says; whether a number is good enough is policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from supplychain.errors import MalformedInput, NothingToCheck

KINDS = ("tests", "coverage", "complexity", "performance")
"""What a report can be about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function and its cyclomatic complexity."""

    path: str
    name: str
    line: int
    complexity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of one source file that could run, and those that did."""

    valid: frozenset[int]
    covered: frozenset[int]
    branches: int = 0
    branches_covered: int = 0

    def joined(self, other: Lines) -> Lines:
        """Both measurements of one file. Branches are not told apart by name, so the larger count of each stands."""
        return Lines(
            valid=self.valid | other.valid,
            covered=self.covered | other.covered,
            branches=max(self.branches, other.branches),
            branches_covered=max(self.branches_covered, other.branches_covered),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report file says. Only the fields of its kind are filled."""

    kind: str
    """One of KINDS."""
    tool: str
    """What wrote it, with its version where it says so."""
    finished: datetime | None = None
    """When its work was done, if it says so with a time zone."""
    passed_tests: tuple[str, ...] = ()
    warned_tests: tuple[str, ...] = ()
    """Skipped, or passed only when run again."""
    failed_tests: tuple[str, ...] = ()
    skipped: int = 0
    files: Mapping[str, Lines] = field(default_factory=dict)
    """Coverage by source file."""
    functions: frozenset[Function] = frozenset()
    benchmarks: Mapping[str, int] = field(default_factory=dict)
    """Median of each in nanoseconds."""
    machine: str = ""
    """What the benchmarks ran on, where the report says so."""


Importer = Callable[[bytes, str], Report]
"""Reads a report: its bytes, and where they lie for messages."""


def bad(where: str, message: str, expected: str = "", found: object = "") -> MalformedInput:
    """The error for a report that is not what its format demands."""
    return MalformedInput(message, code="BAD_REPORT", where=where, expected=expected, found=str(found)[:120])


def contradicts(where: str, what: str, stated: object, counted: object) -> MalformedInput:
    """The error for a report whose own numbers do not agree: one of them is wrong, and nobody can say which."""
    return MalformedInput(
        f"the report contradicts itself: {what}",
        code="REPORT_CONTRADICTS",
        where=where,
        expected=f"{counted}, which is what its entries add up to",
        found=str(stated)[:120],
        hint="let the tool write its report again; never edit one",
    )


def empty(where: str, what: str) -> NothingToCheck:
    """The error for a report about nothing: that is no pass."""
    return NothingToCheck(
        f"the report is about no {what}",
        code="REPORT_EMPTY",
        where=where,
        expected=f"at least one {what}",
        found="0",
        hint="see why the tool found nothing to do, and run it again",
    )


def whole(value: object, where: str, *, what: str) -> int:
    """A count: a whole number from 0. Raises MalformedInput for anything else, true and 1.0 too."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    raise bad(where, f"{what} is no count", "a whole number from 0", repr(value))


def nanoseconds(value: object, where: str, *, what: str) -> int:
    """Seconds as a number above 0, in nanoseconds. Raises MalformedInput."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 10**9:
        raise bad(where, f"{what} is no duration", "seconds above 0", repr(value))
    return max(1, round(value * 1_000_000_000))
