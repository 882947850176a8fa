"""Package databases of Alpine, Wolfi and Chainguard, and the Debian tracker."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.schema import database_path
from supplychain.errors import MalformedInput, UsageError
from tests.simulator.advisories import DEBIAN, SECDB, hits, judge, load, put

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
