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
    for word in _TOKEN.findall(text):
        if word == "(":
            depth += 1
            ok = wants_operand and not after_with
        elif word == ")":
            depth -= 1
            ok = not wants_operand and depth >= 0
        elif word in ("AND", "OR", "WITH"):
            ok, wants_operand, after_with = not wants_operand, True, word == "WITH"
        else:
            ok = wants_operand and (after_with or _is_license(word, known))
            wants_operand = after_with = False
        if not ok:
            return False
    return depth == 0 and not wants_operand


def _is_license(word: str, known: frozenset[str]) -> bool:
    return word in known or word.removesuffix("+") in known or bool(_REFERENCE.fullmatch(word))
