"""What every policy engine is, and `decide`: the one way from a document to a decision.

An engine answers with the three sets of every rule. What it cannot evaluate it must raise, never leave out: a rule
that is silently undefined is a rule that never denies.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.decision import Decision, Outcome, Verdict, Violation
from supplychain.policy.facts import SETS, Facts
from supplychain.policy.policy_set import PolicySet
from supplychain.statement.predicates.registry import TYPES

STATEMENT_WORDS = frozenset({*TYPES, "dependencies"})
"""Words by which a rule names the kind of statement it reads."""
TIME_LIMIT_S = 10.0
"""Seconds that all rules together may take, unless somebody says otherwise."""


Answers = Mapping[str, Mapping[str, Any]]
"""Rule to set to members."""


class PlainAnswers(dict[str, dict[str, Any]]):
    """Answers without a number that two encoders would write differently: they may be encoded by the quicker one."""


class Given:
    """An input document on its way to an engine. Its canonical JSON is made once, if need be while the engine works."""

    __slots__ = ("_canonical", "document")

    def __init__(self, document: Mapping[str, Any], canonical: bytes = b"") -> None:
        self.document = document
        self._canonical = canonical

    @property
    def canonical(self) -> bytes:
        """What its digest is taken over. Raises ValueError for what is no JSON."""
        if not self._canonical:
            self._canonical = canonical_json(dict(self.document))
        return self._canonical

    @property
    def text(self) -> bytes:
        """Some JSON of the same values: the quickest at hand."""
        if self._canonical or "msgspec" not in sys.modules:
            return self.canonical
        from msgspec.json import encode

        return encode(dict(self.document))


class Engine(ABC):
    """Base of all engines."""

    def __init__(self, *, limit_s: float = TIME_LIMIT_S) -> None:
        self.limit_s = limit_s

    @property
    @abstractmethod
    def name(self) -> str:
        """Name and version, as the decision record keeps it."""

    @abstractmethod
    def _evaluate(self, policies: PolicySet, given: Given) -> Answers:
        """Rule to set to members, for every rule of the profile. Raises PolicyNotEvaluated."""

    @abstractmethod
    def facts(self, policies: PolicySet) -> Facts:
        """What is known of a policy set once it is loaded. Raises PolicyNotEvaluated when it cannot be."""

    def check(self, policies: PolicySet) -> Facts:
        """Load a policy set and refuse what this engine does not support. Raises PolicyNotEvaluated."""
        facts = self.facts(policies)
        facts.check_rules(policies.rules)
        return facts

    def evaluate(self, policies: PolicySet, document: Mapping[str, Any], encoded: bytes) -> tuple[Violation, ...]:
        """Run every rule of the profile over an input document.

        Args:
            policies: The policy set.
            document: The input document.
            encoded: The same as canonical JSON.

        Raises:
            PolicyNotEvaluated: A rule is missing, failed, took too long, or answered with something that is no reason.
        """
        return _sorted(self._keyed(policies, Given(document, encoded)))

    def answers(self, policies: PolicySet, given: Given) -> tuple[Violation, ...]:
        """The reasons of a policy set and of its base together, each once (see `evaluate`)."""
        found: dict[bytes, Violation] = {}
        for part in policies.parts:
            found |= self._keyed(part, given)
        return _sorted(found)

    def _keyed(self, policies: PolicySet, given: Given) -> dict[bytes, Violation]:
        """Reasons by their keys, which are made once: they cost more than the reasons."""
        facts = self.check(policies)
        facts.check_reads(given.document)
        answers = self._evaluate(policies, given)
        encode = _quick_encoder() if isinstance(answers, PlainAnswers) else canonical_json
        found: dict[bytes, Violation] = {}
        for rule in policies.rules:
            if rule not in answers:
                raise PolicyNotEvaluated("a rule gave no answer", code="RULE_MISSING", where=rule)
            for kind in SETS:
                members = answers[rule].get(kind, [])
                if not isinstance(members, list):
                    raise PolicyNotEvaluated(
                        "a rule answered with something that is no set",
                        code="BAD_VIOLATION",
                        where=facts.places(rule, kind) or f"{rule}.{kind}",
                        expected=f"{kind} contains violation if …",
                        found=repr(members)[:120],
                    )
                for member in members:
                    violation = _violation(rule, kind, member)
                    found[violation.key_by(encode)] = violation
        return found


@cache
def _quick_encoder() -> Callable[[object], bytes]:
    """Canonical JSON of what holds no fraction; for fractions below 0.0001 and from 1e16 on it has other spellings."""
    from msgspec.json import Encoder

    return Encoder(order="sorted").encode


def _sorted(found: Mapping[bytes, Violation]) -> tuple[Violation, ...]:
    return tuple(found[key] for key in sorted(found))


def decide(
    engine: Engine, policies: PolicySet, document: Mapping[str, Any], artifact: Artifact, *, at: datetime
) -> Decision:
    """Decide about one artifact. Never raises for "no", nor for a policy that fails: that is CANNOT_TELL."""
    return decide_given(engine, policies, Given(document), artifact, at=at)


def decide_given(engine: Engine, policies: PolicySet, given: Given, artifact: Artifact, *, at: datetime) -> Decision:
    """`decide`, for one who wants the canonical JSON of the document as well."""
    try:
        found = engine.answers(policies, given)
        outcomes = outcomes_of(found, policies, [engine.facts(part) for part in policies.parts], given.document)
    except PolicyNotEvaluated as error:
        found, outcomes = (unknown(error),), ()
    found += tuple(warning for part in policies.parts for warning in part.warnings)
    blocking = tuple(v for v in found if v.kind != "warn")
    kinds = {violation.kind for violation in blocking}
    verdict = Verdict.DENY if "deny" in kinds else Verdict.CANNOT_TELL if kinds else Verdict.ALLOW
    return Decision(
        verdict=verdict,
        environment=policies.environment,
        artifact=artifact,
        violations=blocking,
        warnings=tuple(v for v in found if v.kind == "warn"),
        rules=policies.all_rules,
        policy=policies.digest,
        input=Digest.of_bytes(given.canonical),
        engine=engine.name,
        at=at,
        outcomes=outcomes,
    )


def outcomes_of(
    found: Sequence[Violation], policies: PolicySet, facts: Sequence[Facts], document: Mapping[str, Any]
) -> tuple[Outcome, ...]:
    """The worst that each rule said, and the statements it could read."""
    said: dict[str, set[str]] = {}
    for violation in found:
        said.setdefault(violation.rule, set()).add(violation.kind)
    entries = [entry for entry in document.get("statements", ()) if isinstance(entry, dict)]
    kinds = [(_kinds(entry), str(entry.get("digest"))) for entry in entries]
    read: dict[frozenset[str], tuple[str, ...]] = {}
    outcomes = []
    for rule in policies.all_rules:
        words = frozenset().union(*(known.words_among(rule, STATEMENT_WORDS) for known in facts))
        if words not in read:
            read[words] = tuple(sorted({digest for kind, digest in kinds if not words or not words.isdisjoint(kind)}))
        outcome = next((kind for kind in SETS if kind in said.get(rule, ())), "pass")
        outcomes.append(Outcome(rule=rule, outcome=outcome, inputs=read[words]))
    return tuple(outcomes)


def _kinds(entry: Mapping[str, Any]) -> tuple[str, ...]:
    kind = str(entry.get("kind"))
    return (kind, "dependencies") if kind == "vulns" else (kind,)


def timed_out(where: str, limit_s: float) -> PolicyNotEvaluated:
    """Rules that did not come to an end. `where`: the rule that was being evaluated, as far as known."""
    return PolicyNotEvaluated(
        f"the policy was not evaluated within {limit_s:g} s",
        code="POLICY_TIMEOUT",
        where=where,
        hint="look for a comprehension over lists that multiply, or raise timeouts.policy in supplychain.yaml",
    )


def unknown(error: PolicyNotEvaluated) -> Violation:
    """A policy that could not be evaluated, as a reason of a decision."""
    message = "; ".join(part for part in (error.message, error.where, error.found) if part)
    return Violation(rule="engine", code=error.code, message=message, fix=error.hint, kind="cannot_tell")


def _violation(rule: str, kind: str, member: object) -> Violation:
    known = member if isinstance(member, dict) else {}
    code, message, fix = known.get("code"), known.get("message"), known.get("fix")
    if not (isinstance(code, str) and isinstance(message, str) and isinstance(fix, str)):
        raise PolicyNotEvaluated(
            "a rule answered with something that is no reason",
            code="BAD_VIOLATION",
            where=f"{rule}.{kind}",
            expected='{"code", "message", "fix", "evidence"}',
            found=repr(member)[:120],
        )
    evidence = known.get("evidence", {})
    evidence = evidence if isinstance(evidence, dict) else {"value": evidence}
    return Violation(rule=rule, kind=kind, code=code, message=message, fix=fix, evidence=evidence)
