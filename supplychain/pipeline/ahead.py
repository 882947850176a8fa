"""Policies that the engine compiles while others are still at work: the first answer of a new process waits for that.

Before any other module of `pipeline` that is slow to import; nothing here tells what is wrong, the gates do.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from threading import Thread

from supplychain.errors import SupplychainError
from supplychain.pipeline.workspace import Workspace
from supplychain.policy.regorus import TALK


def begin() -> None:
    """Start the companion of the usual engine, which every engine asks what is in a policy."""
    with suppress(SupplychainError):
        TALK.begin()


class Ahead:
    """An engine, and the thread in which it reads what the gates up to an environment will ask of it."""

    def __init__(self, workspace: Workspace, to: str, *, at: datetime) -> None:
        """Begin.

        Args:
            workspace: The project.
            to: The last environment.
            at: Time of the decisions.

        Raises:
            UsageError: `to` is not on the ladder, or there is no such engine.
        """
        self.environments = workspace.ladder.upto(to)
        self.engine = workspace.engine()
        self._workspace, self._at = workspace, at
        self._thread = Thread(target=self._load, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until it has read all. Two must not fetch policies at once: a tag could have moved between them."""
        self._thread.join()

    def _load(self) -> None:
        with suppress(SupplychainError):
            for environment in self.environments:
                self.engine.check(self._workspace.policies(environment, at=self._at))
