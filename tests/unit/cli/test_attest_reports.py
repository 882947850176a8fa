"""`attest test` twice: of a kind only the newest statement counts, and whoever replaces another report is told."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

GOOD = '<testsuite timestamp="2026-11-20T23:{}:00Z"><testcase name="a"/></testsuite>'
BAD = GOOD.replace("/></testsuite>", "><failure/></testcase></testsuite>")


def attest(world: World, *names: str) -> Outcome:
    words = [word for name in names for word in ("--file", str(world.folder / name))]
    return world.run("attest", "test", world.file, *words, "--at", "2026-11-21T00:00:00Z")


def test_a_report_that_will_not_count_any_more_is_named(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    world.rules.append({"claims": ["test-result"], "signers": ["release"], "artifacts": ["shop-*"]})
    world.write_trust()
    (world.folder / "unit.xml").write_text(BAD.format("10"), encoding="utf-8")
    (world.folder / "integration.xml").write_text(GOOD.format("20"), encoding="utf-8")
    first = attest(world, "unit.xml")
    assert_told(first, ExitCode.OK)
    assert "will not count" not in first.stderr
    second = attest(world, "integration.xml")
    assert_told(second, ExitCode.OK)
    assert "unit.xml will not count any more: of tests the newest statement does" in second.stderr
    (world.folder / "integration.xml").write_text(GOOD.format("25"), encoding="utf-8")
    for path in world.store.folder(world.artifact.digest).glob("test-result-*"):
        path.unlink()
    assert_told(attest(world, "integration.xml"), ExitCode.OK)
    assert "will not count" not in attest(world, "unit.xml", "integration.xml").stderr
