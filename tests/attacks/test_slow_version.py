"""Version string built to be slow to compare: every order answers, or refuses, in no time."""

from __future__ import annotations

from contextlib import suppress

import pytest

from supplychain.advisory.versions.order import MAX_LENGTH
from supplychain.advisory.versions.registry import ORDERS
from supplychain.errors import MalformedInput
from tests.simulator.runaway import ends

TEXTS = [
    "1" * MAX_LENGTH,
    "1." * (MAX_LENGTH // 2),
    "." * MAX_LENGTH,
    "-" * MAX_LENGTH,
    "a" * MAX_LENGTH,
    "1a" * (MAX_LENGTH // 2),
    "1-" * (MAX_LENGTH // 2) + "!",
    "0" * (MAX_LENGTH - 1) + "x",
    "1.0" + "a1" * 400 + "!",
    "1.0+" + "a." * 400,
    "~" * MAX_LENGTH,
    " " * MAX_LENGTH,
    "1:" * (MAX_LENGTH // 2),
    "1_" * (MAX_LENGTH // 2) + "$",
    "v" * MAX_LENGTH,
    "1.0-alpha" + "-1" * 400 + "+",
    "\u0661" * MAX_LENGTH,
]


NAMES = sorted({order.name for order in ORDERS.values()})


@pytest.mark.parametrize("name", NAMES)
def test_every_order_is_quick(name: str) -> None:
    order = next(order for order in ORDERS.values() if order.name == name)
    with ends():
        for text in TEXTS:
            for other in ("1.0", text, text[:-1] + "2"):
                order.is_valid(text)
                with suppress(MalformedInput):
                    order.compare(text, other)


@pytest.mark.parametrize("text", ["", "1" * (MAX_LENGTH + 1), "1." * 1_000_000])
def test_what_is_no_version_is_refused(text: str) -> None:
    for order in ORDERS.values():
        assert order.compare("1.0", "1.0") == 0
        with pytest.raises(MalformedInput) as caught:
            order.compare("1.0", text)
        assert caught.value.code == "BAD_VERSION"
