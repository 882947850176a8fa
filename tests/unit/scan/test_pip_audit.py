"""pip-audit as it really behaves: against a service on loopback, without any, and its answers read with suspicion."""

from __future__ import annotations

import json
from typing import Any

import pytest
from packaging.version import Version

from supplychain.errors import ToolFailed
from supplychain.inventory.component import Component
from supplychain.process import Completed
from supplychain.scan.coverage import Reason
from supplychain.scan.finding import Level
from supplychain.scan.pip_audit import PipAuditScanner, _Read, read_answer
from tests.simulator.osv_service import osv_service, vulnerable


def part(name: str, version: str | None = "1.0", kind: str = "pypi") -> Component:
    return Component(name=name, version=version, purl=f"pkg:{kind}/{name}" + (f"@{version}" if version else ""))


def test_findings_and_whole_coverage() -> None:
    pytest.importorskip("pip_audit")
    with osv_service(lambda name, _: (200, vulnerable() if name == "thing" else b"{}")) as (url, asked):
        scanner = PipAuditScanner([part("thing"), part("fine", "2"), part("left-pad", kind="npm")], osv_url=url)
        result = scanner.scan()
    (finding,) = result.findings
    assert sorted(asked) == [("fine", "2"), ("thing", "1.0")]
    assert (finding.id, finding.aliases, finding.fixed) == ("PYSEC-1", ("CVE-2026-1",), ("2.0",))
    assert (finding.level, finding.seen_by, finding.title) == (Level.UNKNOWN, ("pip-audit",), "It breaks")
    assert finding.component == part("thing")
    assert result.coverage.complete
    assert (result.coverage.asked, result.coverage.looked_at) == (2, 2)


def test_two_versions_of_one_package_are_both_asked_about() -> None:
    pytest.importorskip("pip_audit")
    with osv_service(lambda *_: (200, b"{}")) as (url, asked):
        result = PipAuditScanner([part("thing", "1"), part("thing", "2")], osv_url=url).scan()
    assert sorted(asked) == [("thing", "1"), ("thing", "2")]
    assert result.coverage.complete


@pytest.mark.parametrize(("status", "body"), [(500, b"{}"), (404, b"{}"), (200, b"<html>"), (200, b"")])
def test_service_that_does_not_answer(status: int, body: bytes) -> None:
    pytest.importorskip("pip_audit")
    with osv_service(lambda *_: (status, body)) as (url, _):
        result = PipAuditScanner([part("thing")], osv_url=url).scan()
    assert result.findings == ()
    assert [skip.reason for skip in result.coverage.skipped] == [Reason.TOOL_FAILED]
    assert not result.coverage.complete


def test_no_service_at_all() -> None:
    pytest.importorskip("pip_audit")
    result = PipAuditScanner([part("thing")], osv_url="http://127.0.0.1:9/v1/query").scan()
    (skip,) = result.coverage.skipped
    assert skip.reason is Reason.TOOL_FAILED
    assert "exit 1" in skip.detail


def test_records_it_leaves_out_are_coverage_lost() -> None:
    pytest.importorskip("pip_audit")
    odd = json.loads(vulnerable())
    odd["vulns"][0]["schema_version"] = "2.0.0"
    with osv_service(lambda *_: (200, json.dumps(odd).encode())) as (url, _):
        result = PipAuditScanner([part("thing")], osv_url=url).scan()
    (skip,) = result.coverage.skipped
    assert skip.reason is Reason.BAD_ADVISORY
    assert "Unsupported OSV schema version" in skip.detail


def test_what_cannot_be_asked() -> None:
    parts = [part("a", None), part("b", "not a version"), part("-c-", "1")]
    coverage = PipAuditScanner(parts).scan().coverage
    assert (coverage.asked, coverage.looked_at) == (3, 0)
    assert sorted(skip.reason for skip in coverage.skipped) == [
        Reason.BAD_VERSION,
        Reason.NO_VERSION,
        Reason.NOT_FROM_REGISTRY,
    ]


def test_nothing_of_its_business() -> None:
    coverage = PipAuditScanner([part("left-pad", kind="npm")]).scan().coverage
    assert (coverage.asked, coverage.looked_at, coverage.complete) == (0, 0, True)


def test_fingerprint() -> None:
    prints = [
        json.dumps(PipAuditScanner(parts, osv_url=url).fingerprint(), sort_keys=True)
        for parts in ([part("a")], [part("a", "2")])
        for url in ("", "http://x")
    ]
    assert len(set(prints)) == 4


# Answers, without the program

BATCH = {"thing": (part("thing"), Version("1.0")), "other": (part("other"), Version("1.0"))}
FINE = {"name": "other", "version": "1.0", "vulns": []}
HIT = {"name": "thing", "version": "1.0", "vulns": [{"id": "P-1", "fix_versions": [], "aliases": ["P-1", "C-1"]}]}


def answer(code: int, *entries: Any, stderr: bytes = b"", raw: bytes | None = None) -> _Read:
    stdout = raw if raw is not None else json.dumps({"dependencies": entries, "fixes": []}).encode()
    read = _Read()
    done = Completed(argv=("pip-audit",), code=code, stdout=stdout, stderr=stderr, seconds=0)
    read_answer(done, BATCH, read)
    return read


def test_an_answer() -> None:
    read = answer(1, HIT, FINE, stderr=b"WARNING:pip_audit._cli:--no-deps is supported, but\nFound 1\n")
    assert (read.looked_at, read.skipped) == (2, [])
    assert [(finding.id, finding.aliases) for finding in read.findings] == [("P-1", ("C-1",))]


def test_what_the_service_does_not_know_is_lost() -> None:
    """Exit 0 and "No known vulnerabilities found", although nothing was known about the package."""
    reason = "Dependency not found on PyPI and could not be audited: thing (1.0)"
    read = answer(0, {"name": "thing", "skip_reason": reason}, FINE, stderr=b"No known vulnerabilities found\n")
    assert read.looked_at == 1
    assert [(skip.what, skip.reason, skip.detail) for skip in read.skipped] == [
        ("pkg:pypi/thing@1.0", Reason.NOT_FROM_REGISTRY, reason)
    ]


@pytest.mark.parametrize(
    ("entry", "detail"),
    [(None, "not in the answer"), ({"name": "thing", "version": "9", "vulns": []}, "the answer is about 9")],
)
def test_what_is_not_answered_is_lost(entry: dict[str, Any] | None, detail: str) -> None:
    read = answer(0, *([entry] if entry else []), FINE)
    assert read.looked_at == 1
    assert read.skipped[0].reason is Reason.TOOL_FAILED
    assert detail in read.skipped[0].detail


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        (0, b""),
        (0, b" \n"),
        (2, b'{"dependencies": []}'),
        (-9, b'{"dependencies": []}'),
        (0, b"No known vulnerabilities found"),
        (0, b"{}"),
        (0, b'{"dependencies": 5}'),
        (0, b'{"dependencies": [5]}'),
        (0, b'{"dependencies": [{"name": "thing"}]}'),
        (0, b'{"dependencies": [{"name": "thing", "version": "x y", "vulns": []}]}'),
        (0, b'{"dependencies": [{"name": "thing", "version": "1.0", "vulns": [{}]}]}'),
        (0, b'{"dependencies": [{"name": "thing", "version": "1.0", "vu'),
    ],
)
def test_answers_that_are_none(code: int, raw: bytes) -> None:
    with pytest.raises(ToolFailed):
        answer(code, raw=raw)


def test_exit_code_and_answer_must_agree() -> None:
    for code, entries in [(0, (HIT, FINE)), (1, ({**HIT, "vulns": []}, FINE))]:
        with pytest.raises(ToolFailed, match="contradict"):
            answer(code, *entries)
