"""What every policy engine is, and `decide`: the one way from a document to a decision.

An engine answers with the three sets of every rule. What it cannot evaluate it must raise, never leave out: a rule
that is silently undefined is a rule that never denies.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
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


class Engine(ABC):
    """Base of all engines."""

    def __init__(self, *, limit_s: float = TIME_LIMIT_S) -> None:
        self.limit_s = limit_s

    @property
    @abstractmethod
    def name(self) -> str:
        """Name and version, as the decision record keeps it."""

    @abstractmethod
    def _evaluate(self, policies: PolicySet, document: bytes) -> Mapping[str, Mapping[str, Any]]:
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
        return _sorted(self._keyed(policies, document, encoded))

    def answers(self, policies: PolicySet, document: Mapping[str, Any], encoded: bytes) -> tuple[Violation, ...]:
        """The reasons of a policy set and of its base together, each once (see `evaluate`)."""
        found: dict[bytes, Violation] = {}
        for part in policies.parts:
            found |= self._keyed(part, document, encoded)
        return _sorted(found)

    def _keyed(self, policies: PolicySet, document: Mapping[str, Any], encoded: bytes) -> dict[bytes, Violation]:
        """Reasons by their keys, which are made once: they cost more than the reasons."""
        facts = self.check(policies)
        facts.check_reads(document)
        answers = self._evaluate(policies, encoded)
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
                    found[violation.key] = violation
        return found


def _sorted(found: Mapping[bytes, Violation]) -> tuple[Violation, ...]:
    return tuple(found[key] for key in sorted(found))


def decide(
    engine: Engine, policies: PolicySet, document: Mapping[str, Any], artifact: Artifact, *, at: datetime
) -> Decision:
    """Decide about one artifact. Never raises for "no", nor for a policy that fails: that is CANNOT_TELL."""
    encoded = canonical_json(dict(document))
    try:
        found = engine.answers(policies, document, encoded)
        outcomes = outcomes_of(found, policies, [engine.facts(part) for part in policies.parts], document)
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
        input=Digest.of_bytes(encoded),
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
    outcomes = []
    for rule in policies.all_rules:
        words = {word for known in facts for word in known.words(rule)}
        read = [e for e in entries if words & _kinds(e)] if words & STATEMENT_WORDS else entries
        outcomes.append(
            Outcome(
                rule=rule,
                outcome=next((kind for kind in SETS if kind in said.get(rule, ())), "pass"),
                inputs=tuple(sorted({str(entry.get("digest")) for entry in read})),
            )
        )
    return tuple(outcomes)


def _kinds(entry: Mapping[str, Any]) -> set[str]:
    kind = str(entry.get("kind"))
    return {kind, "dependencies"} if kind == "vulns" else {kind}


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
    if not isinstance(member, dict) or not all(isinstance(member.get(key), str) for key in ("code", "message", "fix")):
        raise PolicyNotEvaluated(
            "a rule answered with something that is no reason",
            code="BAD_VIOLATION",
            where=f"{rule}.{kind}",
            expected='{"code", "message", "fix", "evidence"}',
            found=repr(member)[:120],
        )
    evidence = member.get("evidence", {})
    return Violation(
        rule=rule,
        kind=kind,
        code=member["code"],
        message=member["message"],
        fix=member["fix"],
        evidence=evidence if isinstance(evidence, dict) else {"value": evidence},
    )
