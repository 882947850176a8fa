"""What every report of a scan says the same way: findings worst first, and coverage in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.scan.coverage import Reason, Skip
from supplychain.scan.finding import Finding
from supplychain.scan.interface import ScanResult

SHOWN = 20
"""How many skipped things are named before the rest is counted."""


def plain(text: str) -> str:
    """Text from outside for a terminal or a line of a log: no control characters, on one line."""
    if text.isprintable():
        return text
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
    kind = f"{result.kind} ({plain(result.platform)})" if result.platform else result.kind
    return f"{kind}: " + ", ".join(parts)


def skip_lines(skips: Sequence[Skip], limit: int = SHOWN) -> list[str]:
    """One line for each skipped thing, up to a limit, then how many more."""
    lines = []
    for skip in skips[:limit]:
        detail = f" ({plain(skip.detail)})" if skip.detail else ""
        lines.append(f"{plain(skip.what)}: {skip.reason.value.replace('_', ' ')}{detail}")
    if len(skips) > limit:
        lines.append(f"and {len(skips) - limit} more")
    return lines


def lost(result: ScanResult) -> tuple[Skip, ...]:
    """What should have been looked at and was not."""
    return tuple(skip for skip in result.coverage.skipped if skip.reason is not Reason.UNSUPPORTED_LANGUAGE)


def unsupported(result: ScanResult) -> tuple[Skip, ...]:
    """Languages there are no rules for: always told, but nobody asked this scan to know them."""
    return tuple(skip for skip in result.coverage.skipped if skip.reason is Reason.UNSUPPORTED_LANGUAGE)


def is_incomplete(result: ScanResult) -> bool:
    """Whether "no findings" of this scan means nothing for a part of what it was asked to look at."""
    coverage = result.coverage
    return bool(lost(result)) or coverage.time_limit_hit or coverage.looked_at < coverage.asked


def sorted_findings(results: Sequence[ScanResult]) -> list[Finding]:
    """All findings, the worst first."""
    findings = [finding for result in results for finding in result.findings]
    return sorted(findings, key=lambda finding: (-finding.level.rank, finding.id, place(finding)))


def place(finding: Finding) -> str:
    """Where a finding is: `path:line`, or the component and the file that names it; of an image, in which part."""
    brought = finding.image
    known = (brought.platform, "" if brought.origin == "unknown" else brought.origin) if brought else ()
    part_of = f"[{', '.join(filter(None, known))}] " if any(known) else ""
    if finding.location:
        return plain(f"{part_of}{finding.location.path}:{finding.location.line}")
    part = finding.component
    if part is None:
        return plain(part_of.rstrip())
    name = f"{part.name} {part.version}" if part.version else part.name
    return plain(part_of + (f"{name} ({part.origin})" if part.origin else name))


def advice(finding: Finding) -> str:
    """What to do, as far as anybody knows."""
    return plain(finding.help or (f"fixed in {', '.join(finding.fixed)}" if finding.fixed else ""))


def counted(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
