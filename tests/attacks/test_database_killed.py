"""Killed between any two instructions: `db import` and `db update` leave the old database or the new one, whole.

SUPPLYCHAIN_KILLS sets how often each is killed (10 without it).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase, DatabaseFacts
from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path
from tests.simulator.osv_server import OsvServer, zip_of

KILLS = int(os.environ.get("SUPPLYCHAIN_KILLS", "10"))
AT = datetime(2026, 2, 1, tzinfo=UTC)
RECORDS = 1000


def record(number: int, modified: str) -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": f"p{number}"}
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]
    affected = [{"package": package, "ranges": ranges}]
    return {"id": f"X-{number}", "modified": modified, "details": f"{number} " * 60, "affected": affected}


OLD = [record(number, "2026-01-01T00:00:00Z") for number in range(RECORDS)]
NEW = [record(number, "2026-01-20T00:00:00Z") for number in range(RECORDS + 1)]


def run(home: Path, *words: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "SUPPLYCHAIN_HOME": str(home)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", "supplychain", "db", *words], env=env, stdout=quiet, stderr=quiet)


def state(home: Path) -> DatabaseFacts:
    with AdvisoryDatabase.open(database_path(home)) as database:
        database.check()
        return database.state()


@pytest.fixture
def server() -> Iterator[OsvServer]:
    with OsvServer() as running:
        yield running


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home with the old content."""
    home, feed = tmp_path / "old", tmp_path / "old.zip"
    feed.write_bytes(zip_of(OLD))
    import_sources(home, [feed], snapshot=None, at=AT)
    return home


def kill_again_and_again(old: Path, begin: Callable[[Path], subprocess.Popen[bytes]]) -> set[int]:
    """Let it run once, then kill it at random moments; every time one of two whole databases is left."""
    before, home = state(old), old.parent / "home"
    shutil.copytree(old, home)
    start = time.monotonic()
    assert begin(home).wait() == 0
    seconds, after, chance = time.monotonic() - start, state(home), random.Random(7)
    assert after != before
    seen = set()
    for number in range(KILLS):
        shutil.rmtree(home)
        shutil.copytree(old, home)
        with begin(home) as child:
            time.sleep(chance.uniform(0.1, 1.05) * seconds)
            child.send_signal(signal.SIGKILL)
        found = state(home)
        assert found in (before, after)
        seen.add(found.records)
        if number % 5:
            continue
        assert begin(home).wait() == 0
        assert state(home) == after
        assert not list(home.glob(".*.tmp*")), "what was left behind is cleared away"
    return seen


def test_import(old: Path) -> None:
    feed = old.parent / "new.zip"
    feed.write_bytes(zip_of(NEW))
    assert RECORDS in kill_again_and_again(old, lambda home: run(home, "import", str(feed)))


def test_update(old: Path, server: OsvServer) -> None:
    server.publish("PyPI", NEW)
    assert RECORDS in kill_again_and_again(old, lambda home: run(home, "update", "--base-url", server.url))


def test_update_of_single_records(old: Path, server: OsvServer) -> None:
    server.publish("PyPI", OLD)
    assert run(old, "update", "--base-url", server.url).wait() == 0
    newer = [*NEW[:20], *OLD[20:], NEW[-1]]
    server.publish("PyPI", newer, with_list=True)
    assert RECORDS in kill_again_and_again(old, lambda home: run(home, "update", "--base-url", server.url))
