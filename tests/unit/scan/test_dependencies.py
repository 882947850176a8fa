"""The dependency scan: findings, and an account of everything that was asked."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path
from supplychain.inventory.component import OWNED_BY, Component
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.scan.coverage import Reason
from supplychain.scan.dependencies import DependencyScanner
from supplychain.scan.interface import ScanResult

AT = datetime(2026, 2, 1, tzinfo=UTC)


def bring(home: Path, *names: tuple[str, str], fixed: str = "2.0", **more: Any) -> Path:
    """Import one advisory for each ecosystem and package, and return the database."""
    feed = home / "feed.zip"
    home.mkdir(exist_ok=True)
    with zipfile.ZipFile(feed, "w") as archive:
        for ecosystem, package in names:
            part = {
                "package": {"ecosystem": ecosystem, "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            }
            value = {"id": f"X-{package}", "modified": "2026-01-01T00:00:00Z", "affected": [part], **more}
            archive.writestr(f"{package}.json", json.dumps(value))
    import_sources(home, [feed], snapshot=None, at=AT)
    return database_path(home)


def sbom(*purls: str, gaps: tuple[Gap, ...] = ()) -> Sbom:
    parts = [Component(name=purl.rpartition("/")[2].partition("@")[0], version=None, purl=purl) for purl in purls]
    return Sbom.of("demo", parts, gaps=gaps)


def scan(bill: Sbom, database: Path) -> ScanResult:
    return DependencyScanner(bill, database).scan()


def test_findings_and_full_coverage(tmp_path: Path) -> None:
    result = scan(sbom("pkg:pypi/demo@1.0", "pkg:pypi/fine@1.0"), bring(tmp_path, ("PyPI", "demo")))
    (finding,) = result.findings
    assert (finding.id, finding.fixed, finding.seen_by) == ("X-demo", ("2.0",), ("supplychain-osv",))
    assert finding.component
    assert finding.component.purl == "pkg:pypi/demo@1.0"
    assert result.coverage.complete
    assert (result.coverage.asked, result.coverage.looked_at) == (2, 2)
    assert result.coverage.database
    assert result.coverage.database.built == datetime(2026, 1, 1, tzinfo=UTC)


def test_no_database_skips_everything_once_per_ecosystem(tmp_path: Path) -> None:
    bill = sbom(*(f"pkg:pypi/p{i}@1" for i in range(50)), "pkg:npm/x@1")
    coverage = scan(bill, tmp_path / "none.sqlite").coverage
    assert (coverage.asked, coverage.looked_at, coverage.complete) == (51, 0, False)
    assert [(skip.what, skip.reason) for skip in coverage.skipped] == [
        ("PyPI (50 components)", Reason.NO_DATABASE),
        ("pkg:npm/x@1", Reason.NO_DATABASE),
    ]


def test_database_of_another_ecosystem_is_none(tmp_path: Path) -> None:
    coverage = scan(sbom("pkg:pypi/demo@1"), bring(tmp_path, ("npm", "left-pad"))).coverage
    assert [skip.reason for skip in coverage.skipped] == [Reason.NO_DATABASE]
    assert coverage.looked_at == 0


def test_every_gap_is_accounted_for(tmp_path: Path) -> None:
    gaps = (Gap(what="a.txt", reason="unreadable"), Gap(what="b", reason="not_pinned"), Gap(what="c", reason="odd"))
    result = scan(sbom("pkg:pypi/demo@3", "pkg:generic/z@1", gaps=gaps), bring(tmp_path, ("PyPI", "demo")))
    assert (result.coverage.asked, result.coverage.looked_at) == (5, 1)
    assert sorted(skip.reason for skip in result.coverage.skipped) == [
        Reason.NOT_PINNED,
        Reason.UNKNOWN_ECOSYSTEM,
        Reason.UNREADABLE,
        Reason.UNREADABLE,
    ]


def test_a_component_without_a_package_url_is_named(tmp_path: Path) -> None:
    bill = Sbom.of("demo", [Component(name="mystery", version="1", purl="")])
    coverage = scan(bill, bring(tmp_path, ("PyPI", "demo"))).coverage
    assert [(skip.what, skip.reason) for skip in coverage.skipped] == [("mystery", Reason.UNKNOWN_ECOSYSTEM)]


def test_damaged_database_is_a_failed_tool(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"junk")
    result = scan(sbom("pkg:pypi/demo@1"), tmp_path / "x.sqlite")
    assert [skip.reason for skip in result.coverage.skipped] == [Reason.TOOL_FAILED]
    assert not result.coverage.complete


def test_asked_is_always_looked_at_or_skipped(tmp_path: Path) -> None:
    purls = [
        f"pkg:{kind}/{name}@{version}" for kind in ("pypi", "npm", "conan") for name in "ab" for version in ("1", "x y")
    ]
    coverage = scan(sbom(*purls), bring(tmp_path, ("PyPI", "a"))).coverage
    assert coverage.asked == len(purls)
    assert coverage.looked_at == 2, "only PyPI has a feed, and one of the two versions there is a version"


def test_fingerprint_names_everything_that_decides(tmp_path: Path) -> None:
    bill, other = sbom("pkg:pypi/demo@1"), sbom("pkg:pypi/demo@2")
    first, second = bring(tmp_path / "a", ("PyPI", "demo")), bring(tmp_path / "b", ("PyPI", "demo"), fixed="3.0")
    prints = [
        json.dumps(DependencyScanner(one, path).fingerprint(), sort_keys=True)
        for one in (bill, other)
        for path in (first, second, tmp_path / "none")
    ]
    assert len(set(prints)) == len(prints)
    assert DependencyScanner(bill, first).fingerprint() == DependencyScanner(bill, first).fingerprint()


@pytest.mark.shared
def test_real_advisories(shared: Path, tmp_path: Path) -> None:
    paths = [shared / "advisories/osv" / name / "all.zip" for name in ("PyPI", "Go")]
    report = import_sources(tmp_path, paths, snapshot=None, at=datetime(2026, 12, 1, tzinfo=UTC))
    assert report.state.records == 6952
    bill = sbom("pkg:pypi/django@1.8", "pkg:pypi/jinja2@2.4.1", "pkg:golang/stdlib@1.20.1", "pkg:pypi/steam@1.0")
    result = scan(bill, database_path(tmp_path))
    django = [finding for finding in result.findings if finding.component and "django" in finding.component.purl]
    assert len(django) > 10
    assert "CVE-2023-24532" in {alias for finding in result.findings for alias in finding.aliases}
    assert [(skip.what, skip.reason) for skip in result.coverage.skipped] == [
        ("pkg:pypi/steam@1.0", Reason.BAD_ADVISORY)
    ]


def test_what_a_distribution_package_installed_is_judged_with_it(tmp_path: Path) -> None:
    owner = "pkg:deb/debian/python3-x@1?distro=debian-12"
    mine = Component(name="x", version="1", purl="pkg:pypi/x@1", properties=((OWNED_BY, owner),))
    package = Component(name="python3-x", version="1", purl=owner)
    database = bring(tmp_path, ("PyPI", "x"), ("Debian:12", "other"))
    both = DependencyScanner(Sbom.of("i", [mine, package]), database).scan()
    alone = DependencyScanner(Sbom.of("i", [mine]), database).scan()
    assert (both.findings, both.coverage.asked, both.coverage.complete) == ((), 2, True)
    assert [finding.id for finding in alone.findings] == ["X-x"]
