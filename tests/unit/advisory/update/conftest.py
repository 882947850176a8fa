"""A server, time that passes only while somebody sleeps, and an update between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.schema import database_path
from supplychain.advisory.update.http import Clock
from supplychain.advisory.update.osv import UpdateReport, update
from tests.simulator.osv_server import OsvServer

AT = datetime(2026, 2, 1, tzinfo=UTC)


class Time:
    """Time that passes only while somebody sleeps."""

    def __init__(self, limit: float = 1000.0) -> None:
        self.passed, self.limit, self.slept = 0.0, limit, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def clock(self) -> Clock:
        return Clock(now=AT, monotonic=lambda: self.passed, sleep=self.sleep, deadline=self.passed + self.limit)


@pytest.fixture
def server() -> Iterator[OsvServer]:
    with OsvServer() as running:
        yield running


@pytest.fixture
def when() -> Time:
    return Time()


@pytest.fixture
def run(tmp_path: Path, server: OsvServer, when: Time) -> Any:
    def go(*ecosystems: str, base: str = "") -> UpdateReport:
        return update(tmp_path, ecosystems, base=base or server.url, clock=when.clock())

    return go


@pytest.fixture
def records(record: Any) -> list[dict[str, Any]]:
    return [record(f"X-{i}", package=f"p{i}", details=f"{i} " * 50) for i in range(300)]


@pytest.fixture
def state() -> Callable[[Path], Any]:
    return state_of


@pytest.fixture
def refused() -> Callable[..., Any]:
    return refused_by


def state_of(home: Path) -> Any:
    with AdvisoryDatabase.open(database_path(home)) as database:
        database.check()
        return database.state()


def refused_by(run: Any, kind: type[Exception], code: str) -> Any:
    with pytest.raises(kind) as caught:
        run()
    assert caught.value.code == code  # type: ignore[attr-defined]
    return caught.value


@pytest.fixture
def before(tmp_path: Path, run: Any, server: OsvServer, records: Any, record: Any) -> Any:
    """A database of an older edition of the zip, and a newer one on the server."""
    server.publish("PyPI", records)
    run("PyPI")
    server.requests.clear()
    newer = record("X-new", package="new", modified="2026-01-20T00:00:00Z", details="y" * 3000)
    server.publish("PyPI", [*records, newer])
    return state_of(tmp_path)
