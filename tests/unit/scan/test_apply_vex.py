"""What VEX does to findings, and how every statement is accounted for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from supplychain.advisory.vex_document import parse_vex
from supplychain.advisory.vex_match import Thing
from supplychain.artifact.digest import Digest
from supplychain.inventory.component import Component
from supplychain.scan.coverage import Coverage
from supplychain.scan.finding import Finding, Level, Status
from supplychain.scan.interface import ScanResult
from supplychain.scan.vex import Scanned, Terms, apply_vex
from supplychain.scan.vex_report import VexReport

AT = datetime(2026, 6, 1, tzinfo=UTC)
JINJA = Component(name="jinja2", version="2.4.1", purl="pkg:pypi/jinja2@2.4.1")
CURL = Component(name="curl", version="7.88", purl="pkg:deb/debian/curl@7.88?arch=amd64&distro=debian-12.13")
COMPONENTS = (JINJA, CURL, Component(name="flask", version="3", purl="pkg:pypi/flask@3"))
FINDINGS = (
    Finding(id="GHSA-1", aliases=("CVE-1",), title="a", level=Level.HIGH, component=JINJA),
    Finding(id="CVE-2", title="b", level=Level.LOW, component=CURL),
)


def said(number: str = "CVE-1", *products: str, status: str = "not_affected", **more: Any) -> dict[str, Any]:
    reason = {"justification": "component_not_present"} if status == "not_affected" else {}
    items = [{"@id": product} for product in products or (JINJA.purl,)]
    return {"vulnerability": {"name": number}, "products": items, "status": status, **reason, **more}


def apply(*statements: dict[str, Any], thing: Thing | None = None, **terms: Any) -> tuple[list[str], VexReport]:
    body = {"@context": "https://openvex.dev/ns/v0.2.0", "timestamp": "2026-01-01T00:00:00Z", "statements": statements}
    document = parse_vex(json.dumps(body).encode(), where="a.json")
    coverage = Coverage(asked=3, looked_at=3)
    results = [
        ScanResult(kind="sast", scanner="s", version="1", findings=(FINDINGS[0],), coverage=coverage),
        ScanResult(kind="dependencies", scanner="d", version="1", findings=FINDINGS, coverage=coverage),
    ]
    scanned = Scanned(thing=thing or Thing(name="shop"), components=COMPONENTS)
    changed, report = apply_vex(results, [document], scanned, Terms(at=AT, **terms))
    assert changed[0] == results[0], "only dependencies"
    return [finding.status.value for finding in changed[1].findings], report


def only(report: VexReport) -> dict[str, Any]:
    (outcome,) = report.outcomes
    return outcome.to_json()


def test_settles_by_alias_and_exact_product() -> None:
    statuses, report = apply(said())
    assert statuses == ["not_affected", "affected"]
    assert only(report)["outcome"] == "settled"
    assert only(report)["findings"] == [{"id": "GHSA-1", "purl": JINJA.purl}]
    assert report.to_json()["settled"] == 1
    assert not report.useless


@pytest.mark.parametrize("status", ["fixed", "under_investigation"])
def test_other_statuses(status: str) -> None:
    statuses, report = apply(said(status=status))
    assert statuses[0] == status
    assert only(report)["outcome"] == ("settled" if status == "fixed" else "confirmed")


def test_distribution_release_is_one_release() -> None:
    assert apply(said("cve-2", "pkg:deb/debian/curl@7.88?distro=debian-12"))[0][1] == "not_affected"


@pytest.mark.parametrize(
    ("product", "nearest", "fields"),
    [
        ("pkg:pypi/jinja2@2.4.2", JINJA.purl, ["version"]),
        ("pkg:npm/jinja2@2.4.1", JINJA.purl, ["type"]),
        ("pkg:deb/debian/jinja2@2.4.1", JINJA.purl, ["type", "namespace"]),
        ("pkg:pypi/jinja2@2.4.1?repository_url=x", JINJA.purl, ["repository_url"]),
        ("pkg:pypi/django@1", None, []),
        ("pkg:pypi/flask@3", "pkg:pypi/flask@3", []),
    ],
)
def test_what_matches_nothing_is_listed_with_the_nearest(product: str, nearest: str | None, fields: list[str]) -> None:
    statuses, report = apply(said("CVE-1", product))
    entry = only(report)
    assert statuses == ["affected", "affected"]
    assert (entry["outcome"], entry["nearest"]) == ("no_match", nearest)
    assert [difference["field"] for difference in entry["differences"]] == fields
    assert entry["reason"]
    assert len(report.useless) == 1


def test_reasons_in_words() -> None:
    assert "no such component" in only(apply(said("CVE-1", "pkg:pypi/django@1"))[1])["reason"]
    assert only(apply(said("CVE-9"))[1])["reason"] == f"{JINJA.purl} is here, and the scan found no CVE-9 in it"
    reason = only(apply(said("CVE-2", "pkg:deb/debian/curl@7.88?distro=debian-11"))[1])["reason"]
    assert "distro: the statement says debian-11, it is debian-12.13" in reason


def test_without_a_version_nothing_is_silenced_unless_said() -> None:
    statuses, report = apply(said("CVE-1", "pkg:pypi/jinja2"))
    assert statuses[0] == "affected"
    entry = only(report)
    assert (entry["outcome"], entry["nearest"], entry["wide"]) == ("too_wide", JINJA.purl, True)
    assert entry["differences"] == [{"field": "version", "stated": "", "found": "2.4.1"}]
    for words, terms in [("pkg:pypi/jinja2@*", {}), ("pkg:pypi/jinja2", {"accept_wide": True})]:
        statuses, report = apply(said("CVE-1", words), **terms)
        assert statuses[0] == "not_affected"
        assert len(report.wide) == 1


def test_a_warning_needs_no_version() -> None:
    """An older "not affected" for this version does not outlive a newer "affected" for all."""
    new = said("CVE-1", "pkg:pypi/jinja2", status="affected", timestamp="2026-02-01T00:00:00Z")
    statuses, report = apply(said(), new)
    assert statuses[0] == "affected"
    assert [outcome.word for outcome in report.outcomes] == ["overruled", "confirmed"]


def test_newest_wins_and_both_are_told() -> None:
    old, new = said(timestamp="2026-02-01T00:00:00Z", status="fixed"), said(timestamp="2026-03-01T00:00:00Z")
    for order in ([old, new], [new, old]):
        statuses, report = apply(*order)
        assert statuses[0] == "not_affected"
        (conflict,) = report.conflicts
        assert (conflict.winner.status, [s.status for s in conflict.losers]) == ("not_affected", ["fixed"])
        assert "over" in conflict.line()


def test_of_one_time_the_worse_wins() -> None:
    for better, worse in [("not_affected", "fixed"), ("fixed", "under_investigation"), ("not_affected", "affected")]:
        for order in ([better, worse], [worse, better]):
            statuses, _ = apply(*(said(status=status) for status in order))
            assert statuses[0] == worse


def test_agreement_is_no_conflict() -> None:
    _, report = apply(said(), said(timestamp="2026-02-01T00:00:00Z"))
    assert report.conflicts == ()
    assert [outcome.word for outcome in report.outcomes] == ["settled", "settled"]


def test_expired_too_old_and_future_statements() -> None:
    for statement, terms in [
        (said(**{"supplychain:expires": "2026-06-01T00:00:00Z"}), {}),
        (said(), {"max_age": timedelta(days=30)}),
        (said(timestamp="2026-06-01T00:00:01Z"), {}),
    ]:
        statuses, report = apply(statement, **terms)
        assert statuses[0] == "affected"
        assert only(report)["outcome"] == "not_in_force"
        assert len(report.useless) == 1


def test_expired_statement_does_not_overrule() -> None:
    old = said(status="affected", timestamp="2026-05-01T00:00:00Z", **{"supplychain:expires": "2026-05-02T00:00:00Z"})
    assert apply(said(), old)[0][0] == "not_affected"


def part_of(product: dict[str, Any]) -> dict[str, Any]:
    return {**said(), "products": [{**product, "subcomponents": [{"@id": JINJA.purl}]}]}


def test_part_of_another_product_is_not_excused() -> None:
    statuses, report = apply(part_of({"@id": "pkg:oci/other@1"}))
    assert statuses[0] == "affected"
    entry = only(report)
    assert entry["nearest"] == JINJA.purl
    assert "in another product" in entry["reason"]
    assert "--product" in entry["reason"]


def test_part_of_the_thing_scanned_is_excused() -> None:
    digest = Digest.of_bytes(b"image")
    shop = Thing(name="shop", version="1", digests=(digest,))
    for product in ({"@id": "pkg:oci/shop@1"}, {"@id": "x", "hashes": {"sha-256": digest.hex}}):
        assert apply(part_of(product), thing=shop)[0][0] == "not_affected"
    assert apply(part_of({"@id": "pkg:oci/y@1"}), thing=Thing(purls=("pkg:oci/y@1",)))[0][0] == "not_affected"


def test_the_thing_scanned_as_a_whole() -> None:
    shop = Thing(name="shop", version="1")
    assert apply(said("CVE-1", "pkg:generic/shop@1"), thing=shop)[0] == ["not_affected", "affected"]
    assert "thing scanned" in only(apply(said("CVE-9", "pkg:generic/shop@1"), thing=shop)[1])["reason"]


def test_a_name_that_is_no_purl_fits_nothing() -> None:
    statuses, report = apply(said("CVE-1", "jinja2"))
    assert statuses[0] == "affected"
    assert only(report)["nearest"] == JINJA.purl


def test_one_statement_for_several_findings() -> None:
    _, report = apply(said("CVE-1", "pkg:pypi/none@1", JINJA.purl))
    assert only(report)["outcome"] == "settled"
    assert Status.NOT_AFFECTED == "not_affected"
