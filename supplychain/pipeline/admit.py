"""Admission: may these bytes run there? By lookup of verified summaries, not by scanning anything again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import NothingToCheck
from supplychain.pipeline.gate import collect_dossier
from supplychain.policy.decision import Decision
from supplychain.promotion.record import admission_decision
from supplychain.store.interface import Store
from supplychain.verification.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a door asks of a summary, beside that it says PASSED."""

    max_age: timedelta | None = None
    """Oldest summary accepted; None: any age."""
    policy: Digest | None = None
    """The only policy set accepted; None: any its signer was trusted to apply."""
    more: Mapping[Digest, Sequence[Digest]] = field(default_factory=dict)
    """Further digests of the artifacts, by their own: as `collect_dossier`."""


def admit(
    artifacts: Sequence[Artifact],
    environment: str,
    store: Store,
    trust: Trust,
    *,
    at: datetime,
    demands: Demands | None = None,
) -> tuple[Decision, ...]:
    """Decide about each artifact by its verified summaries.

    Raises:
        NothingToCheck: No artifact at all; an empty list admits nothing.
        ToolFailed: The store cannot be read.
    """
    if not artifacts:
        raise NothingToCheck("there is no artifact to admit", code="NOTHING_TO_ADMIT", expected="at least one artifact")
    asked = demands or Demands()
    dossiers = [collect_dossier(a, store, trust, at=at, more=asked.more.get(a.digest, ())) for a in artifacts]
    return tuple(
        admission_decision(dossier, environment, at=at, max_age=asked.max_age, policy=asked.policy)
        for dossier in dossiers
    )
