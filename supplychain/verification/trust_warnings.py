"""What looks like a slip in a trust file: one check each, one code each (`docs/trust.md` lists them)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from supplychain.encoding import format_time
from supplychain.statement.predicates.registry import KINDS, TYPES
from supplychain.verification.certificates import is_pattern
from supplychain.verification.signatory import Signatory, count_signers
from supplychain.verification.trust import ANY_CLAIM, Identity, Rule, Trust

Warnings = Iterator[tuple[str, str, str, str]]
"""Code, message, fix, and path in the file, of each."""
SOON = timedelta(days=30)
"""An identity that ends within this time is worth a word."""
CODES = (
    "IDENTITY_UNUSED",
    "IDENTITY_EXPIRED",
    "IDENTITY_EXPIRES_SOON",
    "IDENTITY_REVOKED",
    "IDENTITY_NEVER_VALID",
    "KEY_TWICE",
    "SUBJECT_TOO_WIDE",
    "SUBJECT_WITHOUT_PATTERN",
    "RUNNER_NOT_DEMANDED",
    "CLAIMS_EVERYTHING",
    "ONE_PERSON_DECIDES",
    "THRESHOLD_OUT_OF_REACH",
    "LEVEL_FOR_A_SCANNER",
    "LEVEL_FOR_ANY_BUILDER",
    "SOURCE_ANY_REFERENCE",
)
"""Every code of a warning."""
_GITHUB = "https://token.actions.githubusercontent.com"
_DECISIONS = frozenset({"waiver", "approval"})


def warnings(trust: Trust, at: datetime) -> Warnings:
    """Every warning about a trust file; code, message, fix and path each."""
    for check in (_identities, _keys, _certificates, _people, _thresholds, _levels, _public):
        yield from check(trust, at)


def state_of(identity: Identity, at: datetime) -> str:
    """Whether an identity is valid at a time, in words."""
    if identity.revoked is not None and at >= identity.revoked:
        return f"revoked since {format_time(identity.revoked)}"
    if identity.valid_until is not None and at >= identity.valid_until:
        return f"expired since {format_time(identity.valid_until)}"
    if identity.valid_from is not None and at < identity.valid_from:
        return f"valid from {format_time(identity.valid_from)}"
    return "valid"


def most_signers(rule: Rule, trust: Trust, at: datetime) -> int:
    """How many different signers a rule can have at a time."""
    valid = [i for name in sorted(rule.signers) if state_of(i := trust.identities[name], at) == "valid"]
    return count_signers((Signatory(identity=i, who=i.anchor) for i in valid), rule.signers, trust)


def kinds_of(claims: Sequence[str]) -> tuple[str, ...]:
    """Predicate type URIs as kinds, where they have one."""
    return tuple(KINDS.get(claim, claim) for claim in claims)


def _identities(trust: Trust, at: datetime) -> Warnings:
    used = {name for rule in trust.rules for name in rule.signers}
    for name, identity in trust.identities.items():
        path = f"identities.{name}"
        if name not in used and identity.revoked is None:
            yield "IDENTITY_UNUSED", f"{name} signs under no rule", "name it in a rule, or take it out", path
        yield from _times(identity, at, path)


def _times(identity: Identity, at: datetime, path: str) -> Warnings:
    name, state, until = identity.name, state_of(identity, at), identity.valid_until
    renew = "make a new identity that begins before this one ends, and name both for a while"
    if state.startswith("revoked"):
        keep = "keep it while old evidence lies around: KEY_REVOKED tells more than UNKNOWN_SIGNER"
        yield "IDENTITY_REVOKED", f"{name} is {state}", keep, f"{path}.revoked"
    elif state.startswith("expired"):
        yield "IDENTITY_EXPIRED", f"{name} is {state}", renew, f"{path}.until"
    elif until is not None and until - at <= SOON:
        yield "IDENTITY_EXPIRES_SOON", f"{name} ends {format_time(until)}", renew, f"{path}.until"
    ends = min((time for time in (until, identity.revoked) if time is not None), default=None)
    if identity.valid_from is not None and ends is not None and identity.valid_from >= ends:
        yield "IDENTITY_NEVER_VALID", f"{name} ends before it begins", "correct from, until or revoked", f"{path}.from"


def _keys(trust: Trust, _: datetime) -> Warnings:
    first: dict[str, str] = {}
    for name, identity in trust.identities.items():
        other = first.setdefault(identity.anchor, name)
        if other != name:
            message = f"{name} and {other} are one signer: they have the same key or certificates"
            yield "KEY_TWICE", message, "give each person a key of their own", f"identities.{name}"


def _certificates(trust: Trust, _: datetime) -> Warnings:
    for name, identity in trust.identities.items():
        rule = identity.certificate
        if rule is None:
            continue
        path = f"identities.{name}"
        if rule.pattern and (reason := _too_wide(rule.subject)):
            fix = "write out host, owner, repository and workflow; * stands for one part of the reference, # for digits"
            yield "SUBJECT_TOO_WIDE", f"{name}: {reason}: {rule.subject}", fix, f"{path}.subject_pattern"
        if rule.pattern and not is_pattern(rule.subject):
            message = f"{name}: subject_pattern holds no pattern"
            yield "SUBJECT_WITHOUT_PATTERN", message, "write it as subject", f"{path}.subject_pattern"
        if rule.issuer == _GITHUB and "runner_environment" not in rule.claims:
            message = f"{name}: a self-hosted runner will do, and whoever owns it can sign"
            yield "RUNNER_NOT_DEMANDED", message, "claims: {runner_environment: github-hosted}", path


def _too_wide(pattern: str) -> str:
    """Why a pattern for subjects lets in more than one thinks."""
    start, _, reference = pattern.partition("@")
    special = min((start.index(c) for c in "*?#" if c in start), default=len(start))
    if "://" not in pattern:
        return "it begins with a wildcard" if special == 0 and not reference else ""
    if start[:special].count("/") < 4:
        return "host or owner is not written out"
    if "**" in start:
        return "** stands for any repository and any workflow"
    if reference.removeprefix("refs/").strip("*/") in ("", "heads", "tags") and "**" in reference:
        return "any reference will do"
    return "any reference will do" if reference in ("*", "") and special < len(start) else ""


def _people(trust: Trust, _: datetime) -> Warnings:
    """Separation of duties: who decides should not be who is judged."""
    alone: dict[str, set[str]] = {name: set() for name in trust.identities}
    for number, rule in enumerate(trust.rules):
        if ANY_CLAIM in rule.claims:
            message = f"{', '.join(sorted(rule.signers))} may claim everything, kinds of later versions too"
            yield "CLAIMS_EVERYTHING", message, "name the kinds one by one", f"rules[{number}].claims"
        if rule.threshold == 1:
            kinds = set(TYPES) if ANY_CLAIM in rule.claims else set(kinds_of(rule.claims))
            for name in rule.signers:
                alone[name] |= kinds
    evidence = {"provenance", "vulns", "scan"}
    for name, kinds in alone.items():
        if evidence <= kinds and kinds & _DECISIONS:
            message = f"{name} alone may state the evidence and set it aside ({', '.join(sorted(kinds & _DECISIONS))})"
            fix = "let somebody else sign waivers and approvals, or ask for a threshold of two"
            yield "ONE_PERSON_DECIDES", message, fix, f"identities.{name}"


def _thresholds(trust: Trust, at: datetime) -> Warnings:
    for number, rule in enumerate(trust.rules):
        most = most_signers(rule, trust, at)
        if most < rule.threshold:
            message = (
                f"{rule.threshold} must sign and {most} of {', '.join(sorted(rule.signers))} can at {format_time(at)}"
            )
            fix = "name more signers, renew those that ended, or lower the threshold"
            yield "THRESHOLD_OUT_OF_REACH", message, fix, f"rules[{number}].threshold"


def _levels(trust: Trust, _: datetime) -> Warnings:
    scanners = {n for r in trust.rules if {"scan", "vulns", ANY_CLAIM} & set(kinds_of(r.claims)) for n in r.signers}
    for number, rule in enumerate(trust.rules):
        high = [builder for builder, level in rule.builders if level > 1]
        both = sorted(rule.signers & scanners)
        if high and both:
            message = (
                f"{', '.join(both)} also signs scans: a key that scanners reach vouches for {high[0]} above level 1"
            )
            fix = "give the builder a key that nothing but the builder reaches"
            yield "LEVEL_FOR_A_SCANNER", message, fix, f"rules[{number}].builders"
        if wide := [builder for builder in high if not builder.strip("*?")]:
            message = f"any builder is believed above level 1 ({wide[0]})"
            yield "LEVEL_FOR_ANY_BUILDER", message, "name the builder", f"rules[{number}].builders"


def _public(trust: Trust, _: datetime) -> Warnings:
    for name, entry in trust.public.items():
        references = [text for text in (entry.branch, entry.tag) if text and text.strip("*?")]
        if not references and not entry.versioned_tag:
            message = f"{name}: built from any branch or tag of {entry.source}, also that of a pull request"
            yield "SOURCE_ANY_REFERENCE", message, "give branch, tag or versioned_tag", f"public_builders.{name}"
