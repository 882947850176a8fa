"""Coverage: Cobertura XML, the JSON of coverage.py and lcov tracefiles, all line by line.

Each line listed counts; stated totals and rates must agree with that count. Without lines there is nothing to hold a
rate against, and the report is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from supplychain.encoding import parse_json_object
from supplychain.markup import Elements, read_xml
from supplychain.scan.importers.report import Lines, Report, bad, contradicts, empty, whole

_TOLERANCE = 0.51
"""Percentage points that a stated rate may differ from the counts: some tools round to whole percent."""
_BRANCHES = re.compile(r"\((\d{1,9})/(\d{1,9})\)")


class _File:
    """Lines of one file while they are read."""

    def __init__(self) -> None:
        self.lines: dict[int, bool] = {}
        self.branches: dict[int, tuple[int, int]] = {}

    def add(self, number: int, ran: bool) -> None:
        self.lines[number] = ran or self.lines.get(number, False)

    @property
    def value(self) -> Lines:
        return Lines(
            valid=frozenset(self.lines),
            covered=frozenset(n for n, ran in self.lines.items() if ran),
            branches=sum(n for _, n in self.branches.values()),
            branches_covered=sum(n for n, _ in self.branches.values()),
        )


class _Cobertura(Elements):
    def __init__(self, where: str) -> None:
        self.where = where
        self.files: dict[str, _File] = {}
        self.totals: Mapping[str, str] = {}
        self.current: _File | None = None

    def begin(self, name: str, attributes: Mapping[str, str], path: tuple[str, ...]) -> None:
        if not path:
            if name != "coverage":
                raise bad(self.where, "not a Cobertura report", "coverage", name)
            self.totals = attributes
        elif name == "class":
            self.current = self.files.setdefault(attributes.get("filename", ""), _File())
        elif name == "line" and self.current is not None and "class" in path:
            self._line(attributes, self.current)

    def _line(self, attributes: Mapping[str, str], file: _File) -> None:
        number = whole(attributes.get("number"), self.where, what="the number of a line")
        file.add(number, whole(attributes.get("hits"), self.where, what="the hits of a line") > 0)
        found = _BRANCHES.search(attributes.get("condition-coverage", ""))
        if found:
            covered, valid = int(found[1]), int(found[2])
            if covered > valid:
                raise contradicts(self.where, "branches of a line", covered, f"at most {valid}")
            file.branches[number] = (covered, valid)


def parse_cobertura(data: bytes, where: str) -> Report:
    """Read Cobertura XML (see the module for what is refused).

    Raises:
        MalformedInput: Not XML, not Cobertura, or its totals contradict its lines.
        NothingToCheck: It lists no lines.
    """
    reader = _Cobertura(where)
    read_xml(data, reader, where=where)
    files = _filled({path: file.value for path, file in reader.files.items()}, where)
    valid, covered = _sums(files)
    _rate(reader.totals.get("line-rate"), 100.0, covered, valid, where)
    for key, counted in (("lines-valid", valid), ("lines-covered", covered)):
        if reader.totals.get(key) and key == "lines-valid":
            stated = whole(reader.totals[key], where, what=key)
            if abs(stated - counted) * 100 > valid:
                raise contradicts(where, key, stated, counted)
    version = reader.totals.get("version", "")[:60]
    return Report(kind="coverage", tool=f"cobertura {version}".strip(), finished=_stamp(reader.totals), files=files)


def parse_coverage_json(data: bytes, where: str) -> Report:
    """Read the JSON report of coverage.py, formats 2 and 3 (`coverage json`).

    Raises:
        MalformedInput: Not that format, or its totals contradict its lines.
        NothingToCheck: It lists no lines.
    """
    body = parse_json_object(data, where=where)
    meta, given, totals = (body.get(key) for key in ("meta", "files", "totals"))
    if not isinstance(meta, dict) or not isinstance(given, dict) or not isinstance(totals, dict):
        raise bad(where, "not a report of coverage.py", "meta, files and totals", ", ".join(sorted(body))[:80])
    files = _filled({path: _file_of(value, f"{where}: {path}") for path, value in given.items()}, where)
    valid, covered = _sums(files)
    for key, counted in (("num_statements", valid), ("covered_lines", covered)):
        stated = whole(totals.get(key), where, what=f"totals.{key}")
        if stated != counted:
            raise contradicts(where, f"totals.{key}", stated, counted)
    branches = sum(file.branches for file in files.values())
    both = covered + sum(file.branches_covered for file in files.values())
    _rate(totals.get("percent_covered"), 1.0, both, valid + branches, where)
    return Report(kind="coverage", tool=f"coverage.py {meta.get('version', '')}".strip()[:60], files=files)


def parse_lcov(data: bytes, where: str) -> Report:
    """Read an lcov tracefile.

    Raises:
        MalformedInput: Not UTF-8, not a tracefile, cut short, or its totals contradict its lines.
        NothingToCheck: It lists no lines.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad(where, f"not UTF-8: {error}") from None
    files: dict[str, Lines] = {}
    record: _Record | None = None
    for number, line in enumerate(text.split("\n"), 1):
        key, _, value = line.strip().partition(":")
        place = f"{where}:{number}"
        if key == "SF":
            if record is not None:
                raise bad(place, "a record begins in another", "end_of_record", line)
            record = _Record(value, place)
        elif key == "end_of_record" and record is not None:
            lines = record.value
            files[record.path] = files[record.path].joined(lines) if record.path in files else lines
            record = None
        elif record is not None:
            record.add(key, value, place)
    if record is not None:
        raise bad(where, "the tracefile is cut short", "end_of_record", record.path)
    return Report(kind="coverage", tool="lcov", files=_filled(files, where))


class _Record:
    """One file of a tracefile."""

    def __init__(self, path: str, where: str) -> None:
        self.path, self._where = path, where
        self._file = _File()
        self._totals: dict[str, int] = {}

    def add(self, key: str, value: str, where: str) -> None:
        """Take one line."""
        if key == "DA":
            parts = value.split(",")
            if len(parts) < 2:
                raise bad(where, "not a line of a tracefile", "DA:line,hits", value)
            hits = parts[1] if not parts[1].startswith("-") else "0"
            self._file.add(whole(parts[0], where, what="a line"), whole(hits, where, what="hits") > 0)
        elif key in ("LF", "LH", "BRF", "BRH"):
            self._totals[key] = whole(value, where, what=key)

    @property
    def value(self) -> Lines:
        """The file, its totals held against its lines."""
        lines = self._file.value
        for key, counted in (("LF", len(lines.valid)), ("LH", len(lines.covered))):
            if self._totals.get(key, counted) != counted:
                raise contradicts(self._where, key, self._totals[key], counted)
        branches, taken = self._totals.get("BRF", 0), self._totals.get("BRH", 0)
        if taken > branches:
            raise contradicts(self._where, "BRH", taken, f"at most {branches}")
        return Lines(valid=lines.valid, covered=lines.covered, branches=branches, branches_covered=taken)


def _file_of(value: object, where: str) -> Lines:
    if not isinstance(value, dict) or not isinstance(value.get("summary"), dict):
        raise bad(where, "not a file of coverage.py", "executed_lines, missing_lines and summary", repr(value))
    ran, missed = (_numbers(value.get(key), where, key) for key in ("executed_lines", "missing_lines"))
    if ran & missed:
        raise contradicts(where, "a line both ran and did not", sorted(ran & missed)[0], "one of both")
    summary = value["summary"]
    branches, taken = (whole(summary.get(key, 0), where, what=key) for key in ("num_branches", "covered_branches"))
    if taken > branches:
        raise contradicts(where, "covered_branches", taken, f"at most {branches}")
    return Lines(valid=ran | missed, covered=ran, branches=branches, branches_covered=taken)


def _numbers(value: object, where: str, key: str) -> frozenset[int]:
    if not isinstance(value, list):
        raise bad(where, f"{key} is no list", "line numbers", repr(value))
    return frozenset(whole(item, where, what=f"a line of {key}") for item in value)


def _filled(files: Mapping[str, Lines], where: str) -> Mapping[str, Lines]:
    if not any(file.valid for file in files.values()):
        raise empty(where, "line that could run")
    return files


def _sums(files: Mapping[str, Lines]) -> tuple[int, int]:
    return sum(len(file.valid) for file in files.values()), sum(len(file.covered) for file in files.values())


def _rate(stated: str | float | None, factor: float, covered: int, valid: int, where: str) -> None:
    if stated is None:
        return
    try:
        percent = float(stated) * factor
    except (TypeError, ValueError):
        raise bad(where, "the rate is no number", "0 to 1, or percent", repr(stated)) from None
    counted = 100 * covered / valid
    if not abs(percent - counted) <= _TOLERANCE:
        raise contradicts(where, "the rate of covered lines, in percent", f"{percent:.2f}", f"{counted:.2f}")


def _stamp(totals: Mapping[str, str]) -> datetime | None:
    """Cobertura's time: seconds or milliseconds since 1970."""
    text = totals.get("timestamp", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 13):
        return None
    seconds = int(text) / (1000 if len(text) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
