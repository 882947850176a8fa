"""Coverage in words, for every report: what was looked at, what was not, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.scan.coverage import Reason, Skip
from supplychain.scan.interface import ScanResult

SHOWN = 20
"""How many skipped things are named before the rest is counted."""


def plain(text: str) -> str:
    """Text from outside for a terminal or a line of a log: no control characters, on one line."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def coverage_line(result: ScanResult) -> str:
    """`sast: looked at 9 of 11, 3 findings`, with the database and the time limit where there is something to say."""
    coverage = result.coverage
    parts = [f"looked at {coverage.looked_at} of {coverage.asked}", counted(len(result.findings), "finding")]
    if coverage.database:
        built = coverage.database.built
        parts.append(f"database of {built:%Y-%m-%d}" if built else "database of unknown age")
    if coverage.time_limit_hit:
        parts.append("time limit hit")
    return f"{result.kind}: " + ", ".join(parts)


def skip_lines(skips: Sequence[Skip], limit: int = SHOWN) -> list[str]:
    """One line for each skipped thing, up to a limit, then how many more."""
    lines = [
        f"{plain(skip.what)}: {skip.reason.value.replace('_', ' ')}" + (f" ({plain(skip.detail)})" if skip.detail else "")
        for skip in skips[:limit]
    ]
    if len(skips) > limit:
        lines.append(f"and {len(skips) - limit} more")
    return lines


def is_lost(result: ScanResult) -> bool:
    """Whether something was not looked at that should have been; languages without rules are told, but are not that."""
    coverage = result.coverage
    hard = any(skip.reason is not Reason.UNSUPPORTED_LANGUAGE for skip in coverage.skipped)
    return hard or coverage.time_limit_hit or coverage.looked_at < coverage.asked or not coverage.asked


def counted(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
