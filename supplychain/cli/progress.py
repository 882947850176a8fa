"""Live progress of stages on a terminal; silence in a pipe."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from supplychain.errors import CANNOT_TELL, SupplychainError
from supplychain.pipeline.run import Nobody, Observer


class _Terminal:
    """One line for each stage when it ends, and one live line that names the stages under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun: dict[str, float] = {}

    def started(self, stage: str) -> None:
        """Show the stage in the live line."""
        with self._lock:
            self._begun[stage] = time.monotonic()
            self._live()

    def finished(self, stage: str, note: str) -> None:
        """Replace the stage in the live line by a line of its own."""
        self._end(stage, "\u2713", "32", note)

    def failed(self, stage: str, error: SupplychainError) -> None:
        """As `finished`, for a stage that could not do its work."""
        word = "CANNOT-TELL" if error.exit_code in CANNOT_TELL else "error"
        self._end(stage, "\u2717", "31", f"{word}: {error.message}")

    def _end(self, stage: str, mark: str, colour: str, note: str) -> None:
        with self._lock:
            seconds = time.monotonic() - self._begun.pop(stage, time.monotonic())
            painted = mark if os.environ.get("NO_COLOR") else f"\x1b[{colour}m{mark}\x1b[0m"
            sys.stderr.write(f"\r\x1b[K{painted} {stage:<16} {seconds:6.1f} s  {note}\n")
            self._live()

    def _live(self) -> None:
        if self._begun:
            sys.stderr.write(f"\r\x1b[K  {', '.join(self._begun)} \u2026")
        sys.stderr.flush()


@contextmanager
def observer() -> Iterator[Observer]:
    """An observer for standard error: live on a terminal, silent elsewhere."""
    if not sys.stderr.isatty():
        yield Nobody()
        return
    terminal = _Terminal()
    try:
        yield terminal
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
