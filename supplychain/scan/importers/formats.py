"""Every report format by name, and which one a file is in, told by its content and never by its name."""

from __future__ import annotations

from collections.abc import Mapping

from supplychain.encoding import parse_json
from supplychain.errors import MalformedInput
from supplychain.markup import root_of
from supplychain.scan.importers.benchmarks import parse_hyperfine, parse_pytest_benchmark
from supplychain.scan.importers.complexity import parse_lizard_csv, parse_lizard_xml, parse_radon
from supplychain.scan.importers.coverage import parse_cobertura, parse_coverage_json, parse_lcov
from supplychain.scan.importers.junit import parse_junit
from supplychain.scan.importers.report import Importer, Report

FORMATS: Mapping[str, Importer] = {
    "junit": parse_junit,
    "cobertura": parse_cobertura,
    "coverage-json": parse_coverage_json,
    "lcov": parse_lcov,
    "radon": parse_radon,
    "lizard-csv": parse_lizard_csv,
    "lizard-xml": parse_lizard_xml,
    "pytest-benchmark": parse_pytest_benchmark,
    "hyperfine": parse_hyperfine,
}
"""Name to reader, one line each."""
_ROOTS = {"testsuites": "junit", "testsuite": "junit", "coverage": "cobertura", "cppncss": "lizard-xml"}


def import_report(data: bytes, where: str, *, format_: str = "") -> Report:
    """Read a report.

    Args:
        data: The file.
        where: Where it lies, for messages.
        format_: A name of FORMATS; empty: told by the content.

    Raises:
        MalformedInput: `REPORT_UNKNOWN`: in no format we read; or what the reader of its format says.
        NothingToCheck: It is about nothing.
    """
    name = format_ or format_of(data, where)
    return FORMATS[name](data, where)


def format_of(data: bytes, where: str) -> str:
    """The name of a file's format. Raises MalformedInput."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    found = ""
    if head.startswith(b"<"):
        found = _ROOTS.get(root_of(data), "")
    elif head.startswith(b"{"):
        found = _json_format(parse_json(data, where=where))
    elif head.startswith((b"TN:", b"SF:")):
        found = "lcov"
    elif head.startswith(b"NLOC,CCN") or head.split(b"\n", 1)[0].count(b",") >= 10:
        found = "lizard-csv"
    if not found:
        raise MalformedInput(
            "this is in no format of a report we read",
            code="REPORT_UNKNOWN",
            where=where,
            expected=", ".join(FORMATS),
            found=repr(head[:60]),
            hint="name its format with --format, or let the tool write another one",
        )
    return found


def _json_format(body: object) -> str:
    if not isinstance(body, dict):
        return ""
    if {"meta", "files", "totals"} <= set(body):
        return "coverage-json"
    if isinstance(body.get("benchmarks"), list):
        return "pytest-benchmark"
    if isinstance(body.get("results"), list):
        return "hyperfine"
    return "radon" if body and all(isinstance(value, (list, dict)) for value in body.values()) else ""
