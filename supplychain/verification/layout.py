"""Hold an artifact against a signed in-toto layout (in-toto specification 1.0, section 5.2).

1. parse the layout                                  NOT_METADATA, NOT_JSON, …
2. every key that was given must have signed it      LAYOUT_SIGNATURE, LAYOUT_NOT_SIGNED
3. read it, and refuse what could be got round       BAD_LAYOUT, LAYOUT_KEY_TWICE, LAYOUT_KEY_UNSUPPORTED
4. it must not have expired at the time asked for    LAYOUT_EXPIRED
5. put values into its placeholders                  LAYOUT_PARAMETER
6. it may run commands only where that is allowed    LAYOUT_INSPECTIONS
7. count links by key for each step                  LINK_MISSING, LINK_UNKNOWN_SIGNER, LINK_SIGNATURE,
                                                     LINK_NOT_ALLOWED, LINK_RENAMED, LAYOUT_THRESHOLD
8. a layout in place of a link is checked likewise   as above
9. links of a step agree; artifact rules hold        LINKS_DIFFER, LAYOUT_RULE
10. run the inspections; their rules hold            INSPECTION_FAILED, LAYOUT_RULE
11. the last step must have made the artifact        WRONG_ARTIFACT

Steps 1 to 6 are in `layout_plan`. Signatures, clock and counting are ours; rules are evaluated by the `in-toto` package
(`layout_rules`). Nothing of a layout is interpreted before step 2, nothing of a link before a functionary is known to
have signed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, product

from supplychain.artifact.digest import Digest
from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.layout import CheckedStep
from supplychain.verification.layout_keys import LayoutKey, bad_layout
from supplychain.verification.layout_links import Collected, Offers, Performed, Work, collect
from supplychain.verification.layout_metadata import SignedMetadata
from supplychain.verification.layout_plan import Demands, Plan, open_layout
from supplychain.verification.layout_rules import Links, check_inspections, check_steps

MAX_DEPTH = 4
"""Deepest nesting of layouts within layouts."""
_MAX_CHOICES = 64
"""So many choices among several links of one functionary for one step are tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A layout that was followed."""

    expires: datetime
    steps: tuple[CheckedStep, ...]
    inspected: bool
    notes: tuple[str, ...]
    """What differs and is no failure: commands other than expected, links that did not count."""


def check_layout(metadata: SignedMetadata, owners: Sequence[LayoutKey], offers: Offers, demands: Demands) -> Followed:
    """Hold an artifact against a layout.

    Args:
        metadata: The layout, parsed.
        owners: Keys that all must have signed it.
        offers: Where links are.
        demands: The artifact, the time and the like.

    Raises:
        VerificationFailed: It was not followed; `code` says why.
        MalformedInput: The layout is none, or names keys that cannot be used.
        UsageError: `LAYOUT_INSPECTIONS`, or the package in-toto is missing.
        ToolFailed: Links cannot be read.
    """
    plan = open_layout(metadata, owners, demands, demands.parameters)
    collected = collect(offers, plan.keys, plan.functionaries)
    last_error: VerificationFailed | None = None
    for chosen in islice(_choices(plan, collected), _MAX_CHOICES):
        try:
            links = _works(chosen, offers, demands, depth=1)
            _, last = check_steps(plan.layout, links, where=plan.where)
            _check_product(last, demands.artifact, plan.where)
        except VerificationFailed as error:
            last_error = last_error or error
        else:
            _run_inspections(plan, links, demands)
            return _followed(plan, chosen, links, collected)
    raise last_error or bad_layout(plan.where, "nothing to choose from", "links", "none")


def _choices(plan: Plan, collected: Collected) -> Iterator[Mapping[str, tuple[Performed, ...]]]:
    """Ways to take one link for each step and functionary; nearly always there is one way. (7).

    Raises:
        VerificationFailed: A step has too few.
    """
    options: list[list[Performed]] = []
    for step, threshold in plan.thresholds.items():
        by_key: dict[str, dict[str, Performed]] = {}
        for one in collected.by_step[step]:
            by_key.setdefault(one.key.keyid, {}).setdefault(str(one.metadata.digest), one)
        if len(by_key) < threshold:
            raise _too_few(plan, step, len(by_key), collected)
        options += [list(some.values()) for _, some in sorted(by_key.items())]
    steps = {id(one): step for step, some in collected.by_step.items() for one in some}
    for chosen in product(*options):
        yield {step: tuple(one for one in chosen if steps[id(one)] == step) for step in plan.thresholds}


def _too_few(plan: Plan, step: str, found: int, collected: Collected) -> VerificationFailed:
    nameless = [one for one in collected.refused if not one.step]
    refused = [one for one in collected.refused if one.step == step]
    refused = refused or [one for one in nameless if one.code == "LINK_UNKNOWN_SIGNER"]
    wanted = plan.thresholds[step]
    code: str = "LAYOUT_THRESHOLD" if found else "LINK_MISSING"
    told = "; ".join([f"{found} link(s)", *(f"refused [{one.code}] {one.ref}: {one.told}" for one in nameless[:2])])
    if refused:
        code, told = refused[0].code, f"{refused[0].told} ({refused[0].ref})"
    return VerificationFailed(
        f"step {step!r} is not shown to have been performed" if not found else f"too few have performed step {step!r}",
        code=code,
        where=plan.where,
        expected=f"links by {wanted} of its {len(plan.functionaries[step])} functionaries",
        found=told,
        hint="collect the links of every step into one folder (--link-dir), as their signers wrote them",
    )


def _works(
    chosen: Mapping[str, tuple[Performed, ...]], offers: Offers, demands: Demands, *, depth: int
) -> dict[str, dict[str, Work]]:
    return {
        step: {one.key.keyid: one.work or _sublayout(step, one, offers, demands, depth) for one in some}
        for step, some in chosen.items()
    }


def _sublayout(step: str, performed: Performed, offers: Offers, demands: Demands, depth: int) -> Work:
    """What a layout in place of a link amounts to: materials of its first step, products of its last. (8)."""
    if depth >= MAX_DEPTH:
        raise bad_layout(performed.metadata.ref, "layouts within layouts", f"at most {MAX_DEPTH} deep", depth + 1)
    below = offers.below(f"{step}.{performed.key.keyid[:8]}")
    # Parameters belong to the layout they were given for (specification 1.0, section 4.5).
    plan = open_layout(performed.metadata, [performed.key], demands, {})
    collected = collect(below, plan.keys, plan.functionaries)
    chosen = next(_choices(plan, collected))
    links = _works(chosen, below, demands, depth=depth + 1)
    first, last = check_steps(plan.layout, links, where=plan.where)
    _run_inspections(plan, links, demands)
    return Work(step=step, command=last.command, materials=first.materials, products=last.products)


def _run_inspections(plan: Plan, links: Links, demands: Demands) -> None:
    """(10)."""
    if plan.layout.inspect and demands.inspect is not None:
        made = [demands.inspect(str(item.name), [str(word) for word in item.run]) for item in plan.layout.inspect]
        check_inspections(plan.layout, links, made, where=plan.where)


def _check_product(last: Work, artifact: Digest, where: str) -> None:
    """A layout that was followed for something else says nothing about this artifact. (11)."""
    if not any(digests.get(artifact.algorithm) == artifact.hex for digests in last.products.values()):
        raise VerificationFailed(
            "the layout was followed, but its last step made something else",
            code="WRONG_ARTIFACT",
            where=where,
            expected=f"{artifact} among the products of step {last.step!r}",
            found=", ".join(f"{path} {dict(digests)}" for path, digests in list(last.products.items())[:3])[:300]
            or "no products",
            hint="check that the artifact is the one that was built, byte for byte",
        )


def _followed(plan: Plan, chosen: Mapping[str, tuple[Performed, ...]], links: Links, collected: Collected) -> Followed:
    steps = tuple(
        CheckedStep(
            name=step,
            threshold=plan.thresholds[step],
            functionaries=tuple(sorted(one.key.keyid for one in some)),
            links=tuple(sorted({one.metadata.digest for one in some})),
        )
        for step, some in chosen.items()
    )
    notes = [f"[{one.code}] {one.ref}: {one.told}" for one in collected.refused]
    for step in plan.layout.steps:
        for keyid, work in links[step.name].items():
            if step.expected_command and list(work.command) != step.expected_command:
                notes.append(f"step {step.name!r}: {keyid[:8]} ran {list(work.command)}, not {step.expected_command}")
    return Followed(expires=plan.expires, steps=steps, inspected=bool(plan.layout.inspect), notes=tuple(notes))
