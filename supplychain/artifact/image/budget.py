"""How patient we are with one registry: a budget of waiting that all requests to it share, and that comes back slowly.

Ten parallel requests that are each told "try again in a minute" are one problem, not ten; and a registry that says so
for ever must not hold anybody for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Budget:
    """Seconds that may be spent on trying again.

    Args:
        seconds: The most there can be. Each retry costs its delay, and one second at least.
        refill: Seconds that come back for each second that passes.
        clock: Seconds that only grow.
        sleep: Waits.
    """

    def __init__(
        self,
        seconds: float = 60.0,
        *,
        refill: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._most = self._left = seconds
        self._refill = refill
        self._clock = clock
        self._sleep = sleep
        self._seen = clock()
        self._not_before = 0.0
        self._lock = threading.Lock()

    def pause(self) -> None:
        """Wait until the registry may be asked again."""
        wait = self._not_before - self._clock()
        if wait > 0:
            self._sleep(wait)

    def try_again(self, delay: float, *, cost: float = 1.0) -> bool:
        """Ask for one more try.

        Args:
            delay: Seconds to wait before it, for everyone who uses this budget.
            cost: What it costs at least (a request that hung costs the time it hung).

        Returns:
            False when the budget does not allow it; then nothing was spent.
        """
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._seen) * self._refill)
            self._seen = now
            price = max(delay, cost)
            if price > self._left:
                return False
            self._left -= price
            self._not_before = max(self._not_before, now + delay)
            return True


_SHARED: dict[str, Budget] = {}
_SHARED_LOCK = threading.Lock()


def shared_budget(host: str, *, mirror: float = 0.0) -> Budget:
    """The budget of a registry for this process; `mirror`: seconds for a host that is asked as somebody's mirror."""
    with _SHARED_LOCK:
        key = f"mirror {host}" if mirror else host
        return _SHARED.setdefault(key, Budget(mirror or 60.0))
