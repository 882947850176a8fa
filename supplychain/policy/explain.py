"""Why a decision is as it is, and the smallest change that would allow it, found by deciding about changed inputs.

Nothing here knows what a rule means. Each candidate is a copy of the input document with one thing changed: a finding
gone because its package was raised, a scan made now, a statement added or its level raised. A candidate counts when the
same engine, over the same policies, says less about it than about the real input; the fewest that together allow are
what is told.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.decision import Violation
from supplychain.policy.engine import Engine
from supplychain.policy.explain_edits import Edit, statements_of, would_be
from supplychain.policy.policy_set import PolicySet

MAX_TRIES = 400
"""Most candidates that are decided about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that could be otherwise, and the input as it would be then."""

    text: str
    path: str
    """What it touches, for machines."""
    settles: tuple[str, ...] = ()
    """Codes of the reasons that go."""

    def to_json(self) -> dict[str, Any]:
        """`{"change", "path", "settles"}`."""
        return {"change": self.text, "path": self.path, "settles": list(self.settles)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What would allow."""

    changes: tuple[Change, ...]
    """Together they allow, when `enough`; without any one of them it would not be allowed."""
    enough: bool
    left: tuple[Violation, ...]
    """Reasons that no change that was tried takes away."""


def explain(engine: Engine, policies: PolicySet, document: Mapping[str, Any]) -> Explanation:
    """The smallest change found that allows.

    Raises:
        PolicyNotEvaluated: The policies cannot be evaluated over the input as it is.
    """
    current: dict[str, Any] = copy.deepcopy(dict(document))
    blocking = _blocking(engine, policies, current)
    chosen: list[tuple[Change, Edit]] = []
    for text, path, edit in islice(_edits(blocking, document), MAX_TRIES):
        if not blocking:
            break
        changed = copy.deepcopy(current)
        if not edit(changed):
            continue
        after = _tried(engine, policies, changed)
        if after is None or len(after) >= len(blocking) or _new(after, blocking):
            continue
        gone = {v.key for v in blocking} - {v.key for v in after}
        settles = tuple(sorted({v.code for v in blocking if v.key in gone}))
        chosen.append((Change(text=text, path=path, settles=settles), edit))
        current, blocking = changed, after
    if not blocking:
        chosen = _needed(engine, policies, document, chosen)
    return Explanation(changes=tuple(change for change, _ in chosen), enough=not blocking, left=blocking)


def _needed(
    engine: Engine, policies: PolicySet, document: Mapping[str, Any], chosen: list[tuple[Change, Edit]]
) -> list[tuple[Change, Edit]]:
    """Without those that the others make needless."""
    for one in list(chosen):
        others = [other for other in chosen if other is not one]
        changed = copy.deepcopy(dict(document))
        for _, edit in others:
            edit(changed)
        if _tried(engine, policies, changed) == ():
            chosen = others
    return chosen


def _tried(engine: Engine, policies: PolicySet, document: Mapping[str, Any]) -> tuple[Violation, ...] | None:
    try:
        return _blocking(engine, policies, document)
    except PolicyNotEvaluated:
        return None


def _blocking(engine: Engine, policies: PolicySet, document: Mapping[str, Any]) -> tuple[Violation, ...]:
    found = engine.answers(policies, document, canonical_json(dict(document)))
    return tuple(violation for violation in found if violation.kind != "warn")


def _new(after: Sequence[Violation], before: Sequence[Violation]) -> bool:
    known = {(v.rule, v.code) for v in before}
    return any((v.rule, v.code) not in known for v in after)


def _edits(blocking: Sequence[Violation], document: Mapping[str, Any]) -> Iterator[tuple[str, str, Edit]]:
    """Candidates, the cheapest first; they come from the evidence that the reasons themselves name."""
    for made in (
        _upgrades(blocking),
        _renewals(blocking, document),
        _repairs(blocking),
        _additions(blocking, document),
    ):
        yield from made


def _upgrades(blocking: Sequence[Violation]) -> Iterator[tuple[str, str, Edit]]:
    for violation in blocking:
        facts = violation.evidence
        if facts.get("purl") and facts.get("fixed"):
            version = _highest(blocking, str(facts["purl"]))
            text = f"raise {facts.get('name')} {facts.get('version')} to {version}"
            yield text, f"component {facts['purl']}", Edit("raise", component=facts["purl"])


def _renewals(blocking: Sequence[Violation], document: Mapping[str, Any]) -> Iterator[tuple[str, str, Edit]]:
    for violation in blocking:
        digest, wanted = violation.evidence.get("statement"), violation.evidence.get("wanted")
        if not digest:
            continue
        kind = next((e.get("kind") for e in statements_of(document) if e.get("digest") == digest), "statement")
        if isinstance(wanted, int):
            text = f"build on a builder worth level {wanted} or more"
            yield text, f"statement {digest}", Edit("level", digest=digest, wanted=wanted)
        made = violation.evidence.get("time") or violation.evidence.get("built") or "the one that counts now"
        yield f"a {kind} newer than {made}", f"statement {digest}", Edit("renew", digest=digest)
        yield f"a {kind} that looked at everything", f"statement {digest}", Edit("complete", digest=digest)


def _repairs(blocking: Sequence[Violation]) -> Iterator[tuple[str, str, Edit]]:
    for violation in blocking:
        identity = violation.evidence.get("id") or violation.evidence.get("rule")
        if identity:
            yield violation.fix or f"mend {identity}", f"finding {identity}", Edit("drop", identity=identity)


def _additions(blocking: Sequence[Violation], document: Mapping[str, Any]) -> Iterator[tuple[str, str, Edit]]:
    for violation in blocking:
        for entries in would_be(violation, document):
            kind, text = entries[0]["kind"], violation.fix or f"add a {entries[0]['kind']}"
            if kind == "approval":
                text = f"{len(entries)} more approval{'s' if len(entries) > 1 else ''}: {text}"
            yield text, f"statement of kind {kind}", Edit("add", entries=entries)


def _highest(blocking: Sequence[Violation], purl: str) -> str:
    """The version that settles every finding of a component: the highest that any of its reasons names first."""
    named = [v.evidence["fixed"][0] for v in blocking if v.evidence.get("purl") == purl and v.evidence.get("fixed")]
    return str(max(named, key=_version_key))


def _version_key(text: str) -> list[tuple[int, str]]:
    parts = text.replace("-", ".").split(".")
    return [(int(part) if part.isdigit() else -1, part) for part in parts]
