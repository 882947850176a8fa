"""SPDX licence expressions."""

from __future__ import annotations

import pytest

from supplychain.inventory.license import is_expression

KNOWN = frozenset({"MIT", "Apache-2.0", "GPL-2.0-only", "GPL-2.0"})


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "MIT OR Apache-2.0",
        "(MIT AND (Apache-2.0 OR GPL-2.0+))",
        "GPL-2.0-only WITH Classpath-exception-2.0 OR MIT",
        "LicenseRef-own AND MIT",
        "DocumentRef-x:LicenseRef-y",
    ],
)
def test_expressions(text):
    assert is_expression(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MIT OR",
        "OR MIT",
        "MIT Apache-2.0",
        "(MIT",
        "MIT)",
        ")MIT(",
        "MIT and Apache-2.0",
        "Unknown",
        "MIT WITH",
        "MIT, Apache-2.0",
        "()",
        "(" * 3000,
    ],
)
def test_other_texts(text):
    assert not is_expression(text, KNOWN)
