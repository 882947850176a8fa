"""Who we are at a registry: the files and helpers that `docker login` and `podman login` leave behind.

Looked at in this order: `$REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` (else `~/.docker/config.json`),
`$XDG_RUNTIME_DIR/containers/auth.json`, `~/.config/containers/auth.json`. In a file, a helper for the host comes before
the entry for the host, and that before the helper for all hosts.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supplychain.artifact.image.reference import DOCKER_HUB
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed
from supplychain.files import read_bytes
from supplychain.process import run

_HELPER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_HELPER_ENVIRONMENT = re.compile(
    r"AWS_\w+|AZURE_\w+|GOOGLE_\w+|CLOUDSDK_\w+|GCR_\w+|DOCKER_CONFIG|PASSWORD_STORE_DIR|GNUPGHOME|XDG_\w+"
    r"|DBUS_SESSION_BUS_ADDRESS|HTTPS?_PROXY|https?_proxy|NO_PROXY|no_proxy|USER|LOGNAME"
)
_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", DOCKER_HUB, "registry-1.docker.io")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A name with a password, or a token that is exchanged for shorter-lived ones."""

    username: str
    secret: str = field(repr=False)
    is_token: bool = False
    """The secret is an identity token (OAuth 2 refresh token), not a password."""

    def basic(self) -> str:
        """The value of an `Authorization` header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()


class Credentials:
    """Finds the credential for a registry.

    Args:
        files: Configuration files, in order; None: the usual ones.
    """

    def __init__(self, files: tuple[Path, ...] | None = None) -> None:
        self._files = files if files is not None else tuple(_usual_files())
        self.problems: list[str] = []
        """Why a file or helper gave nothing, for the message when the registry then refuses us."""

    def find(self, registry: str, repository: str) -> Credential | None:
        """The credential for a repository, or None."""
        for path in self._files:
            if not path.is_file():
                continue
            try:
                document = parse_json_object(read_bytes(path, what="registry credentials"), where=str(path))
                found = self._in_file(document, registry, repository, str(path))
            except SupplychainError as error:
                self.problems.append(f"{path}: {error.message}")
                continue
            if found:
                return found
        return None

    def _in_file(self, document: dict[str, Any], registry: str, repository: str, where: str) -> Credential | None:
        hosts = _HUB_KEYS if registry == DOCKER_HUB else (registry,)
        helpers, auths = _object(document, "credHelpers", where), _object(document, "auths", where)
        for host in hosts:
            if host in helpers:
                return self._ask(str(helpers[host]), host)
        for key in _keys(hosts, repository):
            found = _entry(auths.get(key), f"{where}, {key}")
            if found:
                return found
        store = document.get("credsStore")
        return self._ask(store, hosts[0]) if isinstance(store, str) and store else None

    def _ask(self, helper: str, host: str) -> Credential | None:
        """Run `docker-credential-HELPER get` (docker-credential-helpers protocol)."""
        program = f"docker-credential-{helper}"
        if not _HELPER.fullmatch(helper):
            raise MalformedInput("not the name of a credential helper", code="CREDENTIALS", found=helper[:80])
        env = {name: value for name, value in os.environ.items() if _HELPER_ENVIRONMENT.fullmatch(name)}
        done = run([program, "get"], timeout_s=30, env=env, own_first=False, stdin=host.encode("utf-8"))
        if done.code != 0:
            said = (done.error_tail() or done.stdout[:300].decode("utf-8", "replace")).strip()
            if "credentials not found" not in said:
                raise ToolFailed(f"{program} failed: {said[:300]}", code="CREDENTIAL_HELPER", where=program)
            return None
        answer = parse_json_object(done.stdout, where=program)
        username, secret = answer.get("Username"), answer.get("Secret")
        if not isinstance(username, str) or not isinstance(secret, str) or not secret:
            return None
        return Credential(username=username, secret=secret, is_token=username == "<token>")


def _usual_files() -> Iterator[Path]:
    home = Path.home()
    places: tuple[tuple[str, str, Callable[[], Path] | None], ...] = (
        ("REGISTRY_AUTH_FILE", "", None),
        ("DOCKER_CONFIG", "config.json", lambda: home / ".docker/config.json"),
        ("XDG_RUNTIME_DIR", "containers/auth.json", None),
        ("XDG_CONFIG_HOME", "containers/auth.json", lambda: home / ".config/containers/auth.json"),
    )
    for variable, inside, otherwise in places:
        given = os.environ.get(variable)
        if given:
            yield Path(given, inside) if inside else Path(given)
        elif otherwise:
            yield otherwise()


def _keys(hosts: tuple[str, ...], repository: str) -> Iterator[str]:
    """Keys an entry may stand under: podman's for a part of the registry first, then the spellings of the host."""
    parts = repository.split("/")
    for host in hosts:
        yield from (f"{host}/{'/'.join(parts[:count])}" for count in range(len(parts), 0, -1))
        yield from (host, f"https://{host}", f"https://{host}/", f"https://{host}/v1/", f"https://{host}/v2/")
        yield f"http://{host}"


def _entry(value: object, where: str) -> Credential | None:
    if not isinstance(value, dict):
        return None
    token = value.get("identitytoken")
    username, secret = value.get("username"), value.get("password")
    if isinstance(value.get("auth"), str) and value["auth"]:
        try:
            username, _, secret = base64.b64decode(value["auth"], validate=True).decode().partition(":")
        except ValueError:
            raise MalformedInput("auth is no base64 of name:password", code="CREDENTIALS", where=where) from None
    if isinstance(token, str) and token:
        return Credential(username=str(username or ""), secret=token, is_token=True)
    if isinstance(username, str) and isinstance(secret, str) and username:
        return Credential(username=username, secret=secret.rstrip("\0"))
    return None


def _object(document: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    found = document.get(key)
    if found is not None and not isinstance(found, dict):
        raise MalformedInput(f"{key} is no object", code="CREDENTIALS", where=where)
    return found or {}
