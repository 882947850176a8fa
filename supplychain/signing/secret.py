"""Where secrets come from: a named variable of the environment, or a person at a terminal; never an argument.

No secret is ever told: `scrub` takes tokens out of what foreign code says.
"""

from __future__ import annotations

import os
import re
import sys

_TOKEN = re.compile(r"ey[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}")
"""Base64 of `{"`: how every JSON web token begins."""
_BEARER = re.compile(
    r"(?i)\b(bearer|token|authorization|password|pin)(\W+)(?!token\b|is\b|was\b)[A-Za-z0-9._~+/-]{16,}=*"
)


def from_variable(name: str) -> str | None:
    """The value of a variable; None when it is not set or empty."""
    return os.environ.get(name) or None


def ask(what: str) -> str | None:
    """Ask a person, without echo; None when nobody is there to be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    from getpass import getpass

    return getpass(f"{what}: ", stream=sys.stderr) or None


def scrub(text: str) -> str:
    """A message without anything that looks like a token."""
    return _BEARER.sub(r"\1\2(not shown)", _TOKEN.sub("(token not shown)", text))[:300]
