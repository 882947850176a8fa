"""Scan results as JUnit XML, for CI systems that read nothing else. Pure.

A finding is a failure. Coverage is a test of its own in every suite: lost coverage is an error there, so that a suite
without findings does not pass when the scan could not look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET  # only writes

from supplychain.encoding import format_time
from supplychain.report.coverage import (
    advice,
    counted,
    coverage_line,
    is_incomplete,
    lost,
    place,
    skip_lines,
    sorted_findings,
    unsupported,
)
from supplychain.report.ways import via
from supplychain.scan.finding import Finding, Status
from supplychain.scan.interface import ScanResult

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPEN = (Status.AFFECTED, Status.UNDER_INVESTIGATION)


def scan_junit(results: Sequence[ScanResult], *, at: datetime) -> bytes:
    """Format scan results as a JUnit XML document.

    Args:
        results: One for each scan.
        at: Time of the scans.
    """
    root = ET.Element("testsuites", name="supplychain")
    for result in results:
        suite = ET.SubElement(root, "testsuite", name=_text(result.kind), timestamp=format_time(at).removesuffix("Z"))
        for finding in sorted_findings([result]):
            _finding_case(suite, finding, result.kind)
        _coverage_case(suite, result)
        counts = {name: len(suite.findall(f"testcase/{name[:-1]}")) for name in ("failures", "errors")}
        suite.attrib |= {"tests": str(len(suite)), **{name: str(count) for name, count in counts.items()}}
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _finding_case(suite: ET.Element, finding: Finding, kind: str) -> None:
    name = _text(f"{finding.id} {place(finding)}".strip())
    case = ET.SubElement(suite, "testcase", classname=_text(f"supplychain.{kind}"), name=name)
    if finding.location:
        case.set("file", _text(finding.location.path))
        case.set("line", str(finding.location.line))
    if finding.status in _OPEN:
        failure = ET.SubElement(case, "failure", type=finding.level.value, message=_text(finding.title))
        lines = (finding.title, place(finding), advice(finding), via(finding))
        failure.text = _text("\n".join(filter(None, lines)))
    else:
        ET.SubElement(case, "skipped", message=finding.status.value)


def _coverage_case(suite: ET.Element, result: ScanResult) -> None:
    case = ET.SubElement(suite, "testcase", classname=f"supplychain.{_text(result.kind)}", name="coverage")
    skips = (*lost(result), *unsupported(result))
    detail = _text("\n".join([coverage_line(result), *(f"not looked at: {line}" for line in skip_lines(skips, 200))]))
    if is_incomplete(result):
        missing = counted(max(1, result.coverage.asked - result.coverage.looked_at), "thing")
        error = ET.SubElement(case, "error", type="CANNOT-TELL", message=f"CANNOT-TELL: {missing} not looked at")
        error.text = detail
    elif not result.coverage.asked:
        ET.SubElement(case, "skipped", message="nothing to look at")
    ET.SubElement(case, "system-out").text = detail


def _text(value: str) -> str:
    """Text without the characters that XML 1.0 cannot hold, not even escaped."""
    return _NOT_XML.sub("\ufffd", value)
