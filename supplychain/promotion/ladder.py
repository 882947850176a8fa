"""The ladder: the environments an artifact climbs, in order. Nobody skips a rung."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Environments from the first to the last."""

    environments: tuple[str, ...] = ("dev", "staging", "production")

    def upto(self, environment: str) -> tuple[str, ...]:
        """Every rung up to and with an environment. Raises UsageError for one that is not on the ladder."""
        return self.environments[: self._index(environment) + 1]

    def before(self, environment: str) -> str | None:
        """The rung below an environment, None for the first. Raises UsageError as `upto`."""
        index = self._index(environment)
        return self.environments[index - 1] if index else None

    def _index(self, environment: str) -> int:
        if environment not in self.environments:
            raise UsageError(
                f"there is no environment {environment!r}",
                code="UNKNOWN_ENVIRONMENT",
                where="environments in supplychain.yaml",
                expected=" → ".join(self.environments),
                found=environment,
            )
        return self.environments.index(environment)
