"""What every policy engine is, and `decide`: the one way from a document to a decision.

An engine answers with the three sets of every rule. What it cannot evaluate it must raise, never leave out: a rule
that is silently undefined is a rule that never denies.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.decision import Decision, Verdict, Violation
from supplychain.policy.policy_set import PolicySet

SETS = ("deny", "cannot_tell", "warn")
"""The sets a rule package may define."""


class Engine(ABC):
    """Base of all engines."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name and version, as the decision record keeps it."""

    @abstractmethod
    def _evaluate(self, policies: PolicySet, document: bytes) -> Mapping[str, Mapping[str, Any]]:
        """Rule to set to members, for every rule of the profile. Raises PolicyNotEvaluated."""

    def evaluate(self, policies: PolicySet, document: bytes) -> tuple[Violation, ...]:
        """Run every rule of the profile over an input document.

        Raises:
            PolicyNotEvaluated: A rule is missing, failed, or answered with something that is no reason.
        """
        answers = self._evaluate(policies, document)
        found: list[Violation] = []
        for rule in policies.rules:
            if rule not in answers:
                raise PolicyNotEvaluated("a rule gave no answer", code="RULE_MISSING", where=rule)
            for kind in SETS:
                members = answers[rule].get(kind, [])
                if not isinstance(members, list):
                    raise PolicyNotEvaluated(
                        "a rule answered with something that is no set",
                        code="BAD_VIOLATION",
                        where=f"{rule}.{kind}",
                        expected=f"{kind} contains violation if …",
                        found=repr(members)[:120],
                    )
                found += [_violation(rule, kind, member) for member in members]
        return tuple(sorted(found, key=lambda v: canonical_json(v.to_json())))


def decide(
    engine: Engine, policies: PolicySet, document: Mapping[str, Any], artifact: Artifact, *, at: datetime
) -> Decision:
    """Decide about one artifact. Never raises for "no", nor for a policy that fails: that is CANNOT_TELL."""
    encoded = canonical_json(dict(document))
    try:
        found = engine.evaluate(policies, encoded)
    except PolicyNotEvaluated as error:
        found = (unknown(error),)
    found += policies.warnings
    blocking = tuple(v for v in found if v.kind != "warn")
    kinds = {violation.kind for violation in blocking}
    verdict = Verdict.DENY if "deny" in kinds else Verdict.CANNOT_TELL if kinds else Verdict.ALLOW
    return Decision(
        verdict=verdict,
        environment=policies.environment,
        artifact=artifact,
        violations=blocking,
        warnings=tuple(v for v in found if v.kind == "warn"),
        rules=policies.rules,
        policy=policies.digest,
        input=Digest.of_bytes(encoded),
        engine=engine.name,
        at=at,
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
