"""A layout, from its bytes to a plan that may be followed: whose it is, until when, with which values.

Steps 1 to 6 of `layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_time
from supplychain.errors import UsageError, VerificationFailed
from supplychain.verification.layout_keys import LayoutKey, bad_layout, parse_keys
from supplychain.verification.layout_links import Work
from supplychain.verification.layout_metadata import SignedMetadata
from supplychain.verification.layout_rules import read_layout, substitute

MAX_STEPS = 200

Inspect = Callable[[str, Sequence[str]], Work]
"""Runs the command of an inspection, by name and words; raises VerificationFailed `INSPECTION_FAILED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a layout is held against."""

    artifact: Digest
    at: datetime
    parameters: Mapping[str, str] = field(default_factory=dict)
    inspect: Inspect | None = None
    """None: nothing is run, and a layout that wants to run something is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A layout that its owners have signed and that holds at the time asked for."""

    layout: Any
    """in-toto's `Layout`, placeholders filled in; its keys are left out."""
    where: str
    expires: datetime
    keys: Mapping[str, LayoutKey]
    thresholds: Mapping[str, int]

    @property
    def functionaries(self) -> Mapping[str, frozenset[str]]:
        """Each step, and the key ids of those who may perform it."""
        return {step.name: frozenset(set(step.pubkeys) & set(self.keys)) for step in self.layout.steps}


def open_layout(
    metadata: SignedMetadata, owners: Sequence[LayoutKey], demands: Demands, parameters: Mapping[str, str]
) -> Plan:
    """Read a layout its owners have signed, as of a time.

    Args:
        metadata: The layout, parsed.
        owners: Keys that all must have signed it.
        demands: The time, and whether commands may be run.
        parameters: Values for its placeholders.

    Raises:
        VerificationFailed: `LAYOUT_NOT_SIGNED`, `LAYOUT_SIGNATURE`, `LAYOUT_EXPIRED` or `LAYOUT_PARAMETER`.
        MalformedInput: `BAD_LAYOUT`, `LAYOUT_KEY_TWICE` or `LAYOUT_KEY_UNSUPPORTED`.
        UsageError: `LAYOUT_INSPECTIONS`, or no owner was named.
    """
    where = metadata.ref
    # (2)
    check_owners(metadata, owners)
    # (3)
    body = metadata.document()
    plan = _plan(body, where)
    # (4)
    if demands.at >= plan.expires:
        raise VerificationFailed(
            "the layout has expired",
            code="LAYOUT_EXPIRED",
            where=where,
            expected=f"before {format_time(plan.expires)}",
            found=format_time(demands.at),
            hint="ask its owner to renew and sign it",
        )
    # (5)
    substitute(plan.layout, parameters, where=where)
    # (6)
    if plan.layout.inspect and demands.inspect is None:
        commands = "; ".join(f"{item.name}: {' '.join(map(str, item.run))}" for item in plan.layout.inspect)
        raise UsageError(
            "the layout wants to run commands on this machine, and nothing was checked",
            code="LAYOUT_INSPECTIONS",
            where=where,
            expected="a layout without inspections",
            found=commands[:400],
            hint="read the commands; to have them run, give --allow-inspections",
        )
    return plan


def check_owners(metadata: SignedMetadata, owners: Sequence[LayoutKey]) -> None:
    """Refuse a layout that one of its owners has not signed.

    Raises:
        VerificationFailed: `LAYOUT_NOT_SIGNED` or `LAYOUT_SIGNATURE`.
        UsageError: No owner was named.
    """
    if not owners:
        raise UsageError("no key says whose layout this is", code="LAYOUT_KEY_MISSING", where="--layout-key")
    if not metadata.signatures:
        raise VerificationFailed(
            "the layout is not signed",
            code="LAYOUT_NOT_SIGNED",
            where=metadata.ref,
            expected="a signature of its owner",
        )
    signed = metadata.signers(owners)
    for owner in owners:
        if owner not in signed:
            raise VerificationFailed(
                "a key that has to have signed the layout has not",
                code="LAYOUT_SIGNATURE",
                where=metadata.ref,
                expected=f"a signature by {owner.keyid} over exactly this layout",
                found=f"signatures by {', '.join(sorted(metadata.hints))[:200]}",
                hint="the layout was changed, or it is somebody else's: do not use it",
            )


def _plan(body: Mapping[str, Any], where: str) -> Plan:
    layout = read_layout(body, where=where)
    keys = parse_keys(body.get("keys"), where=f"{where}: keys")
    if not 0 < len(layout.steps) <= MAX_STEPS:
        raise bad_layout(where, "a layout needs steps", f"1 to {MAX_STEPS} steps", len(layout.steps))
    for item in (*layout.steps, *layout.inspect):
        words = getattr(item, "expected_command", None) or getattr(item, "run", None) or []
        if not item.name or not all(isinstance(word, str) for word in (item.name, *words)):
            raise bad_layout(where, "not a step or an inspection", "a name, and a command of text", item.name)
    for step in layout.steps:
        known = set(step.pubkeys) & set(keys)
        if isinstance(step.threshold, bool) or not 1 <= step.threshold <= len(known):
            raise bad_layout(
                where,
                f"the threshold of step {step.name!r} means nothing",
                f"1 to {len(known)} (the number of its functionaries)",
                step.threshold,
            )
    return Plan(
        layout=layout,
        where=where,
        expires=parse_time(layout.expires, where=f"{where}: expires"),
        keys=keys,
        thresholds={step.name: step.threshold for step in layout.steps},
    )
