"""Small advisories of every format, and what a test does with them: put, load, judge."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.exploited import Exploitation, exploitation_of
from supplychain.advisory.importing import ImportReport, import_sources
from supplychain.advisory.matcher import Judgement, Matcher
from supplychain.advisory.schema import database_path
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


def known(home: Path, *ids: str) -> Exploitation:
    with AdvisoryDatabase.open(database_path(home)) as database:
        database.check()
        return exploitation_of(database, [ids])[ids]
