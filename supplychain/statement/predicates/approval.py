"""`urn:supplychain:predicate:approval:v1`: a person approves, rejects, or breaks the glass, for one environment.

Schema and example: `attestations/predicates/approval`. The subjects of the statement say for which bytes. `break_glass`
says that some rules may be broken for a few hours, `close` that this emergency is over; how many people it takes, how
long it may last and which rules it may touch is policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "urn:supplychain:predicate:approval:v1"
VERDICTS = ("approve", "reject", "break_glass", "close")
LONGEST = timedelta(days=90)
"""The longest time from beginning to end."""
LONGEST_BREAK = timedelta(hours=72)
"""The same for a broken glass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The predicate."""

    environment: str
    verdict: str
    """One of VERDICTS."""
    approver: str
    """How the person is called; who it is, the signature says."""
    reason: str
    begins: datetime
    until: datetime
    """The first second in which it does not count any more."""
    rules: tuple[str, ...] = ()
    """For `break_glass`: the policy rules that may be broken; for all others empty."""
    ticket: str = ""

    def in_force(self, at: datetime) -> bool:
        """Whether it counts at a time."""
        return self.begins <= at < self.until

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Approval:
        """Read the predicate.

        Raises:
            MalformedInput: A field is missing or mistyped, a time is not in UTC to the second, the end is missing, not
                after the beginning or too late, or rules are named where nothing is broken, or the other way round.
        """
        top = Fields(predicate, where)
        begins, until = (_time(top.text(field), f"{where}.{field}") for field in ("from", "until"))
        verdict, rules = top.text("verdict"), top.texts("rules", optional=True)
        if verdict not in VERDICTS:
            raise _bad(f"{where}.verdict", f"the verdict is one of {', '.join(VERDICTS)}", verdict[:60])
        longest = LONGEST_BREAK if verdict == "break_glass" else LONGEST
        if not timedelta() < until - begins <= longest:
            raise _bad(where, f"the end lies after the beginning, and at most {longest} after", str(until - begins))
        if bool(rules) != (verdict == "break_glass") or not all(rule.isidentifier() for rule in rules):
            raise _bad(
                f"{where}.rules", "break_glass names the rules it breaks, by name; nothing else does", str(rules)
            )
        for field in ("environment", "approver", "reason"):
            if not top.text(field).strip():
                raise _bad(where, f"{field} is empty", "")
        return Approval(
            environment=top.text("environment"),
            verdict=verdict,
            approver=top.text("approver"),
            reason=top.text("reason"),
            begins=begins,
            until=until,
            rules=rules,
            ticket=top.text("ticket", optional=True),
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as its schema has it."""
        return {
            "environment": self.environment,
            "verdict": self.verdict,
            "approver": self.approver,
            "reason": self.reason,
            "ticket": self.ticket,
            "rules": list(self.rules),
            "from": format_time(self.begins),
            "until": format_time(self.until),
        }


def _time(text: str, where: str) -> datetime:
    found = parse_time(text, where=where)
    if format_time(found) != text:
        raise _bad(where, "a time of an approval is in UTC and in whole seconds: 2026-01-31T12:00:00Z", text)
    return found


def _bad(where: str, message: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="BAD_PREDICATE", where=where, found=found[:120])
