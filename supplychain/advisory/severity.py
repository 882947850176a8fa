"""How bad an advisory is, in one word, from CVSS vectors (v2, v3.x, v4.0) or the publisher's own word.

CVSS gives the word by its qualitative scale (CVSS v3.1 section 5, v4.0 section 6; for v2 the scale of the NVD). What
gives no answer is `unknown`, never `none`: nobody has said that it is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal

from supplychain.advisory.record import Severity

Word = Literal["critical", "high", "medium", "low", "none", "unknown"]

_RANK: dict[Word, int] = {"critical": 5, "high": 4, "medium": 3, "low": 2, "none": 1, "unknown": 0}
_WORDS: dict[str, Word] = {
    "critical": "critical",
    "high": "high",
    "important": "high",
    "moderate": "medium",
    "medium": "medium",
    "low": "low",
    "negligible": "low",
    "minor": "low",
    "none": "none",
}
_MAX_VECTOR = 500
_VECTORS = ("CVSS_V4", "CVSS_V3", "CVSS_V2")


def word_of(severities: Sequence[Severity], word: str = "") -> Word:
    """The worst of what the scores say; where none says anything, the publisher's word.

    Args:
        severities: Scores by method. A CVSS v2 score counts only where no later one does.
        word: The publisher's word in lower case, for example `moderate`; empty: none.
    """
    if not severities:
        return _WORDS.get(word, "unknown")
    known = [(score.method, _of_score(score.method, score.score)) for score in severities]
    later = [found for method, found in known if method != "CVSS_V2" and found != "unknown"]
    found = later or [found for _, found in known if found != "unknown"]
    return worst(found) if found else _WORDS.get(word, "unknown")


def worst(words: Iterable[Word]) -> Word:
    """The worst of some words; what is known counts before `unknown`."""
    return max(words, key=lambda word: _RANK[word], default="unknown")


def _of_score(method: str, score: str) -> Word:
    if method in _VECTORS:
        return _of_vector(score)
    return _WORDS.get(score.strip().lower(), "unknown")


@lru_cache(maxsize=8192)
def _of_vector(vector: str) -> Word:
    if len(vector) > _MAX_VECTOR:
        return "unknown"
    import cvss  # type: ignore[import-untyped] # the library ships no types

    kind: Any = cvss.CVSS2
    if vector.startswith("CVSS:4"):
        kind = cvss.CVSS4
    elif vector.startswith("CVSS:3"):
        kind = cvss.CVSS3
    try:
        return _of_number(float(kind(vector).scores()[0]), v2=kind is cvss.CVSS2)
    except (cvss.exceptions.CVSSError, ArithmeticError, LookupError, ValueError):
        return "unknown"


def _of_number(score: float, *, v2: bool) -> Word:
    if v2:
        return "high" if score >= 7 else "medium" if score >= 4 else "low"
    scale: tuple[tuple[float, Word], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
    return next((word for least, word in scale if score >= least), "none")
