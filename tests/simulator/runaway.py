"""Ends a test whose code would run for minutes: a limit far above what the work takes, so that a busy machine does not matter.

Nothing here measures speed; that is for tests/benchmarks. What grows faster than its input does not end within any limit.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ends(*, within_s: float = 30.0) -> Iterator[None]:
    """Fail when the body takes more than this much processor time, in seconds."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {within_s} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, within_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
