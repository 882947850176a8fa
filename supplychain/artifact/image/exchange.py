"""HTTP as far as a registry needs it (RFC 9110): one exchange, with time limits, and errors that say who failed.

Encrypted always, except with this very machine. A connection is used again for the next request to its host.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

from supplychain.artifact.image.blob import CHUNK
from supplychain.artifact.image.reference import is_loopback
from supplychain.errors import ToolFailed

SLOWEST = 32 * 1024
"""Bytes a second, on average and after the time limit of one read, below which a transfer counts as hanging."""
UNKNOWN = 64 * 1024 * 1024
"""Bytes that are assumed where an answer does not tell its length."""


class Unreachable(Exception):  # noqa: N818 - never leaves this package
    """An exchange that failed in a way in which the next one may not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Time limits in seconds."""

    connect_s: float = 10.0
    read_s: float = 30.0
    """Until the next bytes come."""


class Response:
    """Status and headers, and the body for whoever wants it. Leaving it gives the connection back."""

    def __init__(self, raw: http.client.HTTPResponse, url: str, connections: Connections, limits: Limits) -> None:
        self._raw = raw
        self._connections = connections
        self._limits = limits
        self.url = url
        self.status = raw.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in raw.getheaders()}
        self.connection: http.client.HTTPConnection | None = None

    def chunks(self) -> Iterator[bytes]:
        """The body. Raises ToolFailed when it breaks off, stops or crawls."""
        length = self._raw.length if self._raw.length is not None else UNKNOWN
        seconds = self._limits.read_s + length / SLOWEST
        with Deadline(self.connection, seconds) as deadline:
            try:
                while chunk := self._raw.read(CHUNK):
                    yield chunk
            except TimeoutError:
                raise _failed(self.url, "it stopped in the middle of an answer", code="REGISTRY_HANGS") from None
            except (http.client.HTTPException, OSError, ValueError) as error:
                if not deadline.passed:
                    raise _failed(self.url, f"the transfer broke off: {str(error) or type(error).__name__}") from None
            if deadline.passed:
                raise _failed(self.url, f"the transfer was not done after {seconds:.0f} s", code="REGISTRY_HANGS")
        if self._raw.length:
            raise _failed(self.url, f"the transfer broke off {self._raw.length:,} bytes before its end")

    def read(self, max_bytes: int) -> bytes:
        """The body, cut off after `max_bytes` + 1."""
        parts: list[bytes] = []
        size = 0
        for chunk in self.chunks():
            parts.append(chunk)
            size += len(chunk)
            if size > max_bytes:
                break
        return b"".join(parts)[: max_bytes + 1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and not self._raw.isclosed() and (self._raw.length or 0) <= CHUNK:
            with suppress(OSError, http.client.HTTPException):
                self._raw.read(CHUNK)  # the few words of a refusal, so that the connection can be used again
        self._connections.give_back(self.url, self.connection, whole=self._raw.isclosed())
        self._raw.close()


class Deadline:
    """Cuts a connection when something takes too long, however steadily single bytes drip in."""

    def __init__(self, connection: http.client.HTTPConnection | None, seconds: float) -> None:
        self._socket = connection.sock if connection else None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self.passed = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.passed = True
        if self._socket is not None:
            with suppress(OSError):
                # Of the plain socket: the encrypted one would tear down what another thread is reading from.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Connections:
    """Open connections by host, for several threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._idle: dict[tuple[str, str], list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    def exchange(self, url: str, *, method: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
        """Send one request and read the head of its answer.

        Raises:
            Unreachable: No connection, or no answer in time.
            ToolFailed: The address must not be asked (not encrypted, not HTTP).
        """
        parts = check_url(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        while True:
            connection, used = self._take(parts)
            try:
                with Deadline(connection, 2 * self._limits.read_s):
                    connection.request(method, path, body=body, headers=dict(headers))
                    raw = connection.getresponse()
            except TimeoutError:
                connection.close()
                raise Unreachable(f"no answer within {self._limits.read_s:g} s") from None
            except (http.client.HTTPException, OSError, UnicodeError) as error:
                connection.close()
                if used:
                    continue  # the server had closed a connection that stood idle: that is no failure
                raise Unreachable(str(error) or type(error).__name__) from None
            response = Response(raw, url, self, self._limits)
            response.connection = connection
            return response

    def give_back(self, url: str, connection: http.client.HTTPConnection | None, *, whole: bool) -> None:
        """Keep a connection for the next request, if the last answer was read to its end."""
        if connection is None:
            return
        if not whole:
            connection.close()
            return
        parts = urlsplit(url)
        with self._lock:
            self._idle.setdefault((parts.scheme, parts.netloc), []).append(connection)

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            for connections in self._idle.values():
                for connection in connections:
                    connection.close()
            self._idle.clear()

    def _take(self, parts: SplitResult) -> tuple[http.client.HTTPConnection, bool]:
        with self._lock:
            idle = self._idle.get((parts.scheme, parts.netloc))
            if idle:
                return idle.pop(), True
        return self._connect(parts), False

    def _connect(self, parts: SplitResult) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port
        seconds = self._limits.connect_s
        if parts.scheme == "http":
            connection = http.client.HTTPConnection(host, port or 80, timeout=seconds)
        else:
            self._tls = self._tls or ssl.create_default_context()
            proxy = _proxy(host)
            near, far = (proxy.hostname or "", proxy.port or 3128) if proxy else (host, port or 443)
            connection = http.client.HTTPSConnection(near, far, timeout=seconds, context=self._tls)
            if proxy:
                connection.set_tunnel(host, port or 443, headers=_proxy_headers(proxy))
        try:
            connection.connect()
        except TimeoutError:
            raise Unreachable(f"no connection within {seconds:g} s") from None
        except (http.client.HTTPException, OSError) as error:
            raise Unreachable(f"no connection: {error}") from None
        connection.sock.settimeout(self._limits.read_s)
        return connection


def check_url(url: str) -> SplitResult:
    """Take an address apart. Raises ToolFailed when it is none we may ask."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    fine = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host or ""))
    if not host or not fine or "@" in parts.netloc or any(c <= " " or c == "\x7f" for c in url):
        raise ToolFailed(
            "the registry names an address that is not asked",
            code="REGISTRY_ADDRESS",
            where=without_query(url),
            expected="https, or http to this machine",
        )
    return parts


def joined(url: str, target: str) -> str:
    """The address that an answer from `url` names. Raises ToolFailed when it names none."""
    try:
        return urljoin(url, target)
    except ValueError:
        raise ToolFailed(
            "the registry names an address that is none",
            code="REGISTRY_ADDRESS",
            where=without_query(url),
            found=without_query(target),
        ) from None


def without_query(url: str) -> str:
    """An address for a message: the part after `?` may hold a signature that opens the blob for anyone."""
    return url.partition("?")[0][:300]


def _failed(url: str, message: str, *, code: str = "REGISTRY_BROKE_OFF") -> ToolFailed:
    return ToolFailed(f"the registry failed: {message}", code=code, where=without_query(url), hint="try again later")


def _proxy(host: str) -> SplitResult | None:
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    address = urllib.request.getproxies().get("https")
    if not address:
        return None
    return urlsplit(address if "://" in address else f"http://{address}")


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    from urllib.parse import unquote

    from supplychain.artifact.image.credentials import Credential

    who = Credential(username=unquote(proxy.username), secret=unquote(proxy.password or ""))
    return {"Proxy-Authorization": who.basic()}
