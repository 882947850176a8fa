"""Database rolled back: an older database knows less, and says so or is not taken."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode, UsageError
from supplychain.scan.coverage import Coverage, DatabaseState
from tests.simulator import evidence
from tests.simulator.project import Project, reasons
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def _day(days: int) -> str:
    return format_time(AT - timedelta(days=days))


def test_an_older_feed_is_not_taken(project: Project) -> None:
    project.know("flask", modified=_day(0), number=2)
    assert reasons(project.run()) == {"VULNERABILITY_FOUND"}
    with pytest.raises(UsageError) as caught:
        project.know("demo", modified=_day(2))
    assert caught.value.code == "DATABASE_OLDER"
    assert reasons(project.run()) == {"VULNERABILITY_FOUND"}
    project.know("demo", modified=_day(2), allow_older=True)
    assert reasons(project.run()) == {"VULNERABILITY_FOUND"}, "taking an older feed on purpose must not forget"


@pytest.mark.parametrize(
    ("days", "code"), [(6, None), (8, "DATABASE_STALE"), (400, "DATABASE_STALE")], ids=["fresh", "a week", "a year"]
)
def test_an_older_file_put_in_place_is_stale(world: World, days: int, code: str | None) -> None:
    database = DatabaseState(digest=Digest.of_bytes(b"old"), built=AT - timedelta(days=days), records=1000)
    seen = Coverage(asked=2, looked_at=2, database=database)
    world.put(evidence.dependencies([world.artifact], at=AT, coverage=seen), by="scanner")
    world.put(evidence.summary(world.artifact, "staging", at=AT))
    outcome = world.gate("production")
    assert_told(outcome, ExitCode.DENIED if code else ExitCode.OK)
    assert outcome.codes == ({code} if code else set())


def test_a_database_that_does_not_say_when(world: World) -> None:
    database = DatabaseState(digest=Digest.of_bytes(b"old"), built=None, records=1000)
    seen = Coverage(asked=2, looked_at=2, database=database)
    world.put(evidence.dependencies([world.artifact], at=AT, coverage=seen), by="scanner")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes == {"DATABASE_AGE_UNKNOWN"}


def test_no_database_at_all(project: Project) -> None:
    assert_told(project.run(), ExitCode.OK)
    for path in project.home.glob("advisories*"):
        path.unlink()
    outcome = project.run()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert "SCAN_INCOMPLETE" in reasons(outcome)
