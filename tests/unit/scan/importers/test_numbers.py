"""Coverage, complexity and benchmarks: real output of the tools is read; what contradicts itself is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from supplychain.errors import MalformedInput, NothingToCheck, SupplychainError
from supplychain.scan.importers.formats import FORMATS, format_of, import_report
from supplychain.scan.importers.merging import merge_reports

COBERTURA = """<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.example/coverage-04.dtd">
<coverage version="7.17.3" timestamp="1795262946535" lines-valid="3" lines-covered="2" line-rate="0.6667">
  <packages><package name="."><classes><class name="m.py" filename="m.py">
    <methods><method name="f"><lines><line number="1" hits="1"/></lines></method></methods>
    <lines>
      <line number="1" hits="1"/><line number="2" hits="0"/>
      <line number="3" hits="4" branch="true" condition-coverage="50% (1/2)"/>
    </lines></class></classes></package></packages>
</coverage>"""
COVERAGE_JSON: dict[str, Any] = {
    "meta": {"format": 3, "version": "7.17.3", "timestamp": "2026-11-21T12:09:06.461749"},
    "files": {
        "m.py": {
            "executed_lines": [1, 3],
            "missing_lines": [2],
            "summary": {"num_branches": 2, "covered_branches": 1},
        }
    },
    "totals": {"covered_lines": 2, "num_statements": 3, "percent_covered": 60.0},
}
LCOV = "TN:\nSF:m.py\nDA:1,1\nDA:2,0\nDA:3,4,hash\nLF:3\nLH:2\nBRF:2\nBRH:1\nend_of_record\n"
RADON: dict[str, Any] = {
    "m.py": [
        {"type": "class", "name": "K", "lineno": 1, "complexity": 4, "methods": [
            {"type": "method", "name": "a", "classname": "K", "lineno": 2, "complexity": 3, "closures": [
                {"type": "function", "name": "inner", "lineno": 5, "complexity": 2, "closures": []}]}]},
        {"type": "method", "name": "a", "classname": "K", "lineno": 2, "complexity": 3, "closures": []},
    ]
}  # fmt: skip
LIZARD_CSV = '2,2,11,1,2,"a.inner@5-6@m.py","m.py","a.inner","a.inner( y )",5,6\n5,3,23,2,6,"K.a@2-7@m.py","m.py","K.a","a( x )",2,7\n'
LIZARD_XML = """<?xml version="1.0" ?><cppncss><measure type="Function">
<labels><label>Nr.</label><label>NCSS</label><label>CCN</label></labels>
<item name="a.inner(...) at m.py:5"><value>1</value><value>2</value><value>2</value></item>
<item name="K::a(...) at m.py:2"><value>2</value><value>5</value><value>3</value></item>
</measure><measure type="File"><labels><label>Nr.</label></labels><item name="m.py"><value>1</value></item></measure></cppncss>"""
BENCHMARKS: dict[str, Any] = {
    "machine_info": {"node": "vm", "cpu": {"brand_raw": "X"}},
    "benchmarks": [{"fullname": "b.py::parse", "stats": {"median": 0.0000125}}],
    "datetime": "2026-11-21T12:09:06.461749",
    "version": "5.3.1",
}
HYPERFINE: dict[str, Any] = {"results": [{"command": "ls", "median": 0.5, "exit_codes": [0, 0]}]}
SAMPLES: dict[str, bytes] = {
    "cobertura": COBERTURA.encode(),
    "coverage-json": json.dumps(COVERAGE_JSON).encode(),
    "lcov": LCOV.encode(),
    "radon": json.dumps(RADON).encode(),
    "lizard-csv": LIZARD_CSV.encode(),
    "lizard-xml": LIZARD_XML.encode(),
    "pytest-benchmark": json.dumps(BENCHMARKS).encode(),
    "hyperfine": json.dumps(HYPERFINE).encode(),
    "junit": b'<testsuite><testcase name="a"/></testsuite>',
}


def measured(*names: str) -> dict[str, Any]:
    return merge_reports([(name, import_report(SAMPLES[name], name)) for name in names]).measured


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(SupplychainError) as error:
        call()
    return error.value.code


def changed(body: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> bytes:
    new = copy.deepcopy(body)
    change(new)
    return json.dumps(new).encode()


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_format_is_told_by_its_content(name: str) -> None:
    assert format_of(SAMPLES[name], "f") == name


@pytest.mark.parametrize("data", [b"hello", b"<html/>", b"[]", b"{}", b'{"a": 1}', b"PK\x03\x04", b"\xff\xfe"])
def test_other_files_are_no_reports(data: bytes) -> None:
    assert code_of(lambda: import_report(data, "f")) == "REPORT_UNKNOWN"


@pytest.mark.parametrize("name", ["cobertura", "coverage-json", "lcov"])
def test_coverage_of_every_tool_is_the_same(name: str) -> None:
    assert measured(name) == {
        "files": 1,
        "lines": 3,
        "lines_covered": 2,
        "branches": 2,
        "branches_covered": 1,
        "worst": [{"path": "m.py", "lines_missed": 1}],
    }


def test_coverage_of_several_runs_is_united_by_line() -> None:
    other = LCOV.replace("DA:2,0", "DA:2,7").replace("DA:1,1", "DA:1,0")
    reports = [("a", import_report(LCOV.encode(), "a")), ("b", import_report(other.encode(), "b"))]
    found = merge_reports(reports).measured
    assert (found["lines"], found["lines_covered"]) == (3, 3)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('line-rate="0.6667"', 'line-rate="0.99"', "REPORT_CONTRADICTS"),
        ('line-rate="0.6667"', 'line-rate="nan"', "REPORT_CONTRADICTS"),
        ('line-rate="0.6667"', 'line-rate="all"', "BAD_REPORT"),
        ('lines-valid="3"', 'lines-valid="300"', "REPORT_CONTRADICTS"),
        ("50% (1/2)", "50% (3/2)", "REPORT_CONTRADICTS"),
        ('number="2"', 'number="two"', "BAD_REPORT"),
        ("<coverage", "<other", "BAD_REPORT"),
    ],
)
def test_cobertura_that_contradicts_itself(old: str, new: str, code: str) -> None:
    assert code_of(lambda: import_report(COBERTURA.replace(old, new).encode(), "c", format_="cobertura")) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: b["totals"].update(covered_lines=3), "REPORT_CONTRADICTS"),
        (lambda b: b["totals"].update(num_statements=2), "REPORT_CONTRADICTS"),
        (lambda b: b["totals"].update(percent_covered=99.9), "REPORT_CONTRADICTS"),
        (lambda b: b["files"]["m.py"].update(missing_lines=[1, 2]), "REPORT_CONTRADICTS"),
        (lambda b: b["files"]["m.py"]["summary"].update(covered_branches=3), "REPORT_CONTRADICTS"),
        (lambda b: b["files"]["m.py"].update(executed_lines=[True]), "BAD_REPORT"),
        (lambda b: b["files"].update({"m.py": None}), "BAD_REPORT"),
        (lambda b: b.update(files={}), "REPORT_EMPTY"),
    ],
)
def test_coverage_json_that_contradicts_itself(change: Callable[[dict[str, Any]], object], code: str) -> None:
    assert code_of(lambda: import_report(changed(COVERAGE_JSON, change), "c")) == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("LH:2", "LH:3", "REPORT_CONTRADICTS"),
        ("LF:3", "LF:4", "REPORT_CONTRADICTS"),
        ("BRH:1", "BRH:3", "REPORT_CONTRADICTS"),
        ("end_of_record\n", "", "BAD_REPORT"),
        ("end_of_record\n", "SF:x\n", "BAD_REPORT"),
        ("DA:1,1", "DA:1", "BAD_REPORT"),
        ("DA:1,1", "DA:x,1", "BAD_REPORT"),
        (LCOV, "TN:\n", "REPORT_EMPTY"),
    ],
)
def test_lcov_that_is_cut_or_contradicts_itself(old: str, new: str, code: str) -> None:
    assert code_of(lambda: import_report(LCOV.replace(old, new).encode(), "l")) == code


def test_negative_hits_of_lcov_are_none() -> None:
    report = import_report(LCOV.replace("DA:2,0", "DA:2,-1").encode(), "l")
    assert len(report.files["m.py"].covered) == 2


@pytest.mark.parametrize("name", ["radon", "lizard-csv", "lizard-xml"])
def test_complexity_counts_functions_and_no_classes(name: str) -> None:
    found = measured(name)
    assert (found["functions"], found["highest"], found["counts"]) == (2, 3, {"2": 1, "3": 1})
    assert found["worst"][0]["path"] == "m.py"
    assert found["worst"][0]["complexity"] == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"m.py": {"error": "invalid syntax"}}', "BAD_REPORT"),
        (b'{"m.py": [5]}', "BAD_REPORT"),
        (b'{"m.py": [{"type": "function", "name": "f", "lineno": 1, "complexity": 1.5}]}', "BAD_REPORT"),
        (b'{"m.py": []}', "REPORT_EMPTY"),
        (b"NLOC,CCN,token\n", "REPORT_EMPTY"),
        (b"NLOC,CCN,token\n1,2\n", "BAD_REPORT"),
        (LIZARD_XML.replace("<value>3</value>", "").encode(), "BAD_REPORT"),
        (LIZARD_XML.replace(" at m.py:2", "").encode(), "BAD_REPORT"),
        (b"<cppncss/>", "REPORT_EMPTY"),
    ],
)
def test_complexity_that_was_not_measured(data: bytes, code: str) -> None:
    assert code_of(lambda: import_report(data, "r")) == code


def test_benchmarks_are_medians_in_nanoseconds() -> None:
    first, second = import_report(SAMPLES["pytest-benchmark"], "p"), import_report(SAMPLES["hyperfine"], "h")
    assert first.benchmarks == {"b.py::parse": 12500}
    assert second.benchmarks == {"ls": 500_000_000}
    assert (first.machine, str(first.finished)) == ("vm X", "2026-11-21 12:09:06+00:00")


def test_benchmarks_against_a_baseline() -> None:
    before = changed(BENCHMARKS, lambda b: b["benchmarks"][0]["stats"].update(median=0.00001))
    before = changed(json.loads(before), lambda b: b["benchmarks"].append({"fullname": "gone", "stats": {"median": 1}}))
    now = ("now", import_report(SAMPLES["pytest-benchmark"], "now"))
    found = merge_reports([now], [("before", import_report(before, "before"))]).measured
    assert found == {
        "benchmarks": 1,
        "compared": 1,
        "gone": ["gone"],
        "same_machine": True,
        "worst": [{"name": "b.py::parse", "now_ns": 12500, "before_ns": 10000}],
    }
    assert merge_reports([now]).measured["compared"] == 0
    hyperfine = import_report(SAMPLES["hyperfine"], "h")
    assert merge_reports([("h", hyperfine)], [("before", hyperfine)]).measured["same_machine"] is None


def test_one_benchmark_in_two_reports_is_refused() -> None:
    report = import_report(SAMPLES["hyperfine"], "h")
    assert code_of(lambda: merge_reports([("a", report), ("b", report)])) == "BAD_REPORT"


@pytest.mark.parametrize(
    ("body", "change", "error"),
    [
        (BENCHMARKS, lambda b: b.update(benchmarks=[]), NothingToCheck),
        (BENCHMARKS, lambda b: b["benchmarks"].append(b["benchmarks"][0]), MalformedInput),
        (BENCHMARKS, lambda b: b["benchmarks"][0].update(fullname=""), MalformedInput),
        (BENCHMARKS, lambda b: b["benchmarks"][0]["stats"].update(median=0), MalformedInput),
        (BENCHMARKS, lambda b: b["benchmarks"][0]["stats"].update(median=-1), MalformedInput),
        (BENCHMARKS, lambda b: b["benchmarks"][0].update(stats=None), MalformedInput),
        (BENCHMARKS, lambda b: b.update(benchmarks=[1]), MalformedInput),
        (HYPERFINE, lambda b: b["results"][0].update(exit_codes=[0, 1]), MalformedInput),
        (HYPERFINE, lambda b: b["results"][0].update(exit_codes=None), MalformedInput),
    ],
)
def test_benchmarks_that_were_not_measured(
    body: dict[str, Any], change: Callable[[dict[str, Any]], object], error: type[SupplychainError]
) -> None:
    with pytest.raises(error):
        import_report(changed(body, change), "b")


def test_benchmarks_with_long_names_do_not_take_each_others_place() -> None:
    entries = [{"command": "a" * 600 + end, "median": median} for end, median in (("slow", 9.0), ("fast", 0.1))]
    with pytest.raises(MalformedInput) as error:
        import_report(json.dumps({"results": entries}).encode(), "h")
    assert error.value.code == "BAD_REPORT"


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+05:00", "soon", 5])
def test_a_time_that_cannot_be_is_no_time(text: object) -> None:
    body = {"benchmarks": [{"fullname": "a", "stats": {"median": 0.1}}], "datetime": text}
    assert import_report(json.dumps(body).encode(), "b").finished is None


@pytest.mark.parametrize("key", ["methods", "closures"])
def test_functions_of_radon_that_are_no_list(key: str) -> None:
    block = {"type": "function", "name": "f", "lineno": 1, "complexity": 3, key: 5}
    with pytest.raises(MalformedInput) as error:
        import_report(json.dumps({"a.py": [block]}).encode(), "r")
    assert error.value.code == "BAD_REPORT"
