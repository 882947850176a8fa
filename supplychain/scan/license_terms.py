"""Licence texts brought to SPDX expressions, and what an expression comes down to: which licences, all or one of them.

SPDX specification 2.3, annex D. A text that is not unmistakably one licence stays unknown; "BSD" is several licences.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from supplychain.inventory.license import plain_name

MAX_ALTERNATIVES = 64
"""An expression that allows more choices than this is not taken apart."""
_MAX_LENGTH = 2000
_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_AMBIGUOUS = re.compile(r"(?<![\w.+-])L?GPL(?![\w.+-]| \d)", re.IGNORECASE)
"""Accepted by the parser as one licence, and used for many."""
_NAMES = {
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    'bsd 2-clause "simplified" license': "BSD-2-Clause",
    'bsd 3-clause "new" or "revised" license': "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "boost software license 1.0": "BSL-1.0",
    "eclipse public license 2.0": "EPL-2.0",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "mit license (mit)": "MIT",
    "mozilla public license 2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license 2.0": "PSF-2.0",
    "the unlicense": "Unlicense",
    "the unlicense (unlicense)": "Unlicense",
    "zlib license": "Zlib",
}
"""Names in common use that mean one licence and no other, in lower case."""


@lru_cache(maxsize=4096)
def normalise(text: str) -> str | None:
    """A licence text as a canonical SPDX expression; None: it is not known what it means.

    Args:
        text: An identifier, expression or name, for example `mit`, `GPL-3.0+` or `MIT License`.
    """
    parsed = _parse(text)
    return None if parsed is None else str(parsed.render())


@lru_cache(maxsize=4096)
def alternatives(expression: str) -> tuple[tuple[str, ...], ...] | None:
    """What an expression leaves to choose from: each choice is the licences that hold together.

    Args:
        expression: From `normalise`.

    Returns:
        Sorted and without repetition; None: more than MAX_ALTERNATIVES, or no expression.
    """
    parsed = _parse(expression)
    choices = None if parsed is None else _choices(parsed)
    return None if choices is None else tuple(sorted({tuple(sorted(choice)) for choice in choices}))


def joined(expressions: tuple[str, ...], word: str) -> str:
    """Several expressions as one: `AND` where all hold, `OR` where one may be chosen."""
    if len(expressions) == 1:
        return expressions[0]
    parts = (f"({text})" if " OR " in text or " AND " in text else text for text in expressions)
    return f" {word} ".join(parts)


def _parse(text: str) -> Any:  # noqa: ANN401 - an expression of a library without types
    from license_expression import ExpressionError, ExpressionParseError

    text = plain_name(text)
    text = _NAMES.get(text.lower(), text).strip()
    if not text or len(text) > _MAX_LENGTH or _AMBIGUOUS.search(text):
        return None
    try:
        parsed = _licensing().parse(text, strict=True)
        unknown = _licensing().unknown_license_keys(parsed)
    except (ExpressionError, ExpressionParseError, RecursionError):
        return None
    return parsed if all(_REFERENCE.fullmatch(key) for key in unknown) else None


@lru_cache(maxsize=1)
def _licensing() -> Any:  # noqa: ANN401 - see above
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _choices(parsed: Any) -> set[frozenset[str]] | None:  # noqa: ANN401 - see above
    kind = type(parsed).__name__
    if kind not in ("AND", "OR"):
        return {frozenset({str(parsed.render())})}
    parts = [_choices(part) for part in parsed.args]
    found: set[frozenset[str]] = set() if kind == "OR" else {frozenset()}
    for part in parts:
        if part is None:
            return None
        found = found | part if kind == "OR" else {one | other for one in found for other in part}
        if len(found) > MAX_ALTERNATIVES:
            return None
    return found
