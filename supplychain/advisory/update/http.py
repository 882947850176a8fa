"""HTTP as `db update` needs it: one host, bounded in time, size and attempts.

- TLS, except to this machine. A redirect is followed only to the same host; anywhere else it is refused.
- 408, 425, 429, 5xx and broken connections are tried again, a fixed number of times: after `Retry-After` (RFC 9110,
  section 10.2.3: seconds or a date) where the server says so, else after 1, 2, 4, … seconds. A wait that would pass the
  time limit is not begun.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

from supplychain import __version__
from supplychain.errors import ToolFailed, UsageError

if TYPE_CHECKING:
    import httpx

USER_AGENT = f"supplychain/{__version__} (advisory database update)"
ATTEMPTS = 5
MAX_REDIRECTS = 3
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECT = frozenset({301, 302, 303, 307, 308})
_IDLE_SECONDS = 30.0
_SMALL = 64 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time, given from outside so that tests need not wait."""

    now: datetime
    monotonic: Callable[[], float]
    """Seconds."""
    sleep: Callable[[float], None]
    deadline: float
    """By `monotonic`: when everything has to be done."""

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - self.monotonic()


class TryAgain(Exception):  # noqa: N818 - never leaves this package
    """What an attempt raises when another one may help."""

    def __init__(self, found: str, *, after: float | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.after = after
        """Seconds the server asks to wait."""


class Server:
    """One host, asked with patience; a context manager.

    Args:
        base: Its address; every request is for something below it.
        clock: Time.

    Raises:
        UsageError: `BAD_ADDRESS` or `INSECURE_ADDRESS`.
    """

    def __init__(self, base: str, clock: Clock) -> None:
        import httpx

        self.base = _checked(base)
        self.clock = clock
        self._client = httpx.Client(
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(_IDLE_SECONDS),
            follow_redirects=False,
            # Proxies and certificates of the environment count, but not for this machine itself.
            trust_env=not _is_loopback(urlsplit(self.base).hostname or ""),
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def patiently(self, url: str, attempt: Callable[[], T]) -> T:
        """Run an attempt until it does not raise `TryAgain`.

        Raises:
            ToolFailed: `NETWORK_FAILED` after the last attempt, `TIME_LIMIT` when there is no time for another.
        """
        found = ""
        for number in range(ATTEMPTS):
            try:
                return attempt()
            except TryAgain as failure:
                found, wait = failure.found, failure.after if failure.after is not None else 2.0**number
            if number + 1 < ATTEMPTS:
                if wait >= self.clock.left:
                    raise self._no_time(url, f"{found}; the next attempt may begin in {wait:.0f} s")
                self.clock.sleep(wait)
        raise _failed(url, f"{found}, {ATTEMPTS} times")

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """One request, its body not read yet, redirects within the host followed.

        Raises:
            TryAgain: The connection broke (also while the body is read), or the server asks for another attempt.
            ToolFailed: `REDIRECT_REFUSED`, `TIME_LIMIT`.
        """
        import httpx

        try:
            response = self._send(url, headers)
            try:
                if response.status_code in _AGAIN:
                    raise TryAgain(f"the server answers {response.status_code}", after=self._retry_after(response))
                yield response
            finally:
                response.close()
        except httpx.InvalidURL as error:
            raise _redirected(url, str(error)) from error
        except (httpx.TransportError, httpx.StreamError) as error:
            raise TryAgain(f"the connection failed: {str(error) or type(error).__name__}") from error

    def read(self, response: httpx.Response, url: str) -> Iterator[bytes]:
        """The body as it was sent, piece by piece, within the time limit. Raises ToolFailed `TIME_LIMIT`."""
        for piece in response.iter_raw():
            if self.clock.left <= 0:
                raise self._no_time(url, "the body is not at its end")
            yield piece

    def small(self, url: str) -> bytes | None:
        """A small file as a whole; None: there is none.

        Raises:
            ToolFailed: As `patiently`, or `SERVER_REFUSED`.
        """

        def attempt() -> bytes | None:
            with self.open(url, {}) as response:
                if response.status_code == 404:
                    return None
                self.expect(response, url, 200)
                body = b""
                for piece in self.read(response, url):
                    body += piece
                    if len(body) > _SMALL:
                        raise _failed(url, f"more than {_SMALL:,} bytes")
                return body

        return self.patiently(url, attempt)

    def expect(self, response: httpx.Response, url: str, *good: int) -> None:
        """Raise ToolFailed `SERVER_REFUSED` for another status, or for a body that is packed against our wish."""
        packed = response.headers.get("Content-Encoding", "identity").strip().lower()
        if response.status_code in good and packed not in ("", "identity"):
            raise ToolFailed(
                "the server packs the file, though it was asked for as it is",
                code="SERVER_REFUSED",
                where=url,
                expected="no Content-Encoding",
                found=packed[:40],
                hint="a proxy on the way may do that; the database is as it was",
            )
        if response.status_code not in good:
            raise ToolFailed(
                "the server does not give the file",
                code="SERVER_REFUSED",
                where=url,
                expected=" or ".join(map(str, good)),
                found=f"status {response.status_code}",
                hint="check the address (--base-url) and the name of the ecosystem; the database is as it was",
            )

    def _send(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        at = url
        for _ in range(MAX_REDIRECTS + 1):
            if self.clock.left <= 0:
                raise self._no_time(url, "nothing was sent any more")
            response = self._client.send(self._client.build_request("GET", at, headers=dict(headers)), stream=True)
            if response.status_code not in _REDIRECT:
                return response
            response.close()
            at = urljoin(at, response.headers.get("Location", ""))
            if urlsplit(at)[:2] != urlsplit(self.base)[:2]:
                raise _redirected(url, at)
        raise _redirected(url, f"more than {MAX_REDIRECTS} redirects")

    def _retry_after(self, response: httpx.Response) -> float | None:
        text = response.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - self.clock.now).total_seconds())

    def _no_time(self, url: str, found: str) -> ToolFailed:
        return ToolFailed(
            "the time limit of the update is reached",
            code="TIME_LIMIT",
            where=url,
            found=found,
            hint="try again later: what was fetched is kept and continued; the database is as it was",
        )


def _checked(base: str) -> str:
    try:
        parts = urlsplit(base)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        parts, whole = urlsplit(""), False
    if not whole or parts.query or parts.fragment:
        raise UsageError(
            "not an address to fetch from",
            code="BAD_ADDRESS",
            where="--base-url",
            expected="https://host/path",
            found=base,
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise UsageError(
            "advisories are fetched over TLS only; plain http is for this machine alone",
            code="INSECURE_ADDRESS",
            where="--base-url",
            expected="https://…",
            found=base,
        )
    return base.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _redirected(url: str, to: str) -> ToolFailed:
    return ToolFailed(
        "the server sends us elsewhere",
        code="REDIRECT_REFUSED",
        where=url,
        expected="the file itself, or a redirect within the same host",
        found=to[:200],
        hint="if that host is to be believed, name it with --base-url; the database is as it was",
    )


def _failed(url: str, found: str) -> ToolFailed:
    return ToolFailed(
        "advisories cannot be fetched",
        code="NETWORK_FAILED",
        where=url,
        found=found,
        hint="try again later, or import a zip from elsewhere: `supplychain db import PATH`; the database is as it was",
    )
