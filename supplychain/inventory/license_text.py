"""Which licence a text is, told by its words: the whole text has to be the licence, or it is not told.

SPDX specification 2.3, annex C (matching guidelines): case, spacing, punctuation, titles and copyright notices do not
matter, and the name of the holder may differ. Anything else does: a clause that somebody added makes another licence,
and another licence is unknown. `license_texts.json` holds digests of the words of each known text.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from importlib import resources

MAX_LENGTH = 200_000
"""A longer text is none of the known ones. Characters."""
_WORD = re.compile(r"[a-z0-9]+")
_NOTICE = re.compile(
    r"^(all rights reserved|(portions )?copyright\s*(\(c\)|\xa9|&copy;|[<\[{]|\d|by\b|\w+ \d{4})|(\(c\)|\xa9) ?[\d<\[{]"
    r"|authors?:|created by|spdx-|contributors?:)"
)
_MARK = re.compile(r"^(\(?([a-z]|\d{1,2})[.)]|[-*\u2022]+)\s+")
_TITLE = re.compile(
    r"^(the )?[\w .,/\"'*#()-]{0,60}\b(license|licence)\b[\w .,:/\"'*#()-]{0,60}$"
    r"|^version \d[\d.]*(, [a-z]+ (\d{1,2} )?\d{4})?$|^(see )?<?https?://\S+>?$|^[-=*_# ]+$|^(mit|bsd|isc)\W*$"
)
_HOLDERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<=neither the name of )(.{1,300}?)(?= nor the names of)",
        r"(?<=neither the names of )(.{1,300}?)(?= nor the names of)",
        r"(?<=nor the names of )(\w+)(?= contributors)",
        r"(?<=this software is provided by )(.{1,200}?)(?= as is)",
        r"(?<=the software is provided as is and )(.{1,100}?)(?= disclaims)",
        r"(?<=in no event shall )(.{1,300}?)(?= be liable)",
    )
)
"""Where the template of a licence leaves room for whoever holds the rights."""
_NO_NAME = re.compile(r"\b(use|used|only|not|commercial|except|if|unless|must|may|without|permission|for|to|license)\b")
"""Words that make more of such a place than a name."""
_SAME = {"licence": "license", "sublicence": "sublicense", "noninfringement": "non infringement", "http": "https"}
_END = re.compile(r"end of terms and conditions")


def words_of(text: str) -> str:
    """The words that make a licence text what it is, separated by single spaces."""
    kept: list[str] = []
    for raw in text.lower().replace("\r", "").split("\n"):
        line = raw.strip(" \t*#/;>|-").strip()
        # Before the terms begin, a line that says "copyright" is a notice, and a line with "license" a title.
        if not line or _NOTICE.match(line) or (not kept and (_TITLE.match(line) or line.startswith("copyright"))):
            continue
        kept.append(_MARK.sub("", line))
    plain = " ".join(kept).replace("\u201c", '"').replace("\u201d", '"').replace("``", '"').replace("''", '"')
    plain = plain.replace("and/or", "and")
    plain = " ".join(_SAME.get(word, word) for word in _WORD.findall(plain))
    for place in _HOLDERS:
        plain = place.sub(_holder, plain)
    return _END.split(plain)[0].strip()


def _holder(match: re.Match[str]) -> str:
    return match[0] if _NO_NAME.search(match[0]) else "holder"


def digest_of(text: str) -> str:
    """The digest of the words of a text, as `license_texts.json` has it."""
    return hashlib.sha256(words_of(text).encode()).hexdigest()[:24]


def identify(text: str) -> str | None:
    """The SPDX identifier of a licence text; None: it is none of the known ones, or more than one.

    A text of the GNU licences does not say whether later versions hold as well, so it is told as `…-only`.
    """
    if len(text) > MAX_LENGTH:
        return None
    return _known().get(digest_of(text))


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    data = resources.files("supplychain.inventory").joinpath("license_texts.json").read_text("utf-8")
    found: dict[str, str] = json.loads(data)
    return found
