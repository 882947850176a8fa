"""Two scanners, one list: joined by alias and component, with who saw what and why the other did not."""

from __future__ import annotations

from supplychain.inventory.component import Component
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import ScanResult
from supplychain.scan.merge import Merged, Opinion, merge

WHOLE = Coverage(asked=2, looked_at=2)


def finding(
    name: str, *aliases: str, purl: str = "pkg:pypi/a@1", by: str = "ours", level: Level = Level.HIGH
) -> Finding:
    part = Component(name="a", version="1", purl=purl)
    return Finding(id=name, title=name, level=level, aliases=aliases, component=part, seen_by=(by,))


def opinion(name: str, *findings: Finding, coverage: Coverage = WHOLE, prefix: str = "pkg:") -> Opinion:
    result = ScanResult(kind="dependencies", scanner=name, version="1", findings=findings, coverage=coverage)
    return Opinion(result=result, prefix=prefix)


def both(ours: Opinion, theirs: Opinion) -> Merged:
    return merge([ours, theirs])


def test_joined_by_alias() -> None:
    theirs = finding("PYSEC-1", "cve-1", by="pip-audit", level=Level.UNKNOWN)
    merged = both(opinion("ours", finding("GHSA-1", "CVE-1")), opinion("pip-audit", theirs))
    (joined,) = merged.result.findings
    assert (joined.id, joined.level, joined.seen_by) == ("GHSA-1", Level.HIGH, ("ours", "pip-audit"))
    assert joined.aliases == ("CVE-1", "PYSEC-1", "cve-1")
    assert merged.differences == ()
    assert merged.result.scanner == "ours+pip-audit"


def test_not_joined_across_components() -> None:
    merged = both(
        opinion("ours", finding("A")), opinion("pip-audit", finding("A", purl="pkg:pypi/b@1", by="pip-audit"))
    )
    assert len(merged.result.findings) == 2


def test_one_that_joins_two() -> None:
    ours = opinion("ours", finding("A"), finding("B"))
    merged = both(ours, opinion("pip-audit", finding("C", "A", "B", by="pip-audit")))
    assert [(f.id, f.aliases) for f in merged.result.findings] == [("A", ("B", "C"))]


def test_unknown_only_if_nobody_knows() -> None:
    unknown = finding("A", level=Level.UNKNOWN)
    assert both(opinion("ours", unknown), opinion("p", unknown)).result.findings[0].level is Level.UNKNOWN
    low = finding("A", level=Level.LOW)
    assert both(opinion("ours", unknown), opinion("p", low)).result.findings[0].level is Level.LOW


def why(ours: Opinion, theirs: Opinion) -> str:
    (difference,) = both(ours, theirs).differences
    assert difference.to_json()["not_seen_by"] == [{"scanner": s, "why": w} for s, w in difference.missing]
    assert difference.finding.id in difference.line()
    return difference.missing[0][1]


def test_why_the_other_did_not_see_it() -> None:
    ours = opinion("ours", finding("A"))
    assert why(ours, opinion("p")) == "it looked, and does not know it"
    assert (
        why(opinion("ours", finding("A", purl="pkg:npm/a@1")), opinion("p", prefix="pkg:pypi/"))
        == "it looks at pkg:pypi/ only"
    )
    skip = Skip(what="pkg:pypi/a@1", reason=Reason.NOT_FROM_REGISTRY, detail="404")
    lost = Coverage(asked=2, looked_at=1, skipped=(skip,))
    assert why(ours, opinion("p", coverage=lost)) == "it did not look: not from registry (404)"
    failed = Coverage(asked=1, looked_at=0, skipped=(Skip(what="p", reason=Reason.TOOL_FAILED, detail="down"),))
    assert why(ours, opinion("p", coverage=failed)) == "it did not look: tool failed (down)"
    assert why(ours, opinion("p", coverage=Coverage(asked=0, looked_at=0))) == "it did not look: nothing was asked"
    group = Skip(what="PyPI (3 components)", reason=Reason.NO_DATABASE, detail="no feed", count=3)
    theirs = opinion("p", finding("A", by="p"))
    lost = Coverage(asked=4, looked_at=1, skipped=(group,))
    assert why(opinion("ours", coverage=lost), theirs) == "it did not look: no database (no feed)"


def test_coverage_adds_up() -> None:
    skip = Skip(what="pkg:pypi/a@1", reason=Reason.NOT_FROM_REGISTRY)
    lost = Coverage(asked=2, looked_at=1, skipped=(skip,), time_limit_hit=True)
    coverage = both(opinion("ours"), opinion("p", coverage=lost)).result.coverage
    assert (coverage.asked, coverage.looked_at, coverage.complete) == (4, 3, False)
    assert [skip.what for skip in coverage.skipped] == ["p: pkg:pypi/a@1"]
    assert coverage.time_limit_hit


def test_json() -> None:
    value = both(opinion("ours", finding("A")), opinion("p")).to_json()
    assert [scanner["name"] for scanner in value["scanners"]] == ["ours", "p"]
    assert value["differences"][0]["seen_by"] == ["ours"]
