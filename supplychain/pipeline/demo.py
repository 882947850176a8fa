"""`demo`: the whole story in a temporary folder, told with the real commands, without network.

A shop with a vulnerable pin is denied for staging; the pin is raised; the same commands pass dev, staging and
production; then one byte of the wheel is changed, and the deploy check refuses it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from supplychain.encoding import format_time
from supplychain.errors import ExitCode, ToolFailed
from supplychain.files import write_atomic
from supplychain.pipeline.demo_shop import FILES, NEW_PIN, OLD_PIN, advisories
from supplychain.process import Completed, run

Tell = Callable[[str], None]
WHEEL = "dist/shop-1.0-py3-none-any.whl"


class Story:
    """The story, told step by step.

    Args:
        folder: Temporary folder; the shop, its user's home and the advisories go below it.
        tell: Called with each piece of text.
        at: The time the database's snapshot is stated for.
    """

    def __init__(self, folder: Path, tell: Tell, *, at: datetime) -> None:
        self.folder, self.shop, self.tell, self.at = folder, folder / "shop", tell, at

    def play(self) -> None:
        """Tell it. Raises ToolFailed when a step ends otherwise than the story says."""
        self._write_shop()
        self.tell("A small shop, its evidence folder and its key:\n")
        self._ours(["init", "."])
        self._ours(["db", "import", "--snapshot", format_time(self.at), "../advisories"])
        self.tell(f"\nIt pins {OLD_PIN}. May it go to staging?\n")
        self._ours(["run", ".", "--to", "staging"], ExitCode.DENIED)
        self.tell(f"\nDENIED, with the reason and the fix. The pin is raised to {NEW_PIN}; the same commands again:\n")
        pins = self.shop / "requirements.txt"
        write_atomic(pins, pins.read_bytes().replace(OLD_PIN.encode(), NEW_PIN.encode()))
        self._git("commit", "--quiet", "--all", "--message", "Raise jinja2")
        self._ours(["run", ".", "--to", "production"])
        self.tell("\nThe deploy job asks about the wheel it is about to install:\n")
        self._ours(["admit", WHEEL, "--env", "production"])
        self.tell("\nNow somebody changes one byte of the wheel on its way:\n")
        wheel = self.shop / WHEEL
        data = bytearray(wheel.read_bytes())
        data[len(data) // 2] ^= 1
        write_atomic(wheel, bytes(data))
        self._ours(["admit", WHEEL, "--env", "production"], ExitCode.DENIED)
        self._ours(["verify", WHEEL], ExitCode.VERIFICATION_FAILED)
        self.tell("\nRefused. The evidence hangs on the digest, and there is none about these bytes.\n")

    def _write_shop(self) -> None:
        for name, text in FILES.items():
            write_atomic(self.shop / name, text.encode("utf-8"))
        for record in advisories():
            write_atomic(self.folder / "advisories" / f"{record['id']}.json", json.dumps(record).encode())
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "A small shop")

    def _ours(self, words: Sequence[str], expected: ExitCode = ExitCode.OK) -> None:
        self.tell(f"  $ supplychain {' '.join(words)}\n")
        done = self._run([sys.executable, "-m", "supplychain", *words])
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.tell("".join(f"    {line}\n" for line in text.splitlines()))
        self.tell(f"    (exit code {done.code})\n")
        self._expect(words, done, int(expected))

    def _git(self, *words: str) -> None:
        who = ("-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false")
        argv = ["git", *who, "-c", "core.hooksPath=/dev/null", *words]
        self._expect(argv, self._run(argv), 0)

    def _run(self, argv: Sequence[str]) -> Completed:
        environment = {"SUPPLYCHAIN_HOME": str(self.folder / "home"), "NO_COLOR": "1", "COLUMNS": "120"}
        environment |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        return run(argv, cwd=self.shop, timeout_s=120, env=environment)

    def _expect(self, words: Sequence[str], done: Completed, expected: int) -> None:
        if done.code != expected:
            raise ToolFailed(
                "the demo did not go as the story says",
                code="DEMO_FAILED",
                where=" ".join(words),
                expected=f"exit code {expected}",
                found=f"exit code {done.code}: {done.error_tail()}",
                hint="`supplychain doctor` shows what is missing",
            )
