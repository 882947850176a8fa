"""What a verified statement says, in one line for people."""

from __future__ import annotations

from supplychain.encoding import format_time
from supplychain.verification.verifier import VerifiedStatement


def told(verified: VerifiedStatement) -> str:
    """What a verified statement says, in one line."""
    what = _BY_KIND.get(verified.kind, _of_what_was_decided)(verified)
    return f"{what or verified.statement.predicate_type}; signed by {', '.join(verified.signers)}"


def _of_what_it_is(verified: VerifiedStatement) -> str:
    from supplychain.statement.predicates.link import Link
    from supplychain.statement.predicates.provenance import Provenance
    from supplychain.statement.predicates.reference import Reference

    match verified.predicate:
        case Provenance(builder_id=builder):
            return f"built by {builder}, level {verified.builder_level}"
        case Reference(media_type=media, size=size):
            return f"{media}, {size:,} bytes"
        case Link(name=step, materials=materials):
            return f"step {step}, {len(materials)} materials"
        case _:
            return ""


def _of_what_was_seen(verified: VerifiedStatement) -> str:
    from supplychain.statement.predicates.layout import CheckedLayout
    from supplychain.statement.predicates.scan import Scan
    from supplychain.statement.predicates.test_result import QualityResult
    from supplychain.statement.predicates.vulns import Vulns

    match verified.predicate:
        case Vulns(result=found, scanner_uri=scanner):
            return f"{len(found)} known vulnerabilities, seen by {scanner.rpartition(':')[2]}"
        case Scan(kind=kind, findings=found, scanner=scanner):
            return f"{kind}: {len(found)} findings, seen by {scanner}"
        case QualityResult(result=result, kind=kind):
            return f"{kind or 'tests'} {result}"
        case CheckedLayout(name=name, result=result, code=code):
            return f"{result} {code and f'[{code}] '}by layout {name}"
        case _:
            return ""


def _of_what_was_decided(verified: VerifiedStatement) -> str:
    from supplychain.statement.predicates.approval import Approval
    from supplychain.statement.predicates.vsa import Vsa
    from supplychain.statement.predicates.waiver import Waiver

    match verified.predicate:
        case Vsa(environment=environment, result=result, policy_uri=policy):
            return f"{result} for {environment or f'policy {policy}'}"
        case Approval(environment=environment, verdict=verdict, until=until, rules=rules, reason=reason):
            what = f"{verdict} {', '.join(rules)}".rstrip()
            return f"{what} for {environment} until {format_time(until)}: {reason}"
        case Waiver(waives=waived, until=until, owner=owner, reason=reason):
            return f"{waived} until {format_time(until)}, {owner} answers for it: {reason}"
        case _:
            return ""


_BY_KIND = {
    **dict.fromkeys(("provenance", "sbom", "link"), _of_what_it_is),
    **dict.fromkeys(("vulns", "scan", "test-result", "layout"), _of_what_was_seen),
}
"""What tells of a kind of claim; the classes of the other kinds are not imported for it."""
