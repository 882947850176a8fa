"""`urn:supplychain:predicate:policy:v1`: this policy set is one of ours; the subject is the digest over its files.

Schema and example: `attestations/predicates/policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supplychain.encoding import format_time, parse_time
from supplychain.statement.predicates.fields import Fields

TYPE = "urn:supplychain:predicate:policy:v1"
SUBJECT = "policy-set"
"""Name of the subject; rules of a trust file speak of it under `artifacts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPolicies:
    """The predicate."""

    environments: tuple[str, ...]
    """Environments that the set has a profile for."""
    time: datetime

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> SignedPolicies:
        """Read the predicate. Raises MalformedInput when a field is missing or mistyped."""
        top = Fields(predicate, where)
        return SignedPolicies(
            environments=top.texts("environments"), time=parse_time(top.text("time"), where=f"{where}.time")
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate."""
        return {"environments": list(self.environments), "time": format_time(self.time)}
