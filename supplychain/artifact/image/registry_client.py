"""Talks to one registry (OCI distribution-spec 1.1): who we are, how often we ask, and where we let it send us.

- Tokens as Docker's token specification has them, or basic authentication; asked for when the registry says 401.
- 429, 502, 503, 504 and lost connections are tried again, after `Retry-After`, within one budget for the registry.
- Redirects are followed for blobs only, and another host never sees our credentials.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urljoin, urlsplit

from supplychain.artifact.image.budget import Budget, shared_budget
from supplychain.artifact.image.credentials import Credential, Credentials
from supplychain.artifact.image.exchange import (
    Connections,
    Response,
    Unreachable,
    check_url,
    joined,
    without_query,
)
from supplychain.artifact.image.reference import Reference, is_loopback
from supplychain.encoding import parse_json_object
from supplychain.errors import ToolFailed

_AGAIN = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_MAX_TRIES = 12
_MAX_ANSWER = 64 * 1024
_PAIR = re.compile(r'(\w+)="([^"]*)"')
_AGENT = "supplychain"


class RegistryClient:
    """Requests to the registry of one reference.

    Args:
        reference: Host and repository.
        connections: Open connections, with their time limits.
        credentials: Where to look for ours.
        budget: Patience; None: the one that all clients of this host in this process share.
    """

    _actions = "pull"
    """What a token is asked for."""

    def __init__(
        self,
        reference: Reference,
        *,
        connections: Connections | None = None,
        credentials: Credentials | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._reference = reference
        self._connections = connections or Connections()
        self._credentials = credentials or Credentials()
        self._budget = budget or shared_budget(reference.host)
        self._authorization: str | None = None
        scheme = "http" if is_loopback(reference.host) else "https"
        self._base = f"{scheme}://{reference.host}/v2/{reference.repository}/"

    def request(self, path: str, *, method: str = "GET", accept: str = "*/*", blob: bool = False) -> Response:
        """Ask for something below the repository.

        Args:
            path: For example `manifests/latest`.
            method: GET or HEAD.
            accept: Media types.
            blob: Redirects may be followed.

        Returns:
            An answer with status 200, 404 or 405; to be used as a context manager.

        Raises:
            ToolFailed: Anything else, and everything that goes wrong on the way.
        """
        url = urljoin(self._base, path)
        headers = {"Accept": accept, "User-Agent": _AGENT, "Accept-Encoding": "identity"}
        asked = 0
        for _ in range(_MAX_REDIRECTS + 2):
            response = self._patiently(url, method, self._with_authorization(url, headers))
            if response.status == 401 and self._is_ours(url) and asked < 1:
                asked += 1
                with response:
                    self._authorize(response.headers.get("www-authenticate", ""), url)
            elif response.status in _REDIRECTS:
                with response:
                    url = self._redirected(url, response.headers.get("location", ""), blob=blob)
            else:
                return self._checked(response)
        raise self._failed("REGISTRY_REDIRECT", "the registry sends us from one place to the next", url)

    def may_try_again(self) -> bool:
        """Whether the budget of the registry allows to ask again for something that broke off."""
        return self._budget.try_again(1.0, cost=10.0)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _patiently(self, url: str, method: str, headers: Mapping[str, str], *, body: bytes | None = None) -> Response:
        said = ""
        for number in range(_MAX_TRIES):
            self._budget.pause()
            begun = time.monotonic()
            try:
                response = self._connections.exchange(url, method=method, headers=headers, body=body)
            except Unreachable as error:
                said, told, cost = str(error), None, max(10.0, time.monotonic() - begun)
            else:
                if response.status not in _AGAIN:
                    return response
                with response:
                    told = _retry_after(response.headers)
                    said, cost = f"status {response.status}", 1.0
            delay = told if told is not None else min(0.5 * 2**number, 8.0)
            if not self._budget.try_again(delay, cost=cost):
                break
        raise ToolFailed(
            f"the registry does not answer: {said}",
            code="REGISTRY_BUSY" if said.startswith("status") else "REGISTRY_UNREACHABLE",
            where=without_query(url),
            hint="try again later; log in, if the registry limits those it does not know",
        )

    def _with_authorization(self, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        mine = self._is_ours(url) and self._authorization
        return {**headers, "Authorization": self._authorization} if mine and self._authorization else dict(headers)

    def _is_ours(self, url: str) -> bool:
        here, there = urlsplit(self._base), urlsplit(url)
        return (here.scheme, here.netloc) == (there.scheme, there.netloc)

    def _redirected(self, url: str, location: str, *, blob: bool) -> str:
        target = joined(url, location)
        if not location or not (blob or self._is_ours(target)):
            raise self._failed("REGISTRY_REDIRECT", "the registry sends us elsewhere for something it must have", url)
        parts = check_url(target)
        if is_loopback(parts.hostname or "") and not is_loopback(self._reference.host):
            raise self._failed("REGISTRY_REDIRECT", "the registry sends us to this very machine", url)
        return target

    def _checked(self, response: Response) -> Response:
        if response.status in (200, 404, 405):
            return response
        with response:
            answer = response.read(_MAX_ANSWER)[:300].decode("utf-8", "replace").strip()
        if response.status in (401, 403):
            known = "; ".join(self._credentials.problems)
            hint = "check the name; log in with `docker login` or `podman login`" + (f" ({known})" if known else "")
            raise self._failed("REGISTRY_DENIED", "the registry refuses us", response.url, found=answer, hint=hint)
        message = f"the registry failed with status {response.status}"
        raise self._failed("REGISTRY_FAILED", message, response.url, found=answer)

    def _authorize(self, challenge: str, url: str) -> None:
        """Do what the registry asks for (RFC 9110, 11.6.1; Docker's token authentication)."""
        scheme, _, rest = challenge.partition(" ")
        ours = self._credentials.find(self._reference.registry, self._reference.repository)
        if scheme.lower() == "basic" and ours and not ours.is_token:
            self._authorization = ours.basic()
        elif scheme.lower() == "bearer":
            self._authorization = f"Bearer {self._token(dict(_PAIR.findall(rest)), ours)}"
        else:
            known = "; ".join(self._credentials.problems)
            hint = "log in with `docker login` or `podman login`" + (f" ({known})" if known else "")
            raise self._failed("REGISTRY_DENIED", "the registry wants to know who asks", url, hint=hint)

    def _token(self, challenge: dict[str, str], ours: Credential | None) -> str:
        realm = challenge.get("realm", "")
        parts = check_url(realm)
        if is_loopback(parts.hostname or "") and not is_loopback(self._reference.host):
            raise self._failed("REGISTRY_ADDRESS", "the registry sends our credentials to this very machine", realm)
        scope = f"repository:{self._reference.repository}:{self._actions}"
        asked = {"service": challenge.get("service", ""), "scope": scope}
        headers = {"Accept": "application/json", "User-Agent": _AGENT, "Accept-Encoding": "identity"}
        body = None
        if ours and ours.is_token:
            form = {**asked, "grant_type": "refresh_token", "client_id": _AGENT, "refresh_token": ours.secret}
            body = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            url = realm
        else:
            url = f"{realm}{'&' if parts.query else '?'}{urlencode({k: v for k, v in asked.items() if v})}"
            if ours:
                headers["Authorization"] = ours.basic()
        with self._patiently(url, "POST" if body else "GET", headers, body=body) as response:
            answer = response.read(_MAX_ANSWER)
            if response.status != 200:
                message = f"no token was given: status {response.status}"
                hint = "check the name; log in with `docker login` or `podman login`"
                raise self._failed("REGISTRY_DENIED", message, realm, hint=hint)
        document = parse_json_object(answer, where=without_query(realm), max_bytes=_MAX_ANSWER)
        token = document.get("token") or document.get("access_token")
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]{1,16384}", token):
            raise self._failed("REGISTRY_FAILED", "the answer holds no token", realm)
        return token

    def _failed(self, code: str, message: str, url: str, *, found: str = "", hint: str = "") -> ToolFailed:
        return ToolFailed(message, code=code, where=without_query(url), found=found, hint=hint or "try again later")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the registry says, by its own clock when it names a time (RFC 9110, 10.2.3)."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and len(told) < 9:
        return float(told)
    try:
        until, now = parsedate_to_datetime(told), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None
