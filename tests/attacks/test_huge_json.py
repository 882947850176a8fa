"""100 MB JSON: refused for its size, before it is taken in."""

from __future__ import annotations

import os

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World

SIZE = 100 * 1024 * 1024


def test_as_a_bundle(world: World) -> None:
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)
    os.truncate(path, SIZE)
    assert_told(world.verify_file(path), ExitCode.MALFORMED, "TOO_LARGE")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert len(outcome.rejected) == 1


def test_as_configuration_trust_and_key(world: World) -> None:
    for name in ("supplychain.yaml", "trust.yaml"):
        path = world.project / name
        data = path.read_bytes() if path.exists() else None
        path.touch()
        os.truncate(path, SIZE)
        assert_told(world.gate(), ExitCode.MALFORMED, "TOO_LARGE")
        path.unlink()
        if data:
            path.write_bytes(data)
    assert_told(world.gate(), ExitCode.OK)
    key = world.folder / "huge.pub"
    key.touch()
    os.truncate(key, SIZE)
    assert_told(world.verify("--key", key), ExitCode.MALFORMED, "TOO_LARGE")
