"""Every format that is read: RustSec, RubySec, Node.js, secdb, the Debian tracker, KEV, EPSS; good, odd and broken."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.exploited import Exploitation, exploitation_of
from supplychain.advisory.importing import ImportReport, import_sources
from supplychain.advisory.matcher import Judgement, Matcher
from supplychain.advisory.schema import database_path
from supplychain.errors import MalformedInput, NothingToCheck, UsageError
from supplychain.inventory.component import Component

AT = datetime(2026, 9, 1, tzinfo=UTC)

RUSTSEC = """```toml
[advisory]
id = "RUSTSEC-2021-0081"
package = "actix_http"
date = "2021-06-16"
aliases = ["CVE-2021-38512", "GHSA-8928-2fgm-6x9x"]
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
{more}
[versions]
patched = ["^ 2.2.1", ">= 3.0.0-beta.9"]
unaffected = ["< 1.0.0"]
```

# Requests can be smuggled

Text.
"""
RUBYSEC = """---
gem: demo
cve: 2024-1
ghsa: aaaa-bbbb-cccc
osvdb: 7
title: A bad thing
date: 2024-10-15
cvss_v2: 5.0
cvss_v3: 9.8
unaffected_versions:
  - "< 3.0.0"
patched_versions:
  - "~> 6.1.7, >= 6.1.7.9"
  - ">= 7.2.1.1"
"""
NPM: dict[str, Any] = {
    "id": 1,
    "created_at": "2015-10-17",
    "updated_at": "2016-04-28",
    "title": "Arbitrary JavaScript Execution",
    "module_name": "bassmaster",
    "cves": ["CVE-2014-7205"],
    "vulnerable_versions": "<=1.5.1",
    "patched_versions": ">=1.5.2",
    "overview": "x",
    "cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
}
SECDB: dict[str, Any] = {
    "apkurl": "{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk",
    "distroversion": "v3.18",
    "reponame": "main",
    "urlprefix": "https://alpine.example/alpine",
    "packages": [
        {
            "pkg": {
                "name": "openssl",
                "secfixes": {"3.1.0-r1": ["CVE-2023-0001", "CVE-2023-0002 GHSA-x"], "0": ["CVE-2020-0009"]},
            }
        },
        {"pkg": {"name": "zlib", "secfixes": {"1.2-r1": ["CVE-2023-0001"], "1.2-r3": ["CVE-2023-0001 (again)"]}}},
        {"pkg": {"name": "none", "secfixes": None}},
    ],
}
DEBIAN: dict[str, Any] = {
    "openssl": {
        "CVE-2023-0001": {
            "description": "a thing",
            "scope": "local",
            "releases": {
                "bookworm": {"status": "resolved", "fixed_version": "3.0.9-1", "urgency": "medium", "repositories": {}},
                "bullseye": {"status": "open", "urgency": "unimportant", "nodsa": "x", "nodsa_reason": "ignored"},
                "trixie": {"status": "resolved", "fixed_version": "0", "urgency": "not yet assigned"},
                "sid": {"status": "open", "urgency": "end-of-life"},
            },
        },
        "CVE-2023-0002": {"releases": {"bookworm": {"status": "undetermined", "urgency": "not yet assigned"}}},
        "TEMP-1-ABC": {"releases": {"bookworm": {"status": "<no-dsa>", "urgency": "low**"}}},
    },
    "zlib": {"CVE-2023-0003": {"releases": {"bookworm": {"status": "<not-affected>", "urgency": "low"}}}},
}
KEV: dict[str, Any] = {
    "title": "Catalog",
    "catalogVersion": "2025.08.25",
    "dateReleased": "2025-08-25T17:04:19.9796Z",
    "count": 2,
    "vulnerabilities": [
        {"cveID": "CVE-2023-0001", "dateAdded": "2025-08-25", "knownRansomwareCampaignUse": "Known"},
        {"cveID": "CVE-2023-0005", "dateAdded": "2025-01-02", "knownRansomwareCampaignUse": "Unknown"},
    ],
}
EPSS = b"""#model_version:v2025.03.14,score_date:2026-01-31T12:55:00+0000
cve,epss,percentile
CVE-2023-0001,0.97560,0.99990
CVE-2023-0002,4.3E-4,0.1
CVE-2023-0003,1,1.0
"""


def put(folder: Path, name: str, content: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
    path.write_bytes(json.dumps(content).encode() if data is None else data)
    return path


def load(home: Path, *paths: Path, **more: Any) -> ImportReport:
    return import_sources(home, paths, snapshot=more.pop("snapshot", None), at=AT, **more)


def judge(home: Path, *purls: str) -> dict[str, Judgement]:
    components = [Component(name=purl, version=None, purl=purl) for purl in purls]
    with AdvisoryDatabase.open(database_path(home)) as database:
        database.check()
        return {judgement.component.purl: judgement for judgement in Matcher(database).judge(components)}


def hits(home: Path, prefix: str, versions: str, suffix: str = "") -> list[str]:
    found = judge(home, *(f"{prefix}@{version}{suffix}" for version in versions.split()))
    return [purl.partition("@")[2].removesuffix(suffix) for purl, judged in found.items() if judged.matches]


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


# secdb


@pytest.mark.parametrize("name", ["main.json", "main.yaml"])
def test_secdb(tmp_path: Path, name: str) -> None:
    (report,) = load(tmp_path, put(tmp_path, name, SECDB)).sources
    assert (report.label, report.records, report.as_of) == ("Alpine:v3.18/main", 2, None)
    suffix = "?distro=alpine-3.18.4"
    assert hits(tmp_path, "pkg:apk/alpine/openssl", "3.0.0-r0 3.1.0-r0 3.1.0-r1", suffix) == ["3.0.0-r0", "3.1.0-r0"]
    assert hits(tmp_path, "pkg:apk/alpine/zlib", "1.2-r0 1.2-r1 1.2-r2 1.2-r3", suffix) == [
        "1.2-r0",
        "1.2-r1",
        "1.2-r2",
    ]
    found = judge(tmp_path, f"pkg:apk/alpine/openssl@3.0.0-r0{suffix}")[f"pkg:apk/alpine/openssl@3.0.0-r0{suffix}"]
    assert [match.aliases for match in found.matches] == [("CVE-2023-0001",), ("CVE-2023-0002", "GHSA-x")]
    assert [match.fixed for match in found.matches] == [("3.1.0-r1",), ("3.1.0-r1",)]
    other = judge(tmp_path, "pkg:apk/alpine/openssl@3.0.0-r0?distro=alpine-3.17")
    assert [d.reason for d in next(iter(other.values())).doubts] == ["no_database"]


def test_version_zero_means_not_affected(tmp_path: Path) -> None:
    load(tmp_path, put(tmp_path, "main.json", SECDB))
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        assert not [a for a in database.advisories_for("Alpine:v3.18", "openssl") if "CVE-2020-0009" in a.aliases]


def test_what_a_newer_secdb_no_longer_says_is_gone(tmp_path: Path) -> None:
    def day(number: int) -> datetime:
        return datetime(2026, 1, number, tzinfo=UTC)

    load(tmp_path, put(tmp_path, "main.json", SECDB), snapshot=day(1))
    load(tmp_path, put(tmp_path, "edge.json", {**SECDB, "distroversion": "edge"}), snapshot=day(1))
    less = {**SECDB, "packages": SECDB["packages"][1:]}
    (report,) = load(tmp_path, put(tmp_path, "less.json", less), snapshot=day(2)).sources
    assert (report.unchanged + report.updated, report.removed) == (1, 1)
    assert hits(tmp_path, "pkg:apk/alpine/openssl", "3.0.0-r0", "?distro=alpine-3.18") == []
    assert hits(tmp_path, "pkg:apk/alpine/openssl", "3.0.0-r0", "?distro=edge") == ["3.0.0-r0"]
    with pytest.raises(UsageError) as caught:
        load(tmp_path, tmp_path / "main.json", snapshot=day(1))
    assert caught.value.code == "DATABASE_OLDER"
    load(tmp_path, tmp_path / "main.json", snapshot=day(1), allow_older=True)
    assert hits(tmp_path, "pkg:apk/alpine/openssl", "3.0.0-r0", "?distro=alpine-3.18") == []


@pytest.mark.parametrize(
    ("address", "purl"),
    [
        ("https://packages.wolfi.dev", "pkg:apk/wolfi/openssl@3.0.0-r0"),
        ("https://packages.cgr.dev/chainguard", "pkg:apk/chainguard/openssl@3.0.0-r0"),
    ],
)
def test_rolling_distributions(tmp_path: Path, address: str, purl: str) -> None:
    value = {key: part for key, part in SECDB.items() if key != "distroversion"} | {"urlprefix": address}
    load(tmp_path, put(tmp_path, "security.json", value))
    assert len(judge(tmp_path, purl)[purl].matches) == 2


def test_secdb_without_a_fix_speaks_for_its_release_all_the_same(tmp_path: Path) -> None:
    path = put(tmp_path / "db", "empty.json", {**SECDB, "distroversion": "v3.3", "packages": None})
    put(tmp_path / "db", "main.json", SECDB)
    load(tmp_path, path.parent)
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        assert database.covers("Alpine:v3.3")


# Debian


def test_debian(tmp_path: Path) -> None:
    (report,) = load(tmp_path, put(tmp_path, "debian.json", DEBIAN)).sources
    assert (report.label, report.records) == ("Debian: tracker", 4)
    purl = "pkg:deb/debian/openssl@3.0.8-1?distro=debian-12"
    judged = judge(tmp_path, purl)[purl]
    assert [(m.aliases, m.severity, m.fixed) for m in judged.matches] == [
        (("CVE-2023-0001",), "medium", ("3.0.9-1",)),
        (("TEMP-1-ABC",), "low", ()),
    ]
    assert [(d.reason, "CVE-2023-0002" in d.detail) for d in judged.doubts] == [("bad_advisory", True)]
    old = "pkg:deb/debian/openssl@9?distro=bullseye"
    assert [m.severity for m in judge(tmp_path, old)[old].matches] == ["low"]
    for purl in ("pkg:deb/debian/openssl@1?distro=trixie", "pkg:deb/debian/zlib@1?distro=bookworm"):
        assert purl not in judge(tmp_path, purl)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: text + "x",
        lambda text: text.replace('"zlib"', '"openssl"'),
        lambda text: text.replace('"status": "open"', '"status": 7'),
        lambda text: text.replace('"zlib":', '"zlib"'),
        lambda text: text.replace('"scope": "local"', '"description": "twice"'),
    ],
)
def test_debian_document_that_is_damaged(tmp_path: Path, change: Any) -> None:
    text = json.dumps(DEBIAN)
    assert change(text) != text
    with pytest.raises(MalformedInput):
        load(tmp_path, put(tmp_path, "debian.json", change(text)))
    assert not database_path(tmp_path).exists()


# KEV and EPSS


def known(home: Path, *ids: str) -> Exploitation:
    with AdvisoryDatabase.open(database_path(home)) as database:
        database.check()
        return exploitation_of(database, [ids])[ids]


def test_kev(tmp_path: Path) -> None:
    (report,) = load(tmp_path, put(tmp_path, "kev.json", KEV)).sources
    assert (report.label, report.records) == ("CISA KEV", 2)
    assert report.as_of == datetime(2025, 8, 25, 17, 4, 19, 979600, tzinfo=UTC)
    assert known(tmp_path, "GHSA-1", "CVE-2023-0001") == Exploitation(exploited=True, epss=None)
    assert known(tmp_path, "CVE-2023-0002") == Exploitation(exploited=False, epss=None)
    assert known(tmp_path, "GHSA-1").exploited is None


def test_kev_csv_says_the_same(tmp_path: Path) -> None:
    text = "cveID,vendorProject,dateAdded,knownRansomwareCampaignUse,notes\n"
    text += 'CVE-2023-0001,x,2025-08-25,Known,"a, b"\nCVE-2023-0005,y,2025-01-02,Unknown,\n'
    first = load(tmp_path / "a", put(tmp_path, "kev.csv", text)).state.digest
    assert load(tmp_path / "b", put(tmp_path, "kev.json", KEV)).state.digest == first


def test_epss(tmp_path: Path) -> None:
    path = put(tmp_path, "epss_scores-2026-01-31.csv.gz", gzip.compress(EPSS))
    (report,) = load(tmp_path, path).sources
    assert (report.label, report.records, report.added) == ("EPSS", 3, 3)
    assert report.as_of == datetime(2026, 1, 31, 12, 55, tzinfo=UTC)
    assert known(tmp_path, "CVE-2023-0002", "CVE-2023-0001").epss == "0.9756"
    assert known(tmp_path, "CVE-2023-0002").epss == "0.00043"
    assert known(tmp_path, "CVE-2023-0003").epss == "1"
    assert known(tmp_path, "CVE-2023-0003").exploited is None
    assert load(tmp_path, put(tmp_path, "e.csv", EPSS)).sources[0].unchanged == 3


def test_scores_do_not_make_a_database_fresh(tmp_path: Path, record: Any, feed: Any) -> None:
    load(tmp_path, feed(tmp_path / "all.zip", [record(modified="2024-01-01T00:00:00Z")]))
    before = load(tmp_path, put(tmp_path, "kev.json", KEV)).state
    after = load(tmp_path, put(tmp_path, "epss.csv", EPSS)).state
    assert before.built == after.built == datetime(2024, 1, 1, tzinfo=UTC)
    assert before.digest != after.digest


def test_older_tables_are_refused_and_replace_nothing(tmp_path: Path) -> None:
    load(tmp_path, put(tmp_path, "new.csv", EPSS))
    old = put(tmp_path, "old.csv", EPSS.replace(b"2026-01-31", b"2025-01-31").replace(b"0.97560", b"0.1"))
    with pytest.raises(UsageError) as caught:
        load(tmp_path, old)
    assert caught.value.code == "DATABASE_OLDER"
    assert load(tmp_path, old, allow_older=True).sources[0].older == 3
    assert known(tmp_path, "CVE-2023-0001").epss == "0.9756"


def test_newer_table_replaces_the_whole(tmp_path: Path) -> None:
    load(tmp_path, put(tmp_path, "kev.json", KEV))
    newer = {**KEV, "dateReleased": "2026-01-01T00:00:00Z", "count": 1, "vulnerabilities": KEV["vulnerabilities"][:1]}
    (report,) = load(tmp_path, put(tmp_path, "newer.json", newer)).sources
    assert (report.unchanged, report.removed) == (1, 1)
    assert known(tmp_path, "CVE-2023-0005").exploited is False


# All of them


BROKEN = {
    "no-end.md": "```toml\n[advisory]\n",
    "no-toml.md": "```toml\n[advisory\n```\n",
    "no-id.md": '```toml\n[advisory]\npackage = "a"\ndate = "2020-01-01"\n[versions]\npatched = []\n```\n',
    "no-versions.md": '```toml\n[advisory]\nid = "R-1"\npackage = "a"\ndate = "2020-01-01"\n```\n',
    "no-day.md": RUSTSEC.format(more="").replace("2021-06-16", "some day"),
    "no-list.md": RUSTSEC.format(more="").replace('["^ 2.2.1", ">= 3.0.0-beta.9"]', '"all"'),
    "no-date.yml": RUBYSEC.replace("2024-10-15", "yesterday"),
    "no-list.yml": RUBYSEC.replace('\n  - "< 3.0.0"', " 7"),
    "no-score.yml": RUBYSEC.replace("9.8", "eleven"),
    "no-name.json": {**NPM, "module_name": 7},
    "no-number.json": {**NPM, "id": None},
    "no-time.json": {**NPM, "updated_at": "x"},
    "no-release.json": {**SECDB, "distroversion": "three"},
    "no-distribution.json": {key: part for key, part in SECDB.items() if key not in ("distroversion", "urlprefix")},
    "no-packages.json": {**SECDB, "packages": {"a": 1}},
    "no-package.json": {**SECDB, "packages": ["a"]},
    "no-fixes.json": {**SECDB, "packages": [{"pkg": {"name": "a", "secfixes": {"1": "CVE-1"}}}]},
    "short.json": {**KEV, "count": 3},
    "empty.json": {**KEV, "count": 0, "vulnerabilities": []},
    "no-cve.json": {**KEV, "vulnerabilities": [{"cveID": "x", "dateAdded": "2025-01-01"}] * 2},
    "no-score.csv": EPSS.replace(b"0.97560", b"high"),
    "negative.csv": EPSS.replace(b"0.97560", b"-1"),
    "above.csv": EPSS.replace(b"0.97560", b"7.5"),
    "half.csv": EPSS[:-12],
    "half.csv.gz": gzip.compress(EPSS)[:-9],
    "bomb.csv.gz": gzip.compress(b"#\ncve,epss,percentile\n" + b"\n" * 50_000_000),
    "latin.csv": EPSS + b"\xff",
    "lines.csv": "cveID,dateAdded\nCVE-2023-0001\n",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("form", ["file", "folder", "zip"])
def test_broken_ones_import_nothing(tmp_path: Path, name: str, form: str, record: Any) -> None:
    path = put(tmp_path / "db", name, BROKEN[name])
    put(tmp_path / "db", "A-good.json", record())
    source = {"file": path, "folder": path.parent, "zip": tmp_path / "x.zip"}[form]
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.parent.iterdir()):
            archive.write(file, file.name)
    with pytest.raises(MalformedInput) as caught:
        load(tmp_path / "home", source)
    assert name in caught.value.where
    assert not database_path(tmp_path / "home").exists()


def test_all_formats_in_one_folder(tmp_path: Path, record: Any) -> None:
    contents = {
        "a.md": RUSTSEC.format(more=""),
        "b.yml": RUBYSEC,
        "c.json": NPM,
        "d.json": SECDB,
        "e.json": DEBIAN,
        "f.json": KEV,
        "g.csv": EPSS,
        "h.json": record(),
    }
    for name, content in contents.items():
        put(tmp_path / "db", name, content)
    (report,) = load(tmp_path, tmp_path / "db").sources
    assert (report.records, report.ignored) == (4 + 2 + 4 + 2 + 3, 0)
    with AdvisoryDatabase.open(database_path(tmp_path)) as database:
        database.check()
        feeds = {facts.format: facts.records for facts in database.sources()}
        assert feeds == {"nodejs+osv+rubysec+rustsec": 4, "secdb": 2, "debian-tracker": 4, "kev": 2, "epss": 3}


def test_only_what_is_about_no_package_is_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "a.yml", RUBYSEC.replace("gem: demo", "engine: ruby"))
    with pytest.raises(NothingToCheck) as caught:
        load(tmp_path, path)
    assert "about no package" in caught.value.found


@pytest.mark.shared
def test_shared_sets(tmp_path: Path, shared: Path) -> None:
    sets = {"rustsec": 1205, "rubysec": 1234, "nodejs-security-wg": 467, "alpine-secdb-2020-06": 11453}
    for name, count in sets.items():
        assert load(tmp_path / name, shared / "advisories" / f"{name}.zip").state.records == count
        with AdvisoryDatabase.open(database_path(tmp_path / name)) as database:
            database.check()


@pytest.mark.shared
@pytest.mark.parametrize("release", ["3.10", "3.11"])
def test_alpine_of_the_day_has_no_hit_in_its_secdb(tmp_path: Path, shared: Path, release: str) -> None:
    """These packages hold every fix that was known when the database was made."""
    load(tmp_path, shared / "advisories" / "alpine-secdb-2020-06.zip")
    installed = (shared / "images" / f"rootfs-alpine-{release}" / "lib/apk/db/installed").read_text()
    purls = []
    for block in installed.strip().split("\n\n"):
        fields = dict(line.split(":", 1) for line in block.splitlines() if line[1:2] == ":")
        upstream = f"&upstream={fields['o']}" if "o" in fields else ""
        purls.append(f"pkg:apk/alpine/{fields['P']}@{fields['V']}?distro=alpine-{release}{upstream}")
    assert len(purls) >= 14
    assert judge(tmp_path, *purls) == {}
