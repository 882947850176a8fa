"""`explain`: what it says would allow does allow, and a little less does not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pytest

from supplychain.pipeline.resources import policies_folder
from supplychain.policy import explain_edits as edits
from supplychain.policy.alike import findings_of
from supplychain.policy.engine import Given
from supplychain.policy.evidence_flaws import FLAWS, Flaw
from supplychain.policy.evidence_mutants import sample_of
from supplychain.policy.explain import Explanation, explain
from supplychain.policy.explain_candidates import ends_at, upgrade_of
from supplychain.policy.policy_files import of_folder
from supplychain.policy.policy_set import PolicySet, modules_of
from supplychain.policy.regorus import Regorus

Document = dict[str, Any]
ENGINE = Regorus()
AT = "2026-11-21T00:00:00Z"
SHA = "a" * 64


@lru_cache(maxsize=1)
def sample() -> tuple[Document, dict[str, Any], tuple[tuple[str, str], ...]]:
    modules = modules_of(of_folder(policies_folder()), tests=True)
    document, profile = sample_of(modules)
    return document, profile, tuple(m for m in modules if not m[0].endswith("_test.rego"))


def policies(*more: str, **thresholds: dict[str, Any]) -> PolicySet:
    """The rules of the sample's profile and more, with thresholds laid over its own."""
    _, profile, modules = sample()
    rules = (*profile["rules"], *more)
    merged = {rule: {**profile["thresholds"].get(rule, {}), **values} for rule, values in thresholds.items()}
    profile = {**profile, "rules": list(rules), "thresholds": {**profile["thresholds"], **merged}}
    return PolicySet(environment="production", modules=modules, rules=rules, profile=profile)


def honest() -> Document:
    return copy.deepcopy(sample()[0])


def entry(document: Document, kind: str) -> dict[str, Any]:
    return next(e for e in document["statements"] if e["kind"] == kind)


def blocking(document: Document, rules: PolicySet | None = None) -> set[str]:
    found = ENGINE.answers(rules or policies(), Given(document))
    return {violation.code for violation in found if violation.kind != "warn"}


def told(document: Document, rules: PolicySet | None = None) -> Explanation:
    return explain(ENGINE, rules or policies(), document)


def texts(explanation: Explanation) -> list[str]:
    return [change.text for change in explanation.changes]


def allows(document: Document, expected: Sequence[str], rules: PolicySet | None = None) -> None:
    """It is blocked, this is what is told, and with it, it is allowed."""
    assert blocking(document, rules)
    explanation = told(document, rules)
    assert texts(explanation) == list(expected)
    assert (explanation.enough, explanation.left) == (True, ())
    assert blocking(dict(explanation.document), rules) == set()


def finding(number: int, version: str, *fixed: str, name: str = "jinja2", severity: str = "high") -> dict[str, Any]:
    return {
        "id": f"CVE-{number}",
        "severity": [{"method": "nvd", "score": severity}],
        "annotations": {
            "component": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "severity": severity,
            "title": "bad",
            "fixed": list(fixed),
            "status": "affected",
            "aliases": [],
        },
    }


def vulnerable(*findings: dict[str, Any]) -> Document:
    document = honest()
    entry(document, "vulns")["findings"] = findings_of(list(findings))
    return document


# every flaw in the evidence of the default rules

UNSETTLED = {
    "vsa: without a time",
    "vsa: dated 2199-01-01T00:00:00Z",
    "no clock",
    "another environment than the profile's",
    "a document of a version to come",
    "artifact: no digest",
}
"""Flaws that no further evidence mends."""


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.change)
def test_what_is_told_allows(flaw: Flaw) -> None:
    change, document = flaw.change, flaw.make(honest())
    assert document is not None
    if change in UNSETTLED:
        assert not told(document).enough
        return
    explanation = told(document)
    assert explanation.enough, explanation.left
    assert blocking(dict(explanation.document)) == set()
    assert {code for found in explanation.changes for code in found.settles} == blocking(document)


def test_nothing_is_told_of_what_is_allowed() -> None:
    assert texts(told(honest())) == []


# times


@pytest.mark.parametrize(
    ("kind", "text", "bound"),
    [
        ("provenance", "a provenance made at 2026-11-19T00:00:00Z or later", "2026-11-19T00:00:00Z"),
        ("sbom", "a SBOM made at 2026-11-19T00:00:00Z or later", "2026-11-19T00:00:00Z"),
        ("vulns", "a scan of the dependencies made at 2026-11-19T00:00:00Z or later", "2026-11-19T00:00:00Z"),
        ("scan", "a scan of kind sast made at 2026-11-19T00:00:00Z or later", "2026-11-19T00:00:00Z"),
    ],
)
def test_newer_than_what(kind: str, text: str, bound: str) -> None:
    document = honest()
    entry(document, kind)["time"] = "2026-11-01T00:00:00Z"
    allows(document, [text])
    entry(document, kind)["time"] = bound
    assert not blocking(document)
    entry(document, kind)["time"] = "2026-11-18T23:59:59Z"
    assert blocking(document)


def test_a_database_newer_than_what() -> None:
    document = honest()
    database = entry(document, "vulns")["predicate"]["coverage"]["database"]
    database["built"] = "2026-10-01T00:00:00Z"
    allows(document, ["a scan of the dependencies with an advisory database made at 2026-11-14T00:00:00Z or later"])
    database["built"] = "2026-11-14T00:00:00Z"
    assert not blocking(document)
    database["built"] = "2026-11-13T23:59:59Z"
    assert blocking(document)


def test_an_age_that_nobody_limits() -> None:
    document = honest()
    entry(document, "provenance")["time"] = None
    rules = policies(provenance={"max_age_hours": None})
    allows(document, [f"a provenance that says when it was made, {AT} or before"], rules)


def test_waiting() -> None:
    document = honest()
    entry(document, "vsa")["time"] = "2026-11-20T23:00:00Z"
    allows(document, ["ask again at 2026-11-21T01:00:00Z or later"])
    assert not blocking({**document, "at": "2026-11-21T01:00:00Z"})
    assert blocking({**document, "at": "2026-11-21T00:59:59Z"}) == {"PREVIOUS_ENVIRONMENT_TOO_RECENT"}


def test_waiting_so_long_that_something_else_grows_old() -> None:
    """A scan of which 36 hours are left does not live to see 40 hours pass."""
    document = honest()
    entry(document, "vsa")["time"] = "2026-11-21T00:00:00Z"
    rules = policies(previous_environment={"min_soak_hours": 40})
    explanation = told(document, rules)
    assert not explanation.enough
    assert {reason.code for reason in explanation.left} == {"PREVIOUS_ENVIRONMENT_TOO_RECENT"}


def test_promoting_first() -> None:
    document = honest()
    document["statements"].remove(entry(document, "vsa"))
    allows(document, ["promote it to staging first, then ask again 2 hours later"])


# versions


@pytest.mark.parametrize(
    ("now", "fixes", "expected"),
    [
        ("3.0", [["3.1"]], "3.1"),
        ("3.0", [["3.1"], ["3.2"]], "3.2"),
        ("3.9", [["3.10"]], "3.10"),
        ("3.0", [["2.9.5", "3.1"]], "3.1"),  # a fix of an older branch is no way out
        ("2.1", [["2.3", "3.5"], ["3.0"]], "3.5"),  # 3.0 ends the one, and has the other
        ("2.1", [["2.3", "3.5"], ["2.4", "3.0"]], "3.5"),
        ("2.1", [["2.3", "3.5"], ["2.3"]], "2.3"),
        ("3.0", [["3.1"], []], "3.1"),
        ("3.0", [[]], None),
        ("3.0", [["2.0"]], None),
        ("3.0", [["x" * 1000]], None),
    ],
)
def test_the_version_that_ends_every_finding(now: str, fixes: list[list[str]], expected: str | None) -> None:
    assert upgrade_of(f"pkg:pypi/a@{now}", now, fixes) == expected


def test_an_order_that_is_not_known() -> None:
    assert upgrade_of("pkg:generic/a@1", "1", [["2"]]) is None
    assert not ends_at("pkg:generic/a@1", "1", ["2"], "2")


def test_a_raised_package() -> None:
    allows(vulnerable(finding(1, "3.0", "3.1")), ["raise jinja2 3.0 to 3.1"])
    both = vulnerable(finding(1, "3.0", "3.1"), finding(2, "3.0", "3.0.9", "3.2"))
    allows(both, ["raise jinja2 3.0 to 3.2"])
    two = vulnerable(finding(1, "3.0", "3.1"), finding(2, "1.0", "1.5", name="flask"))
    allows(two, ["raise flask 1.0 to 1.5", "raise jinja2 3.0 to 3.1"])


def test_raising_does_not_end_what_no_version_ends() -> None:
    document = vulnerable(finding(1, "3.0", "3.1"), finding(2, "3.0"))
    allows(document, ["raise jinja2 3.0 to 3.1", blocked_fix(document, "CVE-2")])
    # True: without the second, raising alone leaves it blocked.
    assert blocking(vulnerable(finding(2, "3.0"))) == {"VULNERABILITY_FOUND"}


def blocked_fix(document: Document, identity: str) -> str:
    found = ENGINE.answers(policies(), Given(document))
    return next(v.fix for v in found if v.evidence.get("id") == identity)


def test_findings_that_do_not_block_are_not_told() -> None:
    document = vulnerable(finding(1, "3.0", "3.1"), finding(2, "1.0", "9.0", name="flask", severity="low"))
    allows(document, ["raise jinja2 3.0 to 3.1"])


# rules that no profile of ours lists


def quality(kind: str, **measured: Any) -> dict[str, Any]:
    return {
        **copy.deepcopy(entry(honest(), "scan")),
        "kind": "test-result",
        "digest": f"sha256:{kind}",
        "predicate": {
            "result": "PASSED",
            "configuration": [],
            "urn:supplychain:quality": {"kind": kind, "tools": ["any"], "measured": measured},
        },
    }


def with_entry(*more: dict[str, Any]) -> Document:
    document = honest()
    document["statements"] += more
    return document


def approval(person: str, **changes: Any) -> dict[str, Any]:
    predicate = {
        "environment": "production",
        "verdict": "approve",
        "approver": person,
        "reason": "good",
        "ticket": "",
        "rules": [],
        "from": "2026-11-20T12:00:00Z",
        "until": "2026-11-22T12:00:00Z",
        **changes,
    }
    about = {"kind": "approval", "digest": f"sha256:{person}", "people": [person], "signers": [person]}
    return {**copy.deepcopy(entry(honest(), "scan")), **about, "predicate": predicate}


def by_author(document: Document) -> Document:
    source = entry(document, "provenance")["predicate"]["buildDefinition"]["resolvedDependencies"][-1]
    source["annotations"]["authors"] = ["dora"]
    return document


def test_lines_that_are_missing() -> None:
    rules = policies("coverage")
    low = {"files": 1, "lines": 200, "lines_covered": 150, "branches": 0, "branches_covered": 0, "worst": []}
    document = with_entry(quality("coverage", **low))
    allows(document, ["cover 20 more of 200 lines: 170 instead of 150"], rules)
    assert not blocking(with_entry(quality("coverage", **{**low, "lines_covered": 170})), rules)
    assert blocking(with_entry(quality("coverage", **{**low, "lines_covered": 169})), rules)


@pytest.mark.parametrize("kind", ["tests", "coverage", "complexity", "performance"])
def test_a_result_that_is_missing(kind: str) -> None:
    allows(honest(), [f"add a result of {kind} that passes"], policies(kind))


def test_a_test_that_failed() -> None:
    document = with_entry(quality("tests", tests=12, passed=10, failed=1, skipped=1, flaky=0))
    document["statements"][-1]["predicate"]["result"] = "FAILED"
    allows(document, ["add a result of tests that passes"], policies("tests"))


@pytest.mark.parametrize("kind", ["secrets", "iac", "image"])
def test_a_scan_that_is_missing(kind: str) -> None:
    allows(honest(), [f"add a scan of kind {kind} that finds nothing"], policies(kind))


def test_approvals() -> None:
    rules = policies("approvals")
    document = by_author(honest())
    allows(document, ["2 more approvals for production, by different people, none of them an author"], rules)
    document["statements"].append(approval("ada"))
    allows(document, ["1 more approval for production, by people other than ada, none of them an author"], rules)
    document["statements"].append(approval("dora"))
    assert blocking(document, rules) == {"APPROVALS_TOO_FEW"}, "an author is nobody"
    document["statements"].append(approval("bob"))
    assert not blocking(document, rules)


def test_a_freeze() -> None:
    span = {"name": "holidays", "from": "2026-11-20T00:00:00Z", "until": "2026-11-21T06:30:00Z"}
    rules = policies("freeze", freeze={"dated": [span]})
    allows(honest(), ["ask again at 2026-11-21T06:30:00Z or later"], rules)
    assert blocking({**honest(), "at": "2026-11-21T06:29:59Z"}, rules) == {"FREEZE_IN_FORCE"}


def test_a_log_that_has_no_entry() -> None:
    rules = policies("transparency", transparency={"log_pending": "deny", "log_none": "deny", "max_pending_hours": 24})
    document = honest()
    for number, found in enumerate(document["statements"]):
        found.update(log="none" if number == 1 else "included", signed_at=found["time"])
    allows(document, ["make its entry in a transparency log"], rules)


def test_a_source_that_is_not_expected() -> None:
    rules = policies("source", source={"uris": ["git+https://other.example/*"], "refs": None})
    allows(
        honest(),
        ["add provenance from a clean commit of an expected source and ref, by such a builder"],
        rules,
    )


def built(builder: str, person: str, **changes: Any) -> dict[str, Any]:
    """Provenance of the revision of the sample, by another builder."""
    made = copy.deepcopy(entry(honest(), "provenance"))
    made["predicate"]["runDetails"]["builder"] = {"id": builder}
    return {**made, "digest": f"sha256:{builder}", "people": [person], "signers": [person], **changes}


def test_a_build_that_nobody_has_repeated() -> None:
    rules = policies("rebuilt", rebuilt={"min_builder_level": 2})
    document = honest()
    entry(document, "provenance").update(builder_level=2, people=["ada"])
    told_of = "build revision {} on another builder, each signed by somebody else, into the same bytes"
    assert blocking(document, rules) == {"REBUILT_TOO_FEW"}
    revision = entry(document, "provenance")["predicate"]["buildDefinition"]["resolvedDependencies"][-1]["digest"]
    allows(document, [told_of.format(revision["gitCommit"][:12])], rules)
    document["statements"].append(built("https://builder.example/second", "ada", builder_level=2))
    assert blocking(document, rules) == {"REBUILT_TOO_FEW"}, "the same person twice is one witness"
    document["statements"][-1]["people"] = ["somebody else"]
    assert not blocking(document, rules)


def test_no_build_that_counts() -> None:
    rules = policies("rebuilt", rebuilt={"min_builders": 3, "min_builder_level": 3})
    explanation = told(honest(), rules)
    assert explanation.enough
    assert [text for text in texts(explanation) if "on 3 other builders" in text]
    assert blocking(dict(explanation.document), rules) == set()


def test_a_build_that_no_other_allowed_builder_could_repeat() -> None:
    """No builder is invented that the profile does not allow."""
    builder = "https://builder.example/v1"
    document = honest()
    entry(document, "provenance")["predicate"]["runDetails"]["builder"] = {"id": builder}
    entry(document, "provenance").update(builder_level=3, people=["ada"])
    explanation = told(document, policies("rebuilt", provenance={"allowed_builders": [builder]}))
    assert not explanation.enough
    assert {reason.code for reason in explanation.left} == {"REBUILT_TOO_FEW"}
    assert all(reason.fix for reason in explanation.left)
    second = policies("rebuilt", provenance={"allowed_builders": [builder, "https://second.example/v1"]})
    assert told(document, second).enough


@pytest.mark.parametrize("kind", ["dependencies", "secrets"])
def test_a_scanner_that_nobody_has_asked(kind: str) -> None:
    rules = policies("two_scanners", two_scanners={"kinds": [kind]})
    allows(honest(), [f"scan again ({kind}) with 2 other scanners that see nothing"], rules)


def test_a_second_opinion() -> None:
    """What one scanner saw the other has to see too, or they disagree."""
    severities = sample()[1]["thresholds"]["vulnerabilities"]["severities"]
    rules = policies(
        "two_scanners",
        two_scanners={"disagreement": "deny"},
        vulnerabilities={"severities": {**severities, "high": "warn"}},
    )
    document = vulnerable(finding(1, "3.0", "3.1"))
    scan = entry(document, "vulns")
    scan["predicate"]["scanner"]["uri"] = "urn:supplychain:scanner:one"
    scan["predicate"]["coverage"] = _looked_at_all(scan["predicate"]["coverage"], document["at"])
    scan["findings"]["alike"][0]["seen_by"] = ["one"]
    assert blocking(document, rules) == {"TWO_SCANNERS_TOO_FEW"}
    allows(document, ["scan again (dependencies) with another scanner that sees the same"], rules)


def _looked_at_all(coverage: dict[str, Any], at: str) -> dict[str, Any]:
    database = {"built": at, "digest": f"sha256:{SHA}", "records": 1}
    return {**coverage, "asked": 3, "looked_at": 3, "skipped": [], "time_limit_hit": False, "database": database}


def test_findings_of_documents_of_version_1_go_as_well() -> None:
    """A stored decision is explained over the document and the policies of then."""
    raw = [finding(1, "3.0", "3.1"), finding(2, "1.0", name="flask"), 7]
    old: Document = {"version": 1, "statements": [{"kind": "vulns", "predicate": {"scanner": {"result": list(raw)}}}]}
    new: Document = {"version": 2, "statements": [{"kind": "vulns", "findings": findings_of(raw)}]}
    assert [edits.fixes_of(raw[0]), edits.component_of(raw[0]), edits.id_of(raw[0])] == [
        ["3.1"],
        "pkg:pypi/jinja2@3.0",
        "CVE-1",
    ]
    for document in (old, new):
        gone = edits.drop(lambda found: edits.component_of(found) == "pkg:pypi/jinja2@3.0")
        assert gone(document)
        assert not gone(document)
    assert old["statements"][0]["predicate"]["scanner"]["result"] == raw[1:]
    left = [edits.id_of(member) for group in edits.groups_of(new["statements"][0]) for member in group["members"]]
    assert left == ["CVE-2"]


# several at once


def test_each_change_is_needed() -> None:
    document = by_author(vulnerable(finding(1, "3.0", "3.1")))
    entry(document, "scan")["time"] = "2026-11-01T00:00:00Z"
    del entry(document, "provenance")["predicate"]["runDetails"]
    rules = policies("approvals")
    explanation = told(document, rules)
    assert explanation.enough
    assert len(explanation.changes) == 4
    assert blocking(dict(explanation.document), rules) == set()
    mends: list[Callable[[Document], None]] = [
        lambda d: entry(d, "vulns")["findings"].update(alike=[]),
        lambda d: entry(d, "scan").update(time=AT),
        lambda d: entry(d, "provenance")["predicate"].update(
            runDetails={"builder": {"id": "https://builder.example/1"}}
        ),
        lambda d: d["statements"].extend([approval("ada"), approval("bob")]),
    ]
    for left_out in range(5):
        changed = copy.deepcopy(document)
        for number, mend in enumerate(mends):
            if number != left_out:
                mend(changed)
        assert bool(blocking(changed, rules)) == (left_out < 4)
