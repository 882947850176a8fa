"""A trust file, read as a reviewer reads it: who may claim what, and what looks like a slip.

Everything here is about the file alone, without evidence: a warning is no refusal, and a file without warnings can
still trust the wrong people. Pure: value in, value out; `at` is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supplychain.statement.predicates.registry import KINDS
from supplychain.verification.trust import ANY_CLAIM, PublicBuilder, Rule, Trust, matches
from supplychain.verification.trust_warnings import kinds_of, most_signers, state_of, warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something in a trust file that a reviewer should look at."""

    code: str
    message: str
    fix: str
    path: str
    """Of the value in the file: `rules[0].signers`."""
    line: int = 0
    """From 1; 0 where it is not known."""

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {"code": self.code, "message": self.message, "fix": self.fix, "path": self.path, "line": self.line}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One line of who may claim what."""

    claims: tuple[str, ...]
    """Kinds, or predicate type URIs, or `*`."""
    artifacts: tuple[str, ...]
    signers: tuple[tuple[str, str], ...]
    """Name, and its state at the time asked about: `valid`, `expired since …`, `revoked since …`, `valid from …`."""
    threshold: int
    environments: tuple[str, ...]
    builders: tuple[tuple[str, int], ...]
    possible: bool = True
    """Whether enough different signers are valid at the time asked about."""
    public: str = ""
    """What a public builder must have built; empty for a rule."""

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "claims": list(self.claims),
            "artifacts": list(self.artifacts),
            "signers": [{"name": name, "state": state} for name, state in self.signers],
            "threshold": self.threshold,
            "environments": list(self.environments),
            "builders": dict(self.builders),
            "possible": self.possible,
            **({"public": self.public} if self.public else {}),
        }


def explain(trust: Trust, *, at: datetime, artifact: str | None = None, claim: str | None = None) -> tuple[Grant, ...]:
    """Who may claim what, a line for each rule and each public builder, in the order of the file.

    Args:
        trust: The trust file.
        at: When; decides whose keys are valid.
        artifact: Only what is about an artifact of this name.
        claim: Only what covers this predicate type URI.
    """
    grants = [
        _of_rule(rule, trust, at)
        for rule in trust.rules
        if (claim is None or claim in rule.claims or ANY_CLAIM in rule.claims) and _about(rule.artifacts, artifact)
    ]
    public = [
        _of_builder(entry)
        for entry in trust.public.values()
        if (claim is None or KINDS.get(claim) == "provenance") and _about(entry.artifacts, artifact)
    ]
    return tuple(grants + public)


def review(trust: Trust, *, at: datetime, lines: Mapping[str, int] | None = None) -> tuple[Remark, ...]:
    """What a reviewer should look at, in the order of the file.

    Args:
        trust: The trust file.
        at: Time to judge validity at.
        lines: Path to line, as `spots.yaml_lines` gives it.
    """
    known = lines or {}
    found = [
        Remark(code=code, message=message, fix=fix, path=path, line=line_of(path, known))
        for code, message, fix, path in warnings(trust, at)
    ]
    return tuple(sorted(found, key=lambda remark: (remark.line, remark.path, remark.code)))


def line_of(path: str, lines: Mapping[str, int]) -> int:
    """The line of a path, else of the nearest thing around it."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, 0)


def _of_rule(rule: Rule, trust: Trust, at: datetime) -> Grant:
    return Grant(
        claims=kinds_of(rule.claims),
        artifacts=rule.artifacts,
        signers=tuple((name, state_of(trust.identities[name], at)) for name in sorted(rule.signers)),
        threshold=rule.threshold,
        environments=rule.environments,
        builders=rule.builders,
        possible=most_signers(rule, trust, at) >= rule.threshold,
    )


def _of_builder(entry: PublicBuilder) -> Grant:
    refs = {"branch": entry.branch, "tag": entry.tag, "version": entry.versioned_tag}
    built = ", ".join([entry.source, *(f"{name} {value}" for name, value in refs.items() if value)])
    return Grant(
        claims=("provenance",),
        artifacts=entry.artifacts,
        signers=((entry.name, "valid"),),
        threshold=1,
        environments=("*",),
        builders=((entry.builder, entry.level),),
        public=built,
    )


def _about(patterns: Sequence[str], artifact: str | None) -> bool:
    return artifact is None or any(matches(pattern, artifact) for pattern in patterns)
