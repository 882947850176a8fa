"""Small advisories, made on the spot."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path

AT = datetime(2026, 2, 1, tzinfo=UTC)


def make_record(name: str = "X-1", ecosystem: str = "PyPI", package: str = "demo", **more: Any) -> dict[str, Any]:
    """One OSV record; `events`, `versions` and `type` shape its only affected entry."""
    events = more.pop("events", [{"introduced": "0"}, {"fixed": "2.0"}])
    part: dict[str, Any] = {"package": {"ecosystem": ecosystem, "name": package}}
    if events is not None:
        part["ranges"] = [{"type": more.pop("type", "ECOSYSTEM"), "events": events}]
    if "versions" in more:
        part["versions"] = more.pop("versions")
    return {"id": name, "modified": "2026-01-01T00:00:00Z", "affected": [part], **more}


def write_feed(path: Path, records: Iterable[dict[str, Any]]) -> Path:
    """A zip of records, as the public exports are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return path


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    return make_record


@pytest.fixture
def feed() -> Callable[..., Path]:
    return write_feed


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def database(tmp_path: Path) -> Iterable[Callable[..., AdvisoryDatabase]]:
    """Import records into a database of their own and open it."""
    opened: list[AdvisoryDatabase] = []

    def build(*records: dict[str, Any]) -> AdvisoryDatabase:
        home = tmp_path / f"home{len(opened)}"
        import_sources(home, [write_feed(tmp_path / "feed.zip", records)], snapshot=None, at=AT)
        opened.append(AdvisoryDatabase.open(database_path(home)))
        return opened[-1]

    yield build
    for one in opened:
        one.close()
