"""The account of VEX statements: what each of them did to a scan, as values, JSON and lines for people. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from supplychain.advisory.vex import VexDocument, VexStatement
from supplychain.advisory.vex_match import Difference
from supplychain.encoding import format_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one statement did."""

    statement: VexStatement
    word: str
    """`settled`, `confirmed` (it does not silence and fits), `overruled`, `not_in_force`, `too_wide` or `no_match`."""
    findings: tuple[tuple[str, str], ...] = ()
    """Id and purl of the findings it decided."""
    wide: bool = False
    """It reached a finding through a product without a version."""
    nearest: str = ""
    """purl of the nearest component, for a statement that matched nothing; empty: there is none of that name."""
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    """In one line, why it did nothing."""

    @property
    def useless(self) -> bool:
        """It was to silence something and silenced nothing."""
        return self.statement.status.silences and self.word != "settled"

    def to_json(self) -> dict[str, Any]:
        """The statement and what became of it."""
        stated = self.statement
        return {
            "document": stated.document,
            "number": stated.number,
            "vulnerability": stated.ids[0],
            "aliases": list(stated.ids[1:]),
            "status": stated.status.value,
            "products": [scope.text for scope in stated.scopes],
            "justification": stated.justification,
            "time": format_time(stated.time) if stated.time else None,
            "expires": format_time(stated.expires) if stated.expires else None,
            "outcome": self.word,
            "wide": self.wide,
            "findings": [{"id": name, "purl": purl} for name, purl in self.findings],
            "nearest": self.nearest or None,
            "differences": [difference.to_json() for difference in self.differences],
            "reason": self.reason,
        }

    def line(self) -> str:
        """The statement in one line, for people."""
        stated = self.statement
        products = ", ".join(scope.text for scope in stated.scopes[:2]) + (" …" if len(stated.scopes) > 2 else "")
        return f"#{stated.number} {stated.ids[0]} {stated.status.value} for {products or 'nothing'}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Statements that disagree about one finding."""

    finding: tuple[str, str]
    winner: VexStatement
    losers: tuple[VexStatement, ...]

    def to_json(self) -> dict[str, Any]:
        """`{"finding", "winner", "losers"}`."""
        name, purl = self.finding
        return {
            "finding": {"id": name, "purl": purl},
            "winner": _short(self.winner),
            "losers": [_short(loser) for loser in self.losers],
        }

    def line(self) -> str:
        """The conflict in one line, for people."""
        win = self.winner
        others = ", ".join(f"{s.document} #{s.number} ({s.status.value})" for s in self.losers)
        return (
            f"{self.finding[0]} in {self.finding[1]}: {win.document} #{win.number} ({win.status.value}) over {others}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VexReport:
    """The account of all statements."""

    documents: tuple[VexDocument, ...]
    outcomes: tuple[Outcome, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def useless(self) -> tuple[Outcome, ...]:
        """Statements that were to silence something and silenced nothing."""
        return tuple(outcome for outcome in self.outcomes if outcome.useless)

    @property
    def wide(self) -> tuple[Outcome, ...]:
        """Statements that settled a finding without naming a version."""
        return tuple(outcome for outcome in self.outcomes if outcome.wide and outcome.word == "settled")

    def to_json(self) -> dict[str, Any]:
        """The field `vex` of `scan --format json`."""
        settled = {finding for outcome in self.outcomes if outcome.word == "settled" for finding in outcome.findings}
        return {
            "documents": [
                {
                    "file": d.where,
                    "digest": str(d.digest) if d.digest else None,
                    "format": d.format,
                    "author": d.author,
                    "notes": list(d.notes),
                }
                for d in self.documents
            ],
            "statements": [outcome.to_json() for outcome in self.outcomes],
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
            "settled": len(settled),
            "silenced_nothing": len(self.useless),
        }


def _short(statement: VexStatement) -> dict[str, Any]:
    return {"document": statement.document, "number": statement.number, "status": statement.status.value}
