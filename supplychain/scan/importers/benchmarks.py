"""Benchmarks: the JSON of pytest-benchmark and of hyperfine. What counts is the median, in nanoseconds.

The median, because one slow run says something about the machine and not about the code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from supplychain.encoding import parse_json_object, parse_time
from supplychain.errors import MalformedInput
from supplychain.scan.importers.report import Report, bad, empty, nanoseconds


def parse_pytest_benchmark(data: bytes, where: str) -> Report:
    """Read what `pytest --benchmark-json` writes.

    Raises:
        MalformedInput: Not that format, or one benchmark twice.
        NothingToCheck: No benchmark.
    """
    body = parse_json_object(data, where=where)
    medians: dict[str, int] = {}
    for entry in _entries(body.get("benchmarks"), where):
        stats = entry.get("stats")
        median = stats.get("median") if isinstance(stats, dict) else None
        _add(medians, entry.get("fullname"), median, where)
    about = body.get("machine_info")
    machine = about if isinstance(about, dict) else {}
    cpu = machine.get("cpu")
    parts = [machine.get("node"), cpu.get("brand_raw") if isinstance(cpu, dict) else None]
    return Report(
        kind="performance",
        tool=f"pytest-benchmark {body.get('version', '')}".strip()[:60],
        finished=_time(body.get("datetime")),
        benchmarks=medians,
        machine=" ".join(part for part in parts if isinstance(part, str))[:200],
    )


def parse_hyperfine(data: bytes, where: str) -> Report:
    """Read what `hyperfine --export-json` writes. A command that failed was not measured.

    Raises:
        MalformedInput: Not that format, one command twice, or a run that ended with an error.
        NothingToCheck: No command.
    """
    body = parse_json_object(data, where=where)
    medians: dict[str, int] = {}
    for entry in _entries(body.get("results"), where):
        codes = entry.get("exit_codes", [])
        if not isinstance(codes, list) or any(code != 0 for code in codes):
            raise bad(where, "a measured command failed", "exit_codes of 0 only", repr(codes)[:60])
        _add(medians, entry.get("command"), entry.get("median"), where)
    return Report(kind="performance", tool="hyperfine", benchmarks=medians)


def _entries(value: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise bad(where, "not a report of benchmarks", "a list of objects", repr(value))
    if not value:
        raise empty(where, "benchmark")
    return value


def _add(medians: dict[str, int], name: object, median: object, where: str) -> None:
    if not isinstance(name, str) or not name:
        raise bad(where, "a benchmark without a name", "text", repr(name))
    short = name[:500]
    if short in medians:
        raise bad(where, "a benchmark stands twice in the report", "each once, told apart by 500 characters", name)
    medians[short] = nanoseconds(median, where, what=f"the median of {name[:100]}")


def _time(text: object) -> datetime | None:
    """pytest-benchmark writes UTC, in older versions without saying so."""
    if not isinstance(text, str):
        return None
    try:
        return parse_time(text, where="datetime").replace(microsecond=0)
    except MalformedInput:
        pass
    try:
        found = datetime.fromisoformat(text).replace(microsecond=0)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
