"""SPDX licence texts: which are one identifier, which are an expression, which are only a name.

SPDX specification 2.3, annex D (licence expressions).
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\(|\)|[A-Za-z0-9.+:-]+")
_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")


def is_expression(text: str, known: frozenset[str]) -> bool:
    """Tell whether a text is a valid SPDX expression over known identifiers.

    Args:
        text: For example `MIT OR (Apache-2.0 WITH LLVM-exception)`.
        known: The identifiers of the SPDX licence list.
    """
    if len(text) > 2000 or _TOKEN.sub("", text).strip(" "):
        return False
    depth, wants_operand, after_with = 0, True, False
    for token in _TOKEN.findall(text):
        if token == "(":
            depth += 1
            ok = wants_operand and not after_with
        elif token == ")":
            depth -= 1
            ok = not wants_operand and depth >= 0
        elif token in ("AND", "OR", "WITH"):
            ok, wants_operand, after_with = not wants_operand, True, token == "WITH"
        else:
            ok = wants_operand and (after_with or _is_license(token, known))
            wants_operand = after_with = False
        if not ok:
            return False
    return depth == 0 and not wants_operand


def _is_license(token: str, known: frozenset[str]) -> bool:
    return token in known or token.removesuffix("+") in known or bool(_REFERENCE.fullmatch(token))
