"""What is remembered of an artifact: its verified summaries, and what the newest of them says for an environment.

Used by admission ("may it run here?") and by history. The newest counts: a FAILED summary is not hidden by an older
PASSED one, and two of one time that differ count as FAILED. A FAILED one counts whatever time it claims.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.policy.decision import Decision, Verdict, Violation
from supplychain.statement.predicates.vsa import Vsa
from supplychain.verification.dossier import Dossier, Rejected
from supplychain.verification.verifier import VerifiedStatement

_SKEW = timedelta(minutes=5)
ENGINE = "verified summary"
"""Engine name of a decision that only looks a summary up."""


def summaries(dossier: Dossier, environment: str) -> tuple[tuple[VerifiedStatement, Vsa], ...]:
    """The verified summaries for one environment, newest first."""
    found = [
        (verified, verified.predicate)
        for verified in dossier.statements
        if isinstance(verified.predicate, Vsa) and verified.predicate.environment == environment
    ]
    return tuple(sorted(found, key=lambda pair: (pair[1].verified, str(pair[0].statement.digest)), reverse=True))


def admission_decision(
    dossier: Dossier, environment: str, *, at: datetime, max_age: timedelta | None = None, policy: Digest | None = None
) -> Decision:
    """May the artifact run in an environment, by its verified summaries alone?

    Args:
        dossier: Everything verified about the artifact.
        environment: Where it is to run.
        at: Time of the decision.
        max_age: Oldest summary accepted; None: any age.
        policy: The only policy set accepted; None: any the signer was trusted to apply.
    """
    found = summaries(dossier, environment)
    known = [pair for pair in found if pair[1].result == "FAILED" or pair[1].verified <= at + _SKEW]
    newest = [pair for pair in known if pair[1].verified == known[0][1].verified]
    reasons = _reasons(newest, dossier, environment, at=at, max_age=max_age, policy=policy)
    return Decision(
        verdict=_verdict(reasons),
        environment=environment,
        artifact=dossier.artifact,
        violations=tuple(reasons),
        warnings=(),
        rules=("admission",),
        policy=newest[0][1].policy_digest if newest else None,
        input=newest[0][0].statement.digest if newest else None,
        engine=ENGINE,
        at=at,
    )


def _reasons(
    newest: list[tuple[VerifiedStatement, Vsa]],
    dossier: Dossier,
    environment: str,
    *,
    at: datetime,
    max_age: timedelta | None,
    policy: Digest | None,
) -> list[Violation]:
    unread = [item for item in dossier.rejected if item.unread == "vsa"]
    if unread:
        return [_unreadable(item) for item in unread]
    if not newest:
        refused = [f"{item.code} ({item.message})" for item in dossier.rejected[:3]]
        message = f"no verified summary for {environment}"
        if refused:
            message += f"; {len(dossier.rejected)} piece(s) of evidence did not verify: {', '.join(refused)}"
        return [_deny("SUMMARY_MISSING", message, f"promote it: supplychain promote ARTIFACT --to {environment}")]
    reasons = []
    vsa = newest[0][1]
    if any(item.result != "PASSED" for _, item in newest):
        fix = "`supplychain history` shows the decision and its reasons"
        reasons.append(_deny("SUMMARY_FAILED", f"the newest summary for {environment} says FAILED", fix))
    ends = [item.until for _, item in newest if item.until is not None]
    if ends and at >= min(ends):
        text = f"the newest summary for {environment} rests on a waiver that ended at {format_time(min(ends))}"
        fix = f"mend the finding or have the waiver renewed, then: supplychain gate ARTIFACT --env {environment}"
        reasons.append(_deny("SUMMARY_EXPIRED", text, fix))
    if max_age is not None and at - vsa.verified > max_age:
        text = (
            f"the newest summary is of {format_time(vsa.verified)}, older than {max_age.total_seconds() / 3600:g} hours"
        )
        reasons.append(_deny("SUMMARY_STALE", text, f"gate it again: supplychain gate ARTIFACT --env {environment}"))
    if policy is not None and any(item.policy_digest != policy for _, item in newest):
        text = f"the summary is by the policy {vsa.policy_digest}, not by {policy}"
        reasons.append(
            _deny("SUMMARY_OTHER_POLICY", text, f"gate it again: supplychain gate ARTIFACT --env {environment}")
        )
    return reasons


def _verdict(reasons: list[Violation]) -> Verdict:
    if not reasons:
        return Verdict.ALLOW
    return Verdict.DENY if any(reason.kind == "deny" for reason in reasons) else Verdict.CANNOT_TELL


def _unreadable(item: Rejected) -> Violation:
    text = f"a summary by a signer who may make it cannot be read, and may say FAILED: {item.code} ({item.message})"
    fix = "gate it again, and take this summary out of the store"
    return Violation(
        rule="admission",
        kind="cannot_tell",
        code="SUMMARY_UNREADABLE",
        message=text,
        fix=fix,
        evidence={"ref": item.digest},
    )


def _deny(code: str, message: str, fix: str) -> Violation:
    return Violation(rule="admission", code=code, message=message, fix=fix)
