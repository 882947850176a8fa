from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from report.samples import AT, source_finding
from supplychain.report.sarif import MAX_RESULTS, scan_sarif
from supplychain.scan.interface import ScanResult


def check_structure(log: dict[str, Any]) -> None:
    """What the SARIF 2.1.0 schema and code scanning demand of the parts that are written."""
    assert log["version"] == "2.1.0"
    assert set(log) == {"$schema", "version", "runs"}
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for rule in rules:
            assert rule["shortDescription"]["text"]
            assert rule["help"]["text"]
            assert 0.0 <= float(rule["properties"]["security-severity"]) <= 10.0
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert result["message"]["text"]
            place = result["locations"][0]["physicalLocation"]
            assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", place["artifactLocation"]["uri"])
            assert place["region"]["startLine"] >= 1
            assert re.fullmatch("[0-9a-f]{64}", result["partialFingerprints"]["supplychainFinding/v1"])
        for invocation in run["invocations"]:
            assert isinstance(invocation["executionSuccessful"], bool)
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", invocation["endTimeUtc"])
            for note in invocation["toolExecutionNotifications"]:
                assert note["level"] in ("none", "note", "warning", "error")
                assert note["message"]["text"]
    json.dumps(log).encode("ascii")


def test_structure(sast: ScanResult, dependencies: ScanResult, failed: ScanResult) -> None:
    log = scan_sarif([sast, dependencies, failed], at=AT)
    check_structure(log)
    assert [run["automationDetails"]["id"] for run in log["runs"]][:2] == [
        "supplychain/sast/",
        "supplychain/dependencies/",
    ]


def test_dependency_findings_are_placed_in_the_lock_file(dependencies: ScanResult) -> None:
    first, second = scan_sarif([dependencies], at=AT)["runs"][0]["results"]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "requirements.txt"
    assert first["properties"]["purl"] == "pkg:pypi/django@1.8"
    assert second["suppressions"][0]["justification"] == "not_affected"


def test_coverage_lost_is_no_success(sast: ScanResult, dependencies: ScanResult, failed: ScanResult) -> None:
    runs = scan_sarif([sast, dependencies, failed], at=AT)["runs"]
    assert [run["invocations"][0]["executionSuccessful"] for run in runs] == [False, True, False]
    notes = runs[0]["invocations"][0]["toolExecutionNotifications"]
    assert [note["level"] for note in notes] == ["error", "note"]
    assert "CANNOT-TELL" in runs[2]["invocations"][0]["exitCodeDescription"]


def test_fingerprints_stay_when_lines_move_and_differ_among_likes(sast: ScanResult) -> None:
    def prints(*lines: int) -> list[str]:
        result = replace(sast, findings=tuple(source_finding(line) for line in lines))
        return [
            r["partialFingerprints"]["supplychainFinding/v1"] for r in scan_sarif([result], at=AT)["runs"][0]["results"]
        ]

    assert prints(3, 9) == prints(13, 19)
    assert len(set(prints(3, 9))) == 2


def test_too_many_results_are_cut_and_told(sast: ScanResult) -> None:
    many = replace(sast, findings=tuple(source_finding(number + 1) for number in range(MAX_RESULTS + 5)))
    run = scan_sarif([many], at=AT)["runs"][0]
    assert len(run["results"]) == MAX_RESULTS
    assert "5 findings left out" in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
