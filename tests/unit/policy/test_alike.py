"""Findings as policy reads them: odd values are blank or kept for the rules, and nothing that a scan found is lost."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from supplychain.policy.alike import findings_of
from supplychain.policy.document import in_present_shape

Finding = dict[str, Any]
NOTES = {
    "aliases": ["CVE-1"],
    "component": "pkg:pypi/jinja2@2.4.1",
    "name": "jinja2",
    "version": "2.4.1",
    "fixed": ["2.11.3"],
    "severity": "high",
    "status": "affected",
    "title": "slow",
    "seenBy": ["one"],
    "knownExploited": None,
    "epss": None,
}
ODD = [None, 5, False, {"a": "b"}, ["a"], "", [[]]]


def finding(name: str = "PYSEC-1", /, **notes: Any) -> Finding:
    return {"id": name, "severity": [], "annotations": [{**NOTES, **notes}]}


def grouped(*findings: Any) -> dict[str, Any]:
    found = findings_of(list(findings))
    assert found is not None
    return found


def only(**notes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The group of one finding, and its member."""
    (group,) = grouped(finding(**notes))["alike"]
    (member,) = group["members"]
    return group, member


def test_a_finding_as_our_scanners_state_it() -> None:
    assert grouped(finding()) == {
        "unreadable": 0,
        "alike": [
            {
                "severity": "high",
                "status": "affected",
                "exploited": None,
                "new": None,
                "vex": None,
                "seen_by": ["one"],
                "unlooked": False,
                "without_fix": False,
                "epss": "none",
                "members": [
                    {
                        "message": "jinja2 2.4.1 has PYSEC-1 (high): slow",
                        "fix": "raise jinja2 2.4.1 to 2.11.3",
                        "evidence": {
                            "id": "PYSEC-1",
                            "purl": "pkg:pypi/jinja2@2.4.1",
                            "name": "jinja2",
                            "version": "2.4.1",
                            "fixed": ["2.11.3"],
                            "aliases": ["CVE-1"],
                        },
                    }
                ],
            }
        ],
    }


def test_annotations_in_several_notes_or_as_one_object_are_the_same() -> None:
    parts = [{key: value} for key, value in NOTES.items()]
    whole = grouped(finding())
    assert grouped({"id": "PYSEC-1", "annotations": [*parts, 7, None]}) == whole
    assert grouped({"id": "PYSEC-1", "annotations": NOTES}) == whole


@pytest.mark.parametrize("results", [None, "none", {}, {"id": "A"}, 0])
def test_what_is_no_list_is_not_read(results: object) -> None:
    assert findings_of(results) is None


def test_what_has_no_id_is_counted() -> None:
    nameless = [None, 7, "PYSEC-1", [], {}, {"id": 5}, {"id": ""}, {"id": None}, {"annotations": [NOTES]}]
    found = grouped(*nameless, finding())
    assert found["unreadable"] == len(nameless)
    assert [len(group["members"]) for group in found["alike"]] == [1]


@pytest.mark.parametrize("annotations", [None, [], {}, "x", [None], 5])
def test_a_finding_without_annotations_is_there_and_blank(annotations: object) -> None:
    found = grouped({"id": "PYSEC-1", "annotations": annotations})
    (group,) = found["alike"]
    assert (group["severity"], group["status"], group["without_fix"]) == ("unknown", "", False)
    assert group["members"][0]["fix"] == "no fixed version is known: replace , or take it out (PYSEC-1)"
    assert grouped({"id": "PYSEC-1"}) == found


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_annotation_is_blank_alone(odd: object) -> None:
    blank = {"name": "pkg:pypi/jinja2@2.4.1", "version": "", "component": ""}
    for field, value in blank.items():
        evidence = only(**{field: odd})[1]["evidence"]
        assert evidence["purl" if field == "component" else field] == value
        assert (evidence["fixed"], evidence["aliases"]) == (["2.11.3"], ["CVE-1"])
    assert only(title=odd)[1]["message"] == "jinja2 2.4.1 has PYSEC-1 (high): "
    assert only(severity=odd)[0]["severity"] == "unknown"
    assert only(status=odd)[0]["status"] == ""
    assert only(seenBy=[odd, "two"])[0]["seen_by"][-1] == "two"


@pytest.mark.parametrize("odd", [None, 5, False, {"a": "b"}, [[]], [None], [5], "CVE-1"])
def test_lists_keep_what_is_text(odd: object) -> None:
    group, member = only(aliases=odd, fixed=odd, seenBy=odd)
    assert "aliases" not in member["evidence"]
    assert (member["evidence"]["fixed"], group["seen_by"]) == ([], [])
    assert only(fixed=[odd, "2.0"])[1]["evidence"]["fixed"][-1] == "2.0"


def test_only_a_finding_that_says_so_is_without_a_fix() -> None:
    assert only(fixed=[])[0]["without_fix"] is True
    assert [only(fixed=odd)[0]["without_fix"] for odd in (None, 5, "2.0", {}, False, [1])] == [False] * 6


def test_words_for_severity_that_nobody_knows() -> None:
    assert {only(severity=odd)[0]["severity"] for odd in ("HIGH", "moderate", "", " low")} == {"unknown"}
    assert only(severity="HIGH")[1]["message"] == "jinja2 2.4.1 has PYSEC-1 (unknown): slow"


@pytest.mark.parametrize("odd", [True, False, "true", 1, 0, {}, [], "no", 1.5])
def test_what_rules_decide_about_is_kept_as_it_is(odd: object) -> None:
    for field, name in (("knownExploited", "exploited"), ("new", "new"), ("vex", "vex")):
        value = only(**{field: odd})[0][name]
        assert (value, type(value)) == (odd, type(odd))


def test_true_and_one_are_not_alike() -> None:
    values = (True, 1, 1.0, "1", False, 0, None)
    for field, name in (("knownExploited", "exploited"), ("new", "new"), ("vex", "vex")):
        found = grouped(*(finding(f"A-{n}", **{field: value}) for n, value in enumerate(values)))
        assert json.dumps([group[name] for group in found["alike"]]) == json.dumps(values)


@pytest.mark.parametrize(
    ("score", "word"),
    [
        (None, "none"),
        *((text, "known") for text in ("0", "1", "0.5", "1.0", "0.000000000001", "1.000000000000")),
        *(
            (odd, "unreadable")
            for odd in ("", "2", "1.1", "0,9", "NaN", ".5", "0.", "0.5\n", "٠.٥", 0.5, 1, True, [], {})
        ),
    ],
)
def test_scores_of_epss(score: object, word: str) -> None:
    group, member = only(epss=score)
    assert group["epss"] == word
    assert member["evidence"].get("epss") == score


@pytest.mark.parametrize(
    ("name", "aliases", "exploited", "unlooked"),
    [
        ("CVE-2026-1234", [], None, True),
        ("PYSEC-1", ["GHSA-1", "CVE-2026-123456"], None, True),
        ("CVE-2026-1234", [], False, False),
        ("CVE-2026-1234", [], True, False),
        ("PYSEC-1", ["CVE-26-1234", "CVE-2026-123", "xCVE-2026-1234", "CVE-2026-1234\n", "cve-2026-1234"], None, False),
    ],
)
def test_who_has_a_cve_and_was_not_looked_up(name: str, aliases: list[str], exploited: object, unlooked: bool) -> None:
    (group,) = grouped(finding(name, aliases=aliases, knownExploited=exploited))["alike"]
    assert group["unlooked"] is unlooked


WAY = ["pkg:pypi/flask@1.0", "pkg:pypi/jinja2@2.4.1"]


@pytest.mark.parametrize(
    ("notes", "fix"),
    [
        ({"fixed": ["2.11.3", "3.0"]}, "raise jinja2 2.4.1 to 2.11.3 or 3.0"),
        ({"upgrade": "3.1.6"}, "raise jinja2 2.4.1 to 3.1.6"),
        ({"upgrade": "3.1.6", "fixed": []}, "raise jinja2 2.4.1 to 3.1.6"),
        ({"upgrade": "3.1.6", "paths": [WAY]}, f"raise jinja2 2.4.1 to 3.1.6; it came in by {' > '.join(WAY)}"),
        ({"upgrade": None, "paths": [WAY, ["b"]]}, f"raise jinja2 2.4.1 to 2.11.3; it came in by {' > '.join(WAY)}"),
        ({"fixed": [], "paths": [WAY]}, "no fixed version is known: replace jinja2, or take it out (PYSEC-1)"),
        *(
            ({"upgrade": odd, "paths": odd}, "raise jinja2 2.4.1 to 2.11.3")
            for odd in (None, "", [None], [[]], [[1, 2]], [["a"]], ["ab"], 5)
        ),
    ],
)
def test_the_next_step(notes: dict[str, Any], fix: str) -> None:
    assert only(**notes)[1]["fix"] == fix


def test_what_is_known_is_evidence_and_what_is_not_is_left_out() -> None:
    evidence = only(upgrade="3.1.6", paths=[WAY], epss="0.5")[1]["evidence"]
    assert (evidence["upgrade"], evidence["paths"], evidence["epss"]) == ("3.1.6", [WAY], "0.5")
    assert set(only(aliases=[])[1]["evidence"]) == {"id", "purl", "name", "version", "fixed"}


def test_each_finding_is_in_one_group_with_its_like() -> None:
    """Nothing is lost, nothing is told twice, and the members of a group share all that decides."""
    chance = random.Random(7)
    choices = {
        "severity": ["high", "low", "HIGH", 5],
        "status": ["affected", "not_affected", None],
        "knownExploited": [None, True, 1],
        "new": [None, False, 0],
        "vex": [None, {"document": "sha256:a", "expires": None}, {"expires": None, "document": "sha256:a"}],
        "fixed": [[], ["2"], None],
        "epss": [None, "0.5", "x"],
    }
    findings = [
        finding(f"A-{n}", **{field: chance.choice(values) for field, values in choices.items()}) for n in range(500)
    ]
    found = grouped(*findings)
    told = [member["evidence"]["id"] for group in found["alike"] for member in group["members"]]
    assert sorted(told) == sorted(f["id"] for f in findings)
    assert found["unreadable"] == 0
    facts = [json.dumps({**group, "members": []}, sort_keys=True) for group in found["alike"]]
    assert len(set(facts)) == len(facts) > 100
    by_name = {f["id"]: group for group in found["alike"] for f in (m["evidence"] for m in group["members"])}
    for one in findings:
        (alone,) = grouped(one)["alike"]
        assert {**by_name[one["id"]], "members": []} == {**alone, "members": []}


def test_the_results_are_not_changed() -> None:
    results = [finding(), finding("B", aliases=[5], paths=[WAY]), None]
    before = copy.deepcopy(results)
    findings_of(results)
    assert results == before


# documents of version 1


def document(**fields: Any) -> dict[str, Any]:
    scan = {"kind": "vulns", "digest": "sha256:a", "predicate": {"scanner": {"uri": "u", "result": [finding()]}}}
    return {"version": 1, "at": "2026-11-21T00:00:00Z", "statements": [scan, {"kind": "sbom"}, None], **fields}


def test_a_document_of_then_is_read_as_one_of_today() -> None:
    stored = document()
    before = copy.deepcopy(stored)
    now = in_present_shape(stored)
    scan, other, none = now["statements"]
    assert now["version"] == 2
    assert scan["predicate"] == {"scanner": {"uri": "u"}}
    assert scan["findings"] == findings_of([finding()])
    assert (other, none) == ({"kind": "sbom"}, None)
    assert stored == before


def test_what_is_of_today_stays_as_it_is() -> None:
    for odd in ({"version": 2}, {"version": 99}, {"version": None}, {"statements": {"a": 1}}):
        assert in_present_shape(document(**odd)) == document(**odd)


@pytest.mark.parametrize("predicate", [None, 7, [], {}, {"scanner": None}, {"scanner": {"result": {"id": "A"}}}])
def test_an_odd_scan_of_then_is_not_read(predicate: object) -> None:
    stored = document(statements=[{"kind": "vulns", "predicate": predicate}])
    (scan,) = in_present_shape(stored)["statements"]
    assert scan.get("findings") is None
