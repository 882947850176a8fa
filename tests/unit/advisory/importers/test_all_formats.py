"""All formats at once, broken ones, and the public samples."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.schema import database_path
from supplychain.errors import MalformedInput, NothingToCheck
from tests.simulator.advisories import DEBIAN, EPSS, KEV, NPM, RUBYSEC, RUSTSEC, SECDB, judge, load, put

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
