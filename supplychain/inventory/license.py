"""SPDX licence texts: which are one identifier, which are an expression, which are only a name.

SPDX specification 2.3, annex D (licence expressions).
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\(|\)|[A-Za-z0-9.+:-]+")
_REFERENCE = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_CLASSIFIER = re.compile(r"License :: (OSI Approved :: )?", re.IGNORECASE)
_FAMILIES = {
    "apache": ("Apache-",),
    "apache license": ("Apache-",),
    "apache software license": ("Apache-",),
    "bsd": ("BSD-", "0BSD"),
    "bsd license": ("BSD-", "0BSD"),
    "bsd-like": ("BSD-", "0BSD"),
    "gpl": ("GPL-",),
    "gnu gpl": ("GPL-",),
    "gnu general public license (gpl)": ("GPL-",),
    "lgpl": ("LGPL-",),
    "gnu lgpl": ("LGPL-",),
    "gnu library or lesser general public license (lgpl)": ("LGPL-",),
    "mpl": ("MPL-",),
    "mozilla": ("MPL-",),
    "psf": ("PSF-", "Python-"),
    "psfl": ("PSF-", "Python-"),
    "python software foundation license": ("PSF-", "Python-"),
    "python": ("PSF-", "Python-"),
    "osi approved": ("",),
    "other/proprietary license": (),
}
"""Names in common use that mean any one of several licences, in lower case, and how their identifiers begin."""


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


def plain_name(text: str) -> str:
    """A stated licence without what only says where the name comes from (`License :: OSI Approved :: `)."""
    return _CLASSIFIER.sub("", " ".join(text.split()), count=1)


def is_family_of(name: str, expression: str) -> bool:
    """Tell whether a vague name (`BSD License`) may mean the licences of an expression (`BSD-3-Clause`)."""
    starts = _FAMILIES.get(plain_name(name).lower(), ())
    licenses = [word for word in _TOKEN.findall(expression) if word not in ("(", ")", "AND", "OR", "WITH")]
    return bool(starts) and all(any(word.startswith(start) for start in starts) for word in licenses)


def _is_license(word: str, known: frozenset[str]) -> bool:
    return word in known or word.removesuffix("+") in known or bool(_REFERENCE.fullmatch(word))
