"""From a decision to a verification summary (SLSA VSA v1), PASSED and FAILED.

CANNOT-TELL makes no summary: nothing was verified, neither for nor against; the decision record alone tells of it.
"""

from __future__ import annotations

from datetime import datetime

from supplychain.encoding import canonical_json, parse_time
from supplychain.policy.decision import Decision, Verdict
from supplychain.policy.document import known_at
from supplychain.statement.predicates.vsa import POLICY_URI, Vsa
from supplychain.verification.dossier import Dossier

VERIFIER = "urn:supplychain:verifier:v1"
"""Our verifier id, when the configuration gives none."""
_ENDING = frozenset({"WAIVED", "VEX_EXCUSED", "BREAK_GLASS_OPEN"})
"""Codes of warnings about what may end: evidence `needed`, `until` and the `finding` it covers."""


def summarize(decision: Decision, dossier: Dossier, *, verifier: str = VERIFIER) -> Vsa | None:
    """The summary of a decision; None when the verdict is CANNOT_TELL.

    The SLSA level is the highest that a verified provenance reaches by trust in its builder, never a claim of its own.
    """
    if decision.verdict is Verdict.CANNOT_TELL or decision.policy is None:
        return None
    passed = decision.verdict is Verdict.ALLOW
    known = [s for s in dossier.statements if known_at(s, decision.at) and not isinstance(s.predicate, Vsa)]
    level = max((statement.builder_level for statement in known), default=0)
    return Vsa(
        verifier=verifier,
        verified=decision.at,
        resource_uri=f"urn:supplychain:artifact:{decision.artifact.digest}",
        policy_uri=f"{POLICY_URI}{decision.environment}",
        policy_digest=decision.policy,
        inputs=tuple(statement.statement.digest for statement in known),
        result="PASSED" if passed else "FAILED",
        levels=(f"SLSA_BUILD_LEVEL_{level}",) if passed else ("FAILED",),
        decision=decision.digest,
        until=_until(decision) if passed else None,
    )


def _until(decision: Decision) -> datetime | None:
    """When the first waiver or VEX statement ends without which it would have been another; None: it rests on none."""
    ends: dict[str, datetime] = {}
    for warning in decision.warnings:
        if warning.code in _ENDING and warning.evidence.get("needed"):
            finding = canonical_json([warning.rule, warning.evidence["finding"]]).decode()
            end = parse_time(warning.evidence["until"], where="a waiver")
            ends[finding] = max(end, ends.get(finding, end))
    return min(ends.values(), default=None)
