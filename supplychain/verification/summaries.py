"""Verification summaries (VSA) that the trust file lets somebody sign, held against what a consumer expects.

The steps of https://slsa.dev/spec/v1.1/verification_summary, section "How to verify", after signature, subject and
predicate have been verified, and their codes:

1. there is one, for the expected environment      NO_SUMMARY, ENVIRONMENT_MISMATCH
2. by the expected verifier                        VERIFIER_MISMATCH
3. about the expected resource                     RESOURCE_MISMATCH
4. by the expected policy                          POLICY_MISMATCH
5. with the result PASSED, and not past its end    NOT_PASSED, SUMMARY_EXPIRED
6. and at least the expected levels                LEVEL_MISMATCH

The newest summary counts: a FAILED one is not hidden by an older PASSED one, and it counts whatever time it claims. Of
two of one time both count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.vsa import Vsa
from supplychain.verification.dossier import Rejected
from supplychain.verification.expectations import differs
from supplychain.verification.provenance.summary import reaches
from supplychain.verification.verifier import VerifiedStatement

_SKEW = timedelta(minutes=5)
Pair = tuple[VerifiedStatement, Vsa]


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryExpectations:
    """What is asked of a summary, beside PASSED; absent means not asked."""

    environment: str | None = None
    verifier: str | None = None
    """Verifier id, compared whole."""
    resource: str | None = None
    """Resource URI, compared whole."""
    policy: Digest | None = None
    levels: tuple[str, ...] = ()
    """SLSA levels; a higher level of the same track will do."""

    @property
    def any(self) -> bool:
        """Whether anything is expected."""
        return any(getattr(self, item.name) not in (None, ()) for item in fields(self))


def newest_summaries(
    statements: Sequence[VerifiedStatement], expected: SummaryExpectations, *, at: datetime
) -> tuple[VerifiedStatement, ...]:
    """The summaries that count, each held against what is expected.

    Raises:
        VerificationFailed: There is none, or one that counts is not as expected.
    """
    found: list[Pair] = [(s, s.predicate) for s in statements if isinstance(s.predicate, Vsa)]
    if not found:
        raise VerificationFailed(
            "there is no verified summary",
            code="NO_SUMMARY",
            expected="a verification summary (VSA)",
            hint="supplychain gate ARTIFACT --env ENV makes one",
        )
    wanted = expected.environment
    here = [pair for pair in found if wanted in (None, pair[1].environment)]
    if not here:
        others = ", ".join(sorted({vsa.environment or vsa.policy_uri for _, vsa in found}))
        raise differs(
            "ENVIRONMENT_MISMATCH", "the summary is for another environment", _place(found), str(wanted), others
        )
    known = [pair for pair in here if pair[1].result == "FAILED" or pair[1].verified <= at + _SKEW] or here
    last = max(vsa.verified for _, vsa in known)
    counting = [pair for pair in known if pair[1].verified == last]
    for verified, vsa in counting:
        check_summary(vsa, expected, at=at, where=", ".join(verified.refs))
    return tuple(verified for verified, _ in counting)


def refuse_unread(rejected: Sequence[Rejected]) -> None:
    """Refuse when a signer who may has made a summary that cannot be read: it may be a later FAILED.

    Raises:
        VerificationFailed: `SUMMARY_UNREADABLE`.
    """
    for piece in rejected:
        if piece.unread == "vsa":
            raise VerificationFailed(
                f"a summary by a signer who may make it cannot be read, and may say FAILED: {piece.message}",
                code="SUMMARY_UNREADABLE",
                where=piece.ref,
                expected="a verification summary (VSA) v1",
                found=piece.code,
                hint="gate it again, and take this summary out of the store",
            )


def check_summary(vsa: Vsa, expected: SummaryExpectations, *, at: datetime, where: str) -> None:
    """Hold one summary against what is expected (steps 1 to 6).

    Raises:
        VerificationFailed: It is not as expected; `code` says in what.
    """
    policy = expected.policy
    wanted = (
        ("ENVIRONMENT_MISMATCH", "the summary is for another environment", expected.environment, vsa.environment or ""),
        ("VERIFIER_MISMATCH", "by another verifier", expected.verifier, vsa.verifier),
        ("RESOURCE_MISMATCH", "about another resource", expected.resource, vsa.resource_uri),
        ("POLICY_MISMATCH", "by another policy", str(policy) if policy else None, str(vsa.policy_digest)),
        ("NOT_PASSED", "it did not pass", "PASSED", vsa.result),
    )
    for code, message, asked, found in wanted:
        if asked is not None and found != asked:
            raise differs(code, message, where, asked, found)
    if vsa.verified > at + _SKEW:
        raise differs(
            "NOT_PASSED", "it is of a later time", where, f"until {format_time(at)}", format_time(vsa.verified)
        )
    if vsa.until is not None and at >= vsa.until:
        raise differs(
            "SUMMARY_EXPIRED", "a waiver it rests on has ended", where, format_time(vsa.until), format_time(at)
        )
    for level in expected.levels:
        if not any(reaches(found, level) for found in vsa.levels):
            raise differs("LEVEL_MISMATCH", "a level is not reached", where, level, ", ".join(vsa.levels))


def _place(found: Sequence[Pair]) -> str:
    return ", ".join(found[0][0].refs)
