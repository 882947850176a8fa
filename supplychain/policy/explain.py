"""Why a decision is as it is, and the smallest change that would allow it, found by deciding about changed inputs.

Nothing here knows what a rule means. Each candidate is a copy of the input document with one thing changed: a finding
gone because its package was raised, a scan made later, a statement added, more time passed. A candidate counts when the
same engine, over the same policies, says less about it than about the real input; of one that has a size, the smallest
that counts. The fewest that together allow are what is told, and that they do was tried.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.decision import Violation
from supplychain.policy.engine import Engine, Given
from supplychain.policy.explain_candidates import Candidate, candidates
from supplychain.policy.explain_edits import Edit
from supplychain.policy.policy_set import PolicySet

MAX_TRIES = 1000
"""Most changed inputs that are decided about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that could be otherwise."""

    text: str
    path: str
    """What it touches, for machines."""
    settles: tuple[str, ...] = ()
    """Codes of the reasons that go."""
    how: str = ""
    """What the rule says to do, where the change does not say it."""

    def to_json(self) -> dict[str, Any]:
        """`{"change", "path", "settles", "how"}`."""
        return {"change": self.text, "path": self.path, "settles": list(self.settles), "how": self.how}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What would allow."""

    changes: tuple[Change, ...]
    """Together they allow, when `enough`; without any one of them it would not be allowed."""
    enough: bool
    left: tuple[Violation, ...]
    """Reasons that no change that was tried takes away."""
    document: Mapping[str, Any]
    """The input as it would be with the changes."""


def explain(engine: Engine, policies: PolicySet, document: Mapping[str, Any]) -> Explanation:
    """The smallest change found that allows.

    Raises:
        PolicyNotEvaluated: The policies cannot be evaluated over the input as it is.
    """
    trial = _Trial(engine, policies)
    current: dict[str, Any] = copy.deepcopy(dict(document))
    blocking = trial.blocking(current)
    chosen: list[tuple[Change, Edit]] = []
    progress = True
    while blocking and progress:  # what is added may have to be found lacking before it can be mended
        progress = False
        for candidate in candidates(blocking, current, policies.profile):
            found = trial.smallest(candidate, current, blocking)
            if found is None:
                continue
            size, changed, after = found
            settles = tuple(sorted({v.code for v in blocking if v.key not in {left.key for left in after}}))
            change = Change(text=candidate.text(size), path=candidate.path, settles=settles, how=candidate.how)
            chosen.append((change, candidate.edit(size)))
            current, blocking, progress = changed, after, True
            break
    if not blocking:
        chosen = _needed(trial, document, chosen)
        current = _changed(document, [edit for _, edit in chosen])
    return Explanation(
        changes=tuple(change for change, _ in chosen), enough=not blocking, left=blocking, document=current
    )


class _Trial:
    """Decides about changed inputs, and not about more than MAX_TRIES."""

    def __init__(self, engine: Engine, policies: PolicySet) -> None:
        self._engine = engine
        self._policies = policies
        self._tries = 0

    def blocking(self, document: Mapping[str, Any]) -> tuple[Violation, ...]:
        """What blocks it."""
        found = self._engine.answers(self._policies, Given(document))
        return tuple(violation for violation in found if violation.kind != "warn")

    def smallest(
        self, candidate: Candidate, document: Mapping[str, Any], before: Sequence[Violation]
    ) -> tuple[int, dict[str, Any], tuple[Violation, ...]] | None:
        """The smallest size of a candidate that helps, the input with it, and what blocks that; None: none helps."""
        low, sizes = candidate.span[0], _sizes(candidate)
        for size in sizes:
            found = self._helps(candidate, size, document, before)
            if found is not None:
                break
            low = size
        else:
            return None
        left = _codes(found[1])
        while size - low > 1:
            middle = (low + size) // 2
            better = self._helps(candidate, middle, document, before)
            if better is not None and _codes(better[1]) == left:
                size, found = middle, better
            else:
                low = middle
        return size, *found

    def _helps(
        self, candidate: Candidate, size: int, document: Mapping[str, Any], before: Sequence[Violation]
    ) -> tuple[dict[str, Any], tuple[Violation, ...]] | None:
        changed = copy.deepcopy(dict(document))
        if self._tries >= MAX_TRIES or not candidate.edit(size)(changed):
            return None
        self._tries += 1
        try:
            after = self.blocking(changed)
        except PolicyNotEvaluated:
            return None
        known = {(v.rule, v.code) for v in before}
        new = any((v.rule, v.code) not in known for v in after)
        return None if new or len(after) >= len(before) else (changed, after)


def _codes(blocking: Sequence[Violation]) -> list[tuple[str, str]]:
    return sorted((violation.rule, violation.code) for violation in blocking)


def _sizes(candidate: Candidate) -> list[int]:
    high = candidate.span[1]
    return [1 << power for power in range(high.bit_length())] if candidate.doubling else [high]


def _changed(document: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    changed = copy.deepcopy(dict(document))
    for edit in edits:
        edit(changed)
    return changed


def _needed(trial: _Trial, document: Mapping[str, Any], chosen: list[tuple[Change, Edit]]) -> list[tuple[Change, Edit]]:
    """Without those that the others make needless."""
    for one in list(chosen):
        others = [other for other in chosen if other is not one]
        try:
            if not trial.blocking(_changed(document, [edit for _, edit in others])):
                chosen = others
        except PolicyNotEvaluated:
            continue
    return chosen
