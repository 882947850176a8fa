"""Components against advisories: found, merged, and never quietly clean."""

from __future__ import annotations

from typing import Any

import pytest

from supplychain.advisory.matcher import Judgement, Matcher
from supplychain.inventory.component import Component


def component(purl: str, version: str | None = None) -> Component:
    return Component(name=purl.rpartition("/")[2].partition("@")[0], version=version, purl=purl)


def judge(opened: Any, *purls: str) -> dict[str, Judgement]:
    judged = Matcher(opened).judge([component(purl) for purl in purls])
    return {judgement.component.purl: judgement for judgement in judged}


def reasons(judgement: Judgement) -> list[str]:
    return [doubt.reason for doubt in judgement.doubts]


def test_affected_and_not(database: Any, record: Any) -> None:
    got = judge(database(record()), "pkg:pypi/demo@1.9", "pkg:pypi/demo@2.0", "pkg:pypi/other@1")
    assert got.keys() == {"pkg:pypi/demo@1.9"}
    (match,) = got["pkg:pypi/demo@1.9"].matches
    assert (match.id, match.severity, match.fixed) == ("X-1", "unknown", ("2.0",))


def test_names_meet_in_one_spelling(database: Any, record: Any) -> None:
    opened = database(record(package="Demo_Pkg.x"), record("G-1", "Go", "github.com/BurntSushi/toml", type="SEMVER"))
    got = judge(opened, "pkg:pypi/demo-pkg-x@1", "pkg:golang/github.com/burntsushi/toml@v1.0.0")
    assert len(got) == 2


def test_aliases_become_one_match(database: Any, record: Any) -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    opened = database(
        record("PYSEC-1", aliases=["CVE-1"]),
        record("GHSA-1", aliases=["CVE-1"], summary="Bad", severity=[{"type": "CVSS_V3", "score": vector}]),
        record("CVE-1", events=[{"introduced": "0"}, {"fixed": "2.1"}]),
        record("PYSEC-2", aliases=["CVE-2"], related=["CVE-1"]),
    )
    first, second = judge(opened, "pkg:pypi/demo@1")["pkg:pypi/demo@1"].matches
    assert (first.id, first.aliases) == ("GHSA-1", ("CVE-1", "PYSEC-1"))
    assert (first.title, first.severity, first.fixed) == ("Bad", "critical", ("2.0", "2.1"))
    assert (second.id, second.aliases) == ("PYSEC-2", ("CVE-2",))


def test_severity_of_the_package_counts_before_the_record(database: Any, record: Any) -> None:
    value = record(
        "D-1", "Debian:12", severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
    )
    value["affected"][0]["ecosystem_specific"] = {"severity": "low"}
    purl = "pkg:deb/debian/demo@1?distro=debian-12"
    assert judge(database(value), purl)[purl].matches[0].severity == "low"


def test_malicious_packages_are_critical(database: Any, record: Any) -> None:
    got = judge(database(record("MAL-1", "npm", "bad", events=[{"introduced": "0"}])), "pkg:npm/bad@1.0.0")
    assert got["pkg:npm/bad@1.0.0"].matches[0].severity == "critical"


def test_withdrawn_does_not_match(database: Any, record: Any) -> None:
    gone = record("X-2", withdrawn="2026-01-01T00:00:00Z")
    assert not judge(database(gone, record(package="other")), "pkg:pypi/demo@1")


@pytest.mark.parametrize(
    ("purl", "reason"),
    [
        ("pkg:generic/zlib@1", "unknown_ecosystem"),
        ("not a purl", "unknown_ecosystem"),
        ("pkg:deb/debian/x@1", "unknown_ecosystem"),
        ("pkg:npm/demo@1.0.0", "no_database"),
        ("pkg:deb/debian/x@1?distro=debian-12", "no_database"),
        ("pkg:pypi/demo", "no_version"),
        ("pkg:pypi/demo@", "no_version"),
        ("pkg:pypi/elsewhere@latest", "bad_version"),
        ("pkg:pypi/demo@" + "1" * 2000, "bad_version"),
        ("pkg:pypi/commits@1", "bad_advisory"),
    ],
)
def test_what_cannot_be_judged_is_in_doubt(database: Any, record: Any, purl: str, reason: str) -> None:
    opened = database(record(), record("X-2", package="commits", type="GIT", events=[{"introduced": "0"}]))
    got = judge(opened, purl)[purl]
    assert reasons(got) == [reason]
    assert not got.matches


def test_without_a_database_everything_is_in_doubt() -> None:
    purls = ("pkg:pypi/demo@1", "pkg:npm/x@1", "pkg:generic/y@1")
    got = judge(None, *purls)
    assert got.keys() == set(purls)
    assert all(judgement.doubts for judgement in got.values())


def test_a_bad_version_still_matches_what_it_can_and_stays_in_doubt(database: Any, record: Any) -> None:
    opened = database(record(), record("X-2", events=None, versions=["main"]))
    got = judge(opened, "pkg:pypi/demo@main")["pkg:pypi/demo@main"]
    assert [match.id for match in got.matches] == ["X-1", "X-2"]
    assert reasons(got) == ["bad_version"]


def test_an_uncovered_ecosystem_still_shows_what_is_known(database: Any, record: Any) -> None:
    both = record("GHSA-1", "npm", "left-pad")
    both["affected"] += record(package="demo")["affected"]
    got = judge(database(both), "pkg:pypi/demo@1", "pkg:pypi/clean@1")
    assert [match.id for match in got["pkg:pypi/demo@1"].matches] == ["GHSA-1"]
    assert reasons(got["pkg:pypi/demo@1"]) == reasons(got["pkg:pypi/clean@1"]) == ["no_database"]


def test_a_bad_advisory_beside_a_good_one(database: Any, record: Any) -> None:
    opened = database(record(), record("X-2", events=[{"introduced": "0"}, {"fixed": "not-a-version"}]))
    got = judge(opened, "pkg:pypi/demo@3")["pkg:pypi/demo@3"]
    assert not got.matches
    assert "X-2" in got.doubts[0].detail
    assert "X-1" not in got.doubts[0].detail


def test_source_packages_and_release_less_records(database: Any, record: Any) -> None:
    opened = database(
        record("D-1", "Debian:12", "openssl", events=[{"introduced": "0"}, {"fixed": "3.0.2-1"}]),
        record("D-2", "Debian", "openssl", events=[{"introduced": "0"}, {"fixed": "3.0.3-1"}]),
        record("D-3", "Debian:11", "openssl"),
    )
    purl = "pkg:deb/debian/libssl3@3.0.1-1?upstream=openssl&distro=debian-12"
    assert [match.id for match in judge(opened, purl)[purl].matches] == ["D-1", "D-2"]


def test_the_version_of_the_component_serves_where_the_purl_has_none(database: Any, record: Any) -> None:
    judged = list(Matcher(database(record())).judge([component("pkg:pypi/demo", "1.0")]))
    assert judged[0].matches


def test_without_a_version_only_an_advisory_casts_doubt(database: Any, record: Any) -> None:
    """The main module of a Go program built from its folder, `(devel)`: nobody has published anything about it."""
    opened = database(record("GO-1", ecosystem="Go", package="example.org/known", type="SEMVER"))
    got = judge(opened, "pkg:golang/example.org/known", "pkg:golang/example.org/own")
    assert got.keys() == {"pkg:golang/example.org/known"}
    (doubt,) = got["pkg:golang/example.org/known"].doubts
    assert doubt.reason == "no_version"
    assert "there are advisories about it: GO-1" in doubt.detail


def test_without_a_version_a_database_of_another_ecosystem_is_none(database: Any, record: Any) -> None:
    purl = "pkg:golang/example.org/own"
    assert reasons(judge(database(record()), purl)[purl]) == ["no_database"]
    assert reasons(judge(None, purl)[purl]) == ["no_version"]


def test_the_upgrade_is_clear_of_every_advisory(database: Any, record: Any) -> None:
    ends = ("0", "2.0"), ("2.0", "2.1")
    opened = database(
        *(record(f"X-{i}", events=[{"introduced": a}, {"fixed": b}]) for i, (a, b) in enumerate(ends, start=1))
    )
    judgement = judge(opened, "pkg:pypi/demo@1.0")["pkg:pypi/demo@1.0"]
    assert [match.fixed for match in judgement.matches] == [("2.0",)]
    assert judgement.upgrade == "2.1"
