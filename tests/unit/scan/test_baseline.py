"""New, fixed, unchanged: by problem and component, whatever the version."""

from __future__ import annotations

import pytest

from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.scan.baseline import Comparison, baseline_of, compare_with, known_of, read_decision, read_scan
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Level, Location, Status
from supplychain.scan.interface import ScanResult


def vulnerability(name: str, purl: str, *aliases: str, status: Status = Status.AFFECTED) -> Finding:
    part = Component(name="x", version=None, purl=purl)
    return Finding(id=name, title="t", level=Level.HIGH, aliases=aliases, component=part, status=status)


def weakness(rule: str, path: str, line: int) -> Finding:
    return Finding(id=rule, title="t", level=Level.HIGH, location=Location(path=path, line=line))


def scans(*findings: Finding, kinds: tuple[str, ...] = ("dependencies", "sast")) -> list[ScanResult]:
    return [
        ScanResult(
            kind=kind,
            scanner="s",
            version="1",
            findings=tuple(f for f in findings if (f.location is not None) == (kind == "sast")),
            coverage=Coverage(asked=1, looked_at=1),
        )
        for kind in kinds
    ]


def compare(before: list[ScanResult], now: list[ScanResult]) -> Comparison:
    return compare_with(baseline_of(before, source="old", form="sbom"), now)


def words(comparison: Comparison) -> list[str]:
    return [since for since, _ in comparison.findings]


def test_by_alias_and_component_not_by_version() -> None:
    before = scans(vulnerability("GHSA-1", "pkg:pypi/Foo_Bar@1", "CVE-1"))
    now = scans(
        vulnerability("PYSEC-1", "pkg:pypi/foo-bar@2", "cve-1"),
        vulnerability("CVE-1", "pkg:pypi/other@1"),
        vulnerability("CVE-2", "pkg:pypi/foo-bar@2"),
    )
    comparison = compare(before, now)
    assert words(comparison) == ["unchanged", "new", "new"]
    assert comparison.fixed == ()


def test_fixed() -> None:
    comparison = compare(scans(vulnerability("A", "pkg:pypi/a@1"), weakness("r", "a.py", 1)), scans())
    assert [known.place for known in comparison.fixed] == ["pkg:pypi/a@1", "a.py"]


def test_what_is_not_looked_at_now_is_not_called_fixed() -> None:
    before = scans(vulnerability("A", "pkg:pypi/a@1"), weakness("r", "a.py", 1))
    assert [known.place for known in compare(before, scans(kinds=("sast",))).fixed] == ["a.py"]


def test_one_more_in_the_same_file_is_new() -> None:
    before = scans(weakness("r", "a.py", 1), weakness("r", "b.py", 1))
    now = scans(weakness("r", "a.py", 9), weakness("r", "a.py", 20), weakness("r", "b.py", 1))
    assert words(compare(before, now)) == ["unchanged", "new", "unchanged"]


def test_what_was_settled_and_is_open_again_is_new() -> None:
    before = scans(vulnerability("A", "pkg:pypi/a@1", status=Status.NOT_AFFECTED))
    assert words(compare(before, scans(vulnerability("A", "pkg:pypi/a@1")))) == ["new"]


def test_a_scan_that_the_baseline_lacks_leaves_it_unknown() -> None:
    before = scans(kinds=("dependencies",))
    comparison = compare(before, scans(weakness("r", "a.py", 1)))
    assert words(comparison) == ["unknown"]
    assert len(comparison.not_known) == 1


def test_json_and_completeness() -> None:
    before = scans(vulnerability("A", "pkg:pypi/a@1", "B"))
    value = compare(before, scans(vulnerability("C", "pkg:pypi/a@1"))).to_json()
    assert value["new"] == [{"id": "C", "aliases": [], "place": "pkg:pypi/a@1"}]
    assert value["fixed"] == [{"id": "A", "aliases": ["B"], "place": "pkg:pypi/a@1"}]
    assert (value["unchanged"], value["form"], value["complete"]) == ([], "sbom", True)
    skip = Skip(what="x", reason=Reason.NO_DATABASE)
    lost = ScanResult(
        kind="sast", scanner="s", version="1", findings=(), coverage=Coverage(asked=1, looked_at=0, skipped=(skip,))
    )
    assert baseline_of([lost], source="o", form="sbom").complete is False


def test_scan_document() -> None:
    document = {
        "scans": [{"kind": "dependencies", "complete": True}],
        "findings": [
            {"id": "A", "aliases": ["B"], "status": "affected", "component": {"purl": "pkg:pypi/a@1"}},
            {"id": "S", "aliases": [], "status": "not_affected", "component": {"purl": "pkg:pypi/a@1"}},
        ],
    }
    baseline = read_scan(document, source="s.json")
    assert [known.ids for known in baseline.known] == [("A", "B")]
    assert baseline.complete
    assert words(compare_with(baseline, scans(vulnerability("B", "pkg:pypi/a@9")))) == ["unchanged"]


@pytest.mark.parametrize(
    "changes",
    [
        {"scans": []},
        {"scans": [{}]},
        {"scans": None},
        {"findings": {}},
        {"findings": [{"status": "affected", "component": {"purl": "p"}}]},
        {"findings": [{"id": "A", "status": "affected"}]},
        {"findings": [{"id": "A", "status": "affected", "component": "p"}]},
        {"findings": [{"id": "A", "status": "affected", "component": {"purl": "p"}, "aliases": [1]}]},
    ],
)
def test_documents_that_are_none(changes: dict[str, object]) -> None:
    document = {"scans": [{"kind": "dependencies", "complete": True}], "findings": [], **changes}
    with pytest.raises(MalformedInput) as caught:
        read_scan(document, source="s.json")
    assert "never taken for an empty one" in caught.value.hint


DECISION = {
    "rules": ["evidence", "vulnerabilities", "sast"],
    "verdict": "DENY",
    "input": {"digest": "sha256:x"},
    "violations": [
        {"rule": "vulnerabilities", "evidence": {"id": "A", "aliases": ["B"], "purl": "pkg:pypi/a@1"}},
        {"rule": "scan", "evidence": {"kind": "sast"}},
        {"rule": "vulnerabilities", "evidence": {}},
    ],
    "warnings": [
        {"rule": "sast", "evidence": {"id": "r", "path": "a.py", "line": 3}},
        {"rule": "vulnerabilities", "evidence": {"finding": {"id": "W", "purl": "pkg:pypi/w@1"}, "owner": "o"}},
    ],
}


def test_decision() -> None:
    baseline = read_decision(DECISION, source="d.json")
    assert [known.ids[0] for known in baseline.known] == ["A", "r", "W"]
    assert baseline.kinds == {"dependencies", "sast"}
    assert baseline.complete
    now = scans(vulnerability("B", "pkg:pypi/a@2"), vulnerability("W", "pkg:pypi/w@1"), weakness("r", "a.py", 9))
    assert words(compare_with(baseline, now)) == ["unchanged", "unchanged", "unchanged"]
    assert not read_decision({**DECISION, "verdict": "CANNOT_TELL"}, source="d").complete


@pytest.mark.parametrize(
    "changes", [{"rules": ["evidence"]}, {"rules": None}, {"input": {"digest": None}}, {"violations": None}]
)
def test_decisions_that_say_nothing_about_findings(changes: dict[str, object]) -> None:
    with pytest.raises(MalformedInput):
        read_decision({**DECISION, **changes}, source="d.json")


def test_a_finding_that_is_nowhere_in_particular() -> None:
    assert known_of(Finding(id="A", title="t", level=Level.LOW)).place == ""


@pytest.mark.parametrize("odd", [[], {}, ["affected"], 5, None])
def test_words_that_are_none_are_no_crash(odd: object) -> None:
    """A status that is no word is not open, so what is found now is new; a rule that is none has found nothing."""
    finding = {"id": "X", "component": {"purl": "pkg:pypi/a@1"}, "status": odd}
    assert read_scan({"scans": [{"kind": "dependencies"}], "findings": [finding]}, source="s").known == ()
    reason = {"rule": odd, "evidence": {"id": "X", "purl": "pkg:pypi/a@1"}}
    decision = {"rules": ["sast"], "input": {"digest": "sha256:1"}, "violations": [reason], "warnings": []}
    assert read_decision(decision, source="s").known == ()
