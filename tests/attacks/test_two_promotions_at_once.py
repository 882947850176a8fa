"""Two promotions at once: both say the same, and the store is whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from supplychain.encoding import format_time, parse_json
from supplychain.errors import ExitCode
from supplychain.signing.envelope import Envelope
from supplychain.statement.statement import Statement
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

ROOT = Path(__file__).resolve().parents[2]


def start(world: World, *words: str) -> subprocess.Popen[bytes]:
    """Start a gate of the world's artifact in a process of its own."""
    argv = [sys.executable, "-m", "supplychain", "gate", str(world.file), "--at", format_time(AT), *words]
    env = {**world.env, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.Popen(argv, cwd=world.project, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def assert_whole(world: World) -> None:
    """Every file a reader would look at can be read."""
    for path in world.store.root.rglob("*"):
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.name.endswith(".sigstore.json"):
            Statement.parse(Envelope.parse(path.read_bytes(), where=str(path)).payload, where=str(path))
        else:
            parse_json(path.read_bytes(), where=str(path))


def test_two_processes(world: World) -> None:
    before = len(list(world.store.folder(world.artifact.digest).iterdir()))
    started = [start(world, "--env", "staging", "--format", "json") for _ in range(3)]
    ended = [(*process.communicate(timeout=60), process.returncode) for process in started]
    assert {code for _, _, code in ended} == {0}, ended
    assert len({out for out, _, _ in ended}) == 1
    assert_whole(world)
    # The same decision is the same statement, signed to the same bytes, kept once.
    assert len(list(world.store.folder(world.artifact.digest).iterdir())) == before + 1
    assert not list(world.store.root.rglob("*.tmp"))
    assert_told(world.admit(), ExitCode.OK)
