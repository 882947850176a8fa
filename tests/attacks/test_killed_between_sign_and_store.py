"""Killed between sign and store: whatever is in the store is whole, and the next attempt succeeds.

The gate is killed at every single change it makes to the file system, one after the other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.attacks.test_two_promotions_at_once import assert_whole
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

ROOT = Path(__file__).resolve().parents[2]
KILLER = """
import os, signal, sys
left, store = int(sys.argv.pop(1)), sys.argv.pop(1)
CHANGES = {"os.rename", "os.link", "os.mkdir", "os.chmod", "os.remove"}

def watch(event, arguments):
    global left
    opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if (event in CHANGES or opens) and store in str(arguments[0]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
from supplychain.cli.main import main
main()
"""


def _gate(world: World, *, killed_at: int) -> int:
    argv = [sys.executable, "-c", KILLER, str(killed_at), str(world.store.root)]
    argv += ["gate", str(world.file), "--env", "staging", "--at", format_time(AT)]
    env = {**world.env, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    return subprocess.run(argv, cwd=world.project, env=env, capture_output=True, timeout=60, check=False).returncode


def test_at_every_change(world: World) -> None:
    code, kills = -signal.SIGKILL, 0
    while code == -signal.SIGKILL:
        code = _gate(world, killed_at=kills)
        assert_whole(world)
        if code == -signal.SIGKILL:
            kills += 1
            # Killed before the summary was in place, it was not promoted; after, it was, and rightly.
            promoted = world.admit()
            assert promoted.exit_code in (ExitCode.OK, ExitCode.DENIED)
            if promoted.exit_code == ExitCode.DENIED:
                assert promoted.codes == {"SUMMARY_MISSING"}
    assert code == ExitCode.OK
    assert kills >= 10
    assert_told(world.admit(), ExitCode.OK)
    assert_told(world.gate("production"), ExitCode.OK)
