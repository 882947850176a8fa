"""One service that takes part in signing, asked over HTTP: bounded in time, size and attempts.

- TLS, except to this machine. No redirect is followed: what is sent may hold an identity token.
- 429, 5xx and broken connections are tried again, a fixed number of times: after `Retry-After` (RFC 9110, section
  10.2.3: seconds, or a date held against the answer's own `Date`), else after 0.5, 1, … seconds. A longer wait than the
  limit is not begun.
- Every refusal has a code of the service: `<NAME>_UNREACHABLE`, `<NAME>_RATE_LIMITED`, `<NAME>_FAILED` (5xx),
  `<NAME>_REFUSED` (4xx), `<NAME>_ANSWER` (an answer that is none). The first three may pass: `passes` tells.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from supplychain import __version__
from supplychain.errors import ToolFailed, UsageError
from supplychain.signing.secret import scrub

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 3
MAX_WAIT_S = 20.0
IDLE_S = 15.0
MAX_ANSWER = 4 * 1024 * 1024
"""Largest accepted answer in bytes."""
MAX_ADDRESS = 2000
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING = ("_UNREACHABLE", "_RATE_LIMITED", "_FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service said."""

    status: int
    body: bytes
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service at an address."""

    name: str
    """Begins its error codes: `LOG`, `CA`, `TIMESTAMP`."""
    what: str
    """What it is, for people."""
    url: str
    timeout_s: float = IDLE_S

    @staticmethod
    def at(name: str, what: str, url: str) -> Service:
        """A service at an address that a user gave.

        Raises:
            UsageError: `BAD_ADDRESS`, `INSECURE_ADDRESS`.
        """
        return Service(name=name, what=what, url=checked(url, name))

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask, again where that may help; the answer has a status below 500 and is not 429.

        Raises:
            ToolFailed: `<NAME>_UNREACHABLE`, `<NAME>_RATE_LIMITED`, `<NAME>_FAILED`, or `<NAME>_ANSWER` for one that is
                too large or leads elsewhere.
        """
        import httpx

        host = urlsplit(self.url).hostname or ""
        agent = {"User-Agent": f"supplychain/{__version__}", **(headers or {})}
        limits = httpx.Timeout(self.timeout_s)
        error = self.failed("UNREACHABLE", "no attempt was made")
        with httpx.Client(headers=agent, timeout=limits, trust_env=not is_loopback(host)) as client:
            for number in range(ATTEMPTS):
                wait: float | None = 0.5 * 2.0**number
                try:
                    answer, asked = self._once(client, method, path, body)
                except (httpx.TransportError, httpx.StreamError) as failure:
                    error = self.failed("UNREACHABLE", str(failure) or type(failure).__name__)
                else:
                    if answer.status not in _AGAIN:
                        return answer
                    error, wait = self._passing(answer), asked if asked is not None else wait
                if number + 1 < ATTEMPTS and wait is not None:
                    if wait > MAX_WAIT_S:
                        break
                    pause(wait)
        raise error

    def failed(self, kind: str, found: str, *, expected: str = "", hint: str = "") -> ToolFailed:
        """An error of this service."""
        messages = {
            "UNREACHABLE": "cannot be reached",
            "RATE_LIMITED": "asks us to slow down",
            "FAILED": "does not work at the moment",
            "REFUSED": "refuses",
            "ANSWER": "gives an answer that is none",
        }
        return ToolFailed(
            f"{self.what} {messages[kind]}",
            code=f"{self.name}_{kind}",
            where=self.url,
            expected=expected,
            found=scrub(found),
            hint=hint or ("check the address; or try again later" if f"_{kind}" in _PASSING else ""),
        )

    def _once(self, client: httpx.Client, method: str, path: str, body: bytes | None) -> tuple[Answer, float | None]:
        with client.stream(method, self.url + path, content=body) as response:
            if response.is_redirect:
                raise self.failed("ANSWER", f"it leads to {response.headers.get('Location', '')[:100]}")
            data = b""
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MAX_ANSWER:
                    raise self.failed("ANSWER", f"more than {MAX_ANSWER:,} bytes")
            location = response.headers.get("Location", "")
            return Answer(status=response.status_code, body=data, location=location), _retry_after(response.headers)

    def _passing(self, answer: Answer) -> ToolFailed:
        kind = "RATE_LIMITED" if answer.status == 429 else "FAILED"
        return self.failed(kind, f"status {answer.status}: {text_of(answer)}")


def pause(seconds: float) -> None:
    """Wait; on its own, so that tests need not."""
    time.sleep(seconds)


def passes(error: ToolFailed) -> bool:
    """Whether a failure of a service may be gone later: not reached, overloaded, broken."""
    return error.code.endswith(_PASSING)


def text_of(answer: Answer) -> str:
    """The beginning of an answer's text, for messages."""
    return answer.body[:200].decode("utf-8", "replace").strip() or "no text"


def checked(url: str, where: str) -> str:
    """An address without its last slash. Raises UsageError for none, or for plain http to another machine."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        # A port that is none raises; what cannot be printed has no place in an address, and neither has a book.
        whole = whole and (parts.port or 0) >= 0 and url.isascii() and url.isprintable() and len(url) <= MAX_ADDRESS
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole or parts.query or parts.fragment:
        raise UsageError(
            "not the address of a service", code="BAD_ADDRESS", where=where, expected="https://host/path", found=url
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            "services are asked over TLS only; plain http is for this machine alone",
            code="INSECURE_ADDRESS",
            where=where,
            expected="https://…",
            found=url,
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None
