"""The rules of a layout, evaluated by the `in-toto` package: its artifact rules, parameters, and "all links agree".

The package is imported here and nowhere else, and only when a layout is checked. It gets values that are verified
already; it reads no file, no clock and runs no command for us.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.errors import UsageError, VerificationFailed
from supplychain.verification.layout_keys import bad_layout
from supplychain.verification.layout_links import Work

_NAME = re.compile(r"[A-Za-z0-9_-]+")
Links = Mapping[str, Mapping[str, Work]]
"""Step to key id to what that functionary says of the step."""


def read_layout(body: Mapping[str, Any], *, where: str) -> Any:  # noqa: ANN401 - in-toto has no types
    """Read a verified document as in-toto's `Layout`.

    Raises:
        MalformedInput: `BAD_LAYOUT`: in-toto refuses it, or it never ends.
        UsageError: `LAYOUTS_MISSING`: the package is not installed.
    """
    try:
        from in_toto.models.layout import Layout
        from securesystemslib.exceptions import Error
    except ImportError as error:
        raise UsageError(
            "checking layouts needs the package in-toto",
            code="LAYOUTS_MISSING",
            where=str(error.name),
            hint="pip install 'supplychain[layouts]'",
        ) from None
    if body.get("_type") != "layout":
        raise bad_layout(where, "not a layout", '"_type": "layout"', repr(body.get("_type")))
    if not isinstance(body.get("expires"), str) or not body["expires"]:
        # in-toto would put a month from now in its place, at every reading anew.
        raise bad_layout(where, "it does not say when it ends", '"expires": a time', repr(body.get("expires")))
    try:
        # Keys are ours to read (`layout_keys`); in-toto would let unknown kinds pass.
        return Layout.read({**body, "keys": {}, "steps": list(body["steps"]), "inspect": list(body["inspect"])})
    except (Error, KeyError, TypeError, ValueError, AttributeError) as error:
        raise bad_layout(where, "not a layout", "steps, inspect, keys, expires", error) from None


def substitute(layout: Any, parameters: Mapping[str, str], *, where: str) -> None:  # noqa: ANN401
    """Put values into the layout's placeholders, in place.

    Raises:
        VerificationFailed: `LAYOUT_PARAMETER`: a placeholder has no value. Left as it is, its rule would match nothing.
        MalformedInput: `BAD_LAYOUT`: a placeholder that is more than a name.
    """
    from in_toto.verifylib import substitute_parameters

    wanted: set[str] = set()
    for text in _texts(layout):
        wanted |= _placeholders(text, where)
    missing = sorted(wanted - set(parameters))
    if missing:
        raise VerificationFailed(
            "the layout has a placeholder without a value",
            code="LAYOUT_PARAMETER",
            where=where,
            expected=", ".join(sorted(wanted)),
            found=", ".join(sorted(parameters)) or "no values",
            hint=f"give it: --layout-parameter {missing[0]}=VALUE",
        )
    if wanted or parameters:
        substitute_parameters(layout, dict(parameters))


def check_steps(layout: Any, links: Links, *, where: str) -> tuple[Work, Work]:  # noqa: ANN401
    """Hold the links of every step against each other and against the rules.

    Returns:
        What the first step took in and what the last one made, each as the first functionary has it.

    Raises:
        VerificationFailed: `LINKS_DIFFER` or `LAYOUT_RULE`.
        MalformedInput: `BAD_LAYOUT`: a rule cannot be read.
    """
    from in_toto import verifylib
    from in_toto.exceptions import ThresholdVerificationError

    try:
        # Of a link the package asks for materials and products only, so that `Work` serves as one.
        verifylib.verify_threshold_constraints(layout, links)
    except ThresholdVerificationError as error:
        raise VerificationFailed(
            "the functionaries of a step do not say the same",
            code="LINKS_DIFFER",
            where=where,
            expected="equal materials and products in every link of the step",
            found=str(error)[:300],
        ) from None
    check_rules(layout.steps, verifylib.reduce_chain_links(links), where=where)
    first, last = (next(iter(links[step.name].values())) for step in (layout.steps[0], layout.steps[-1]))
    return first, last


def check_inspections(layout: Any, links: Links, made: Sequence[Work], *, where: str) -> None:  # noqa: ANN401
    """Hold what inspections saw against their rules. Raises as `check_steps`."""
    reduced = {step: next(iter(some.values())) for step, some in links.items()}
    check_rules(layout.inspect, {**reduced, **{work.step: work for work in made}}, where=where)


def check_rules(items: Sequence[Any], links: Mapping[str, Work], *, where: str) -> None:
    """Hold steps or inspections against their rules. Raises as `check_steps`."""
    from in_toto.exceptions import RuleVerificationError
    from in_toto.verifylib import verify_item_rules
    from securesystemslib.exceptions import Error

    for item in items:
        for side, rules in (("materials", item.expected_materials), ("products", item.expected_products)):
            try:
                verify_item_rules(item.name, side, rules, links)
            except RuleVerificationError as error:
                raise VerificationFailed(
                    f"the {side} of step {item.name!r} break a rule of the layout",
                    code="LAYOUT_RULE",
                    where=where,
                    expected="; ".join(" ".join(rule) for rule in rules)[:400],
                    found=str(error).splitlines()[0][:400],
                    hint="something was added, lost or exchanged in this step or on the way to it",
                ) from None
            except Error as error:
                raise bad_layout(where, "a rule cannot be read", "an artifact rule of in-toto", error) from None


def _texts(layout: Any) -> list[str]:  # noqa: ANN401
    items = [*layout.steps, *layout.inspect]
    rules = [rule for item in items for rule in (*item.expected_materials, *item.expected_products)]
    words = [getattr(item, "expected_command", None) or getattr(item, "run", []) for item in items]
    return [text for some in (*rules, *words) for text in some if isinstance(text, str)]


def _placeholders(text: str, where: str) -> set[str]:
    try:
        found = [part[1:] for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise bad_layout(where, "a brace that belongs to no placeholder", "{NAME}, or {{ for a brace", error) from None
    names = {name for name, _, _ in found if name is not None}
    if not all(_NAME.fullmatch(str(name)) and not form and not kind for name, form, kind in found):
        raise bad_layout(where, "a placeholder that is more than a name", "{NAME}", text)
    return names
