"""`urn:supplychain:predicate:waiver:v1`: somebody takes a finding upon himself, for one artifact, until a day.

Schema and example: `attestations/predicates/waiver`. The subjects of the statement say for which artifacts; the scope
narrows it further. The end is mandatory and at most a year away, and from that second on the finding counts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "urn:supplychain:predicate:waiver:v1"
LONGEST = timedelta(days=366)
"""The longest time from beginning to end: a year, leap years included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """The predicate."""

    waives: str
    """Id or alias of a vulnerability, or id of a rule of a source scan."""
    owner: str
    """Who answers for it."""
    reason: str
    begins: datetime
    until: datetime
    """The first second in which it does not count any more."""
    environments: tuple[str, ...] = ()
    """Where it counts; empty: everywhere."""
    component: str = ""
    """Pattern for the purl of the component, `*` for any characters; empty: every component."""
    path: str = ""
    """Pattern for the file of a source finding; empty: every file."""
    ticket: str = ""

    def in_force(self, at: datetime) -> bool:
        """Whether it counts at a time."""
        return self.begins <= at < self.until

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Waiver:
        """Read the predicate.

        Raises:
            MalformedInput: A field is missing or mistyped, a time is not in UTC to the second, or the end is missing,
                not after the beginning or more than a year after it.
        """
        top = Fields(predicate, where)
        scope = top.object("scope")
        begins, until = (_time(top.text(field), f"{where}.{field}") for field in ("from", "until"))
        if not timedelta() < until - begins <= LONGEST:
            raise _bad(
                where, "the end of a waiver lies after its beginning, and at most a year after", str(until - begins)
            )
        for field in ("waives", "owner", "reason"):
            if not top.text(field).strip():
                raise _bad(where, f"{field} is empty", "")
        return Waiver(
            waives=top.text("waives"),
            owner=top.text("owner"),
            reason=top.text("reason"),
            begins=begins,
            until=until,
            environments=scope.texts("environments", optional=True),
            component=scope.text("component", optional=True),
            path=scope.text("path", optional=True),
            ticket=top.text("ticket", optional=True),
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as its schema has it."""
        scope = {"environments": list(self.environments), "component": self.component, "path": self.path}
        return {
            "waives": self.waives,
            "scope": scope,
            "owner": self.owner,
            "reason": self.reason,
            "ticket": self.ticket,
            "from": format_time(self.begins),
            "until": format_time(self.until),
        }


def _time(text: str, where: str) -> datetime:
    found = parse_time(text, where=where)
    if format_time(found) != text:
        raise _bad(where, "a time of a waiver is in UTC and in whole seconds: 2026-01-31T12:00:00Z", text)
    return found


def _bad(where: str, message: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="BAD_PREDICATE", where=where, found=found)
