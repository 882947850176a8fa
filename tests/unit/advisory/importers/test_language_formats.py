"""RustSec, RubySec and the Node.js security working group."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.schema import database_path
from supplychain.errors import UsageError
from tests.simulator.advisories import NPM, RUBYSEC, RUSTSEC, hits, judge, load, put

# RustSec


def test_rustsec(tmp_path: Path) -> None:
    put(tmp_path / "db", "crates/actix-http/RUSTSEC-2021-0081.md", RUSTSEC.format(more=""))
    put(tmp_path / "db", "rust/std/CVE-1.md", RUSTSEC.format(more="").replace("RUSTSEC-2021-0081", "CVE-1"))
    put(tmp_path / "db", "README.md", "# Hello")
    (report,) = load(tmp_path, tmp_path / "db").sources
    assert (report.records, report.unplaced, report.ignored, report.label) == (1, 1, 1, "crates.io: RUSTSEC")
    assert report.as_of == datetime(2021, 6, 16, tzinfo=UTC)
    versions = "0.9.0 1.0.0 2.2.0 2.2.1 2.9.0 3.0.0-beta.8 3.0.0-beta.9 3.0.0 4.0.0"
    assert hits(tmp_path, "pkg:cargo/actix-http", versions) == ["1.0.0", "2.2.0", "3.0.0-beta.8"]
    (match,) = judge(tmp_path, "pkg:cargo/actix-http@2.2.0")["pkg:cargo/actix-http@2.2.0"].matches
    assert (match.id, match.severity, match.title) == ("RUSTSEC-2021-0081", "high", "Requests can be smuggled")
    assert match.fixed == ("2.2.1",)
    assert match.aliases == ("CVE-2021-38512", "GHSA-8928-2fgm-6x9x")


def test_rustsec_for_information_is_no_vulnerability_but_told(tmp_path: Path) -> None:
    text = RUSTSEC.format(more='informational = "unmaintained"').replace("cvss = ", "cvss2 = ")
    load(tmp_path, put(tmp_path, "a.md", text))
    (match,) = judge(tmp_path, "pkg:cargo/actix-http@2.2.0")["pkg:cargo/actix-http@2.2.0"].matches
    assert match.severity == "none"


def test_rustsec_withdrawn(tmp_path: Path) -> None:
    load(tmp_path, put(tmp_path, "a.md", RUSTSEC.format(more='withdrawn = "2022-01-01"')))
    assert hits(tmp_path, "pkg:cargo/actix-http", "1.0.0") == []


def test_an_amended_record_of_the_same_day_wins(tmp_path: Path) -> None:
    """Such records do not say when they were changed, so the later import is the later edition."""
    first = RUSTSEC.format(more="")
    for patched in ("^ 2.2.1", "^ 2.2.2", "^ 2.2.1", "^ 2.2.3"):
        load(tmp_path, put(tmp_path / "db", "a.md", first.replace("^ 2.2.1", patched)).parent)
        with AdvisoryDatabase.open(database_path(tmp_path)) as database:
            (found,) = database.advisories_for("crates.io", "actix-http")
        assert found.affected[0].ranges[0].events[1].version == patched.removeprefix("^ ")


def test_an_older_checkout_allowed_by_name_loses_nothing(tmp_path: Path) -> None:
    new = put(tmp_path / "new", "a.md", RUSTSEC.format(more="").replace("2021-06-16", "2022-01-01")).parent
    old = put(tmp_path / "old", "a.md", RUSTSEC.format(more="").replace("2.2.1", "2.1.0")).parent
    before = load(tmp_path, new).state
    with pytest.raises(UsageError) as caught:
        load(tmp_path, old)
    assert caught.value.code == "DATABASE_OLDER"
    assert load(tmp_path, old, allow_older=True).state == before


def test_requirement_nobody_can_read_is_a_doubt(tmp_path: Path) -> None:
    load(tmp_path, put(tmp_path, "a.md", RUSTSEC.format(more="").replace("^ 2.2.1", "around 2")))
    judged = judge(tmp_path, "pkg:cargo/actix-http@2.2.0")["pkg:cargo/actix-http@2.2.0"]
    assert [doubt.reason for doubt in judged.doubts] == ["bad_advisory"]


# RubySec


def test_rubysec(tmp_path: Path) -> None:
    put(tmp_path / "db", "gems/demo/CVE-2024-1.yml", RUBYSEC)
    put(tmp_path / "db", "rubies/ruby/CVE-1.yml", RUBYSEC.replace("gem: demo", "engine: ruby"))
    put(tmp_path / "db", ".rubocop.yml", "a: 1")
    put(tmp_path / "db", "lib/x.yml", "a: 1")
    (report,) = load(tmp_path, tmp_path / "db").sources
    assert (report.records, report.unplaced, report.ignored) == (1, 1, 2)
    versions = "2.9 3.0.0 6.1.7.8 6.1.7.9 6.1.8 6.2.0 7.2.1 7.2.1.1 8.0"
    assert hits(tmp_path, "pkg:gem/demo", versions) == ["3.0.0", "6.1.7.8", "6.2.0", "7.2.1"]
    (match,) = judge(tmp_path, "pkg:gem/demo@6.2.0")["pkg:gem/demo@6.2.0"].matches
    assert match.id == "RUBYSEC-demo-CVE-2024-1"
    assert match.aliases == ("CVE-2024-1", "GHSA-aaaa-bbbb-cccc", "OSVDB-7")
    assert (match.severity, match.fixed) == ("critical", ("7.2.1.1",))


def test_gem_that_was_never_patched(tmp_path: Path) -> None:
    text = RUBYSEC[: RUBYSEC.index("unaffected")]
    load(tmp_path, put(tmp_path, "a.yml", text))
    assert hits(tmp_path, "pkg:gem/demo", "0.1 99") == ["0.1", "99"]


def test_gem_that_never_was_affected(tmp_path: Path) -> None:
    text = RUBYSEC[: RUBYSEC.index("patched")] + "patched_versions: ['>= 3.0.0']\n"
    put(tmp_path / "db", "a.yml", text)
    put(tmp_path / "db", "b.yml", RUBYSEC.replace("gem: demo", "gem: other"))
    assert load(tmp_path, tmp_path / "db").state.records == 2
    assert judge(tmp_path, "pkg:gem/demo@1", "pkg:gem/demo@5") == {}


def test_one_cve_of_two_gems(tmp_path: Path) -> None:
    put(tmp_path / "db", "gems/demo/CVE-2024-1.yml", RUBYSEC)
    put(tmp_path / "db", "gems/other/CVE-2024-1.yml", RUBYSEC.replace("gem: demo", "gem: other"))
    load(tmp_path, tmp_path / "db")
    for gem in ("demo", "other"):
        assert hits(tmp_path, f"pkg:gem/{gem}", "6.2.0") == ["6.2.0"]


# Node.js security-wg


def test_nodejs(tmp_path: Path) -> None:
    put(tmp_path / "db", "vuln/npm/1.json", NPM)
    put(tmp_path / "db", "vuln/npm/index.json", {"1": NPM})
    put(tmp_path / "db", "vuln/core/1.json", {"cve": [], "vulnerable": "8.x", "patched": "^8.1.4", "overview": "x"})
    (report,) = load(tmp_path, tmp_path / "db").sources
    assert (report.records, report.unplaced, report.ignored) == (1, 1, 1)
    assert hits(tmp_path, "pkg:npm/bassmaster", "1.0.0 1.5.1 1.5.2") == ["1.0.0", "1.5.1"]
    (match,) = judge(tmp_path, "pkg:npm/bassmaster@1.0.0")["pkg:npm/bassmaster@1.0.0"].matches
    assert (match.id, match.aliases, match.fixed) == ("NSWG-ECO-1", ("CVE-2014-7205",), ("1.5.2",))


def test_an_index_alone_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, "index.json", {"1": NPM, "2": {**NPM, "id": 2, "module_name": "other"}})
    assert load(tmp_path, path).state.records == 2


def test_an_impossible_alternative_is_a_doubt_beside_the_rest(tmp_path: Path) -> None:
    load(tmp_path, put(tmp_path, "1.json", {**NPM, "vulnerable_versions": "<0.5.0 >=1.0.0 || < 0.2.0"}))
    assert hits(tmp_path, "pkg:npm/bassmaster", "0.1.0") == ["0.1.0"]
    judged = judge(tmp_path, "pkg:npm/bassmaster@0.3.0")["pkg:npm/bassmaster@0.3.0"]
    assert [doubt.reason for doubt in judged.doubts] == ["bad_advisory"]
