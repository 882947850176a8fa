"""A decision: the verdict on one artifact for one environment, and everything needed to run it again.

Three verdicts, never two. The record is canonical JSON: the same evidence, policy, data and clock give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, format_time
from supplychain.errors import ExitCode

RECORD_TYPE = "urn:supplychain:decision:v1"


class Verdict(StrEnum):
    """What a gate says."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    CANNOT_TELL = "CANNOT_TELL"

    @property
    def exit_code(self) -> ExitCode:
        """0, 10 or 7."""
        codes = {"ALLOW": ExitCode.OK, "DENY": ExitCode.DENIED, "CANNOT_TELL": ExitCode.POLICY_NOT_EVALUATED}
        return codes[self.value]

    @property
    def word(self) -> str:
        """As people read it: ALLOW, DENY, CANNOT-TELL."""
        return self.value.replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One reason, as the rule that fired gave it."""

    rule: str
    code: str
    message: str
    fix: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "deny"
    """`deny` (definitely bad), `cannot_tell` (could not look) or `warn`."""
    _key: bytes = field(default=b"", init=False, repr=False, compare=False)

    @property
    def key(self) -> bytes:
        """As canonical JSON: orders reasons and tells them apart."""
        return self.key_by(canonical_json)

    def key_by(self, encode: Callable[[object], bytes]) -> bytes:
        """The same by another encoder, which gives the same bytes; made once."""
        if not self._key:
            object.__setattr__(self, "_key", encode(self.to_json()))
        return self._key

    def to_json(self) -> dict[str, Any]:
        """`{"rule", "kind", "code", "message", "fix", "evidence"}`."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "fix": self.fix,
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one rule said, and the statements that were there for it to read."""

    rule: str
    outcome: str
    """`deny`, `cannot_tell`, `warn` or `pass`: the worst that it said."""
    inputs: tuple[str, ...]
    """Digests of the statements of the kinds that the rule names; of all where it names none."""

    def to_json(self) -> dict[str, Any]:
        """`{"rule", "outcome", "inputs"}`."""
        return {"rule": self.rule, "outcome": self.outcome, "inputs": list(self.inputs)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict with its reasons."""

    verdict: Verdict
    environment: str
    artifact: Artifact
    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]
    rules: tuple[str, ...]
    """Rules that ran."""
    policy: Digest | None
    """Digest of the policy set with its profile; None: it could not be loaded."""
    input: Digest | None
    """Digest of the input document; None: there was none."""
    engine: str
    at: datetime
    outcomes: tuple[Outcome, ...] = ()
    """Of every rule that ran, in their order."""
    _record: bytes = field(default=b"", init=False, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The decision record (DESIGN section 11)."""
        return {
            **self._front(),
            "violations": [violation.to_json() for violation in self.violations],
            "warnings": [warning.to_json() for warning in self.warnings],
        }

    def _front(self) -> dict[str, Any]:
        """All but the reasons, whose names are the last in the alphabet."""
        return {
            "_type": RECORD_TYPE,
            "verdict": self.verdict.value,
            "environment": self.environment,
            "artifact": {"name": self.artifact.name, "digest": str(self.artifact.digest)},
            "rules": list(self.rules),
            "outcomes": [outcome.to_json() for outcome in self.outcomes],
            "policy": {"digest": str(self.policy) if self.policy else None},
            "input": {"digest": str(self.input) if self.input else None},
            "engine": self.engine,
            "at": format_time(self.at),
        }

    def record(self) -> bytes:
        """The decision record as canonical JSON; made once. The reasons, last of its fields, are encoded already."""
        if not self._record:
            reasons = (b",".join([violation.key for violation in group]) for group in (self.violations, self.warnings))
            front = canonical_json(self._front())[:-1]
            record = b'%b,"violations":[%b],"warnings":[%b]}' % (front, *reasons)
            object.__setattr__(self, "_record", record)
        return self._record

    @property
    def digest(self) -> Digest:
        """SHA-256 of the record."""
        return Digest.of_bytes(self.record())
