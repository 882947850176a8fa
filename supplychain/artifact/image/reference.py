"""Image references: `[registry/]repository[:tag][@digest]` (the grammar Docker uses).

`nginx` means `docker.io/library/nginx:latest`. A digest decides; a tag beside it is only a name.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, UsageError

DOCKER_HUB = "docker.io"
_HUB_HOST = "registry-1.docker.io"
_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:{_PART}(?:\.{_PART})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?")
_MAX = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where an image is and what it is called there."""

    registry: str
    """Host and port as written; `docker.io` when none was."""
    repository: str
    tag: str | None
    """None when only a digest was given."""
    digest: Digest | None = None

    @property
    def host(self) -> str:
        """The host that speaks the protocol."""
        return _HUB_HOST if self.registry == DOCKER_HUB else self.registry

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


def parse_reference(text: str) -> Reference:
    """Take a reference apart.

    Raises:
        UsageError: It is none.
    """
    rest, at, digits = text.partition("@")
    try:
        digest = Digest.parse(digits, where=text) if at else None
    except MalformedInput as error:
        raise _no_reference(text, error.expected) from None
    first, slash, path = rest.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        registry = DOCKER_HUB if first == "index.docker.io" else first
    else:
        registry, path = DOCKER_HUB, rest
    name, colon, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    if len(text) > _MAX or not _NAME.fullmatch(name) or not _HOST.fullmatch(registry):
        raise _no_reference(text, "[REGISTRY/]NAME[:TAG][@sha256:…], the name in lower case")
    if colon and not _TAG.fullmatch(tag):
        raise _no_reference(text, "a tag of letters, digits, `_`, `.` and `-`")
    return Reference(registry=registry, repository=name, tag=tag or (None if digest else "latest"), digest=digest)


def is_host(text: str) -> bool:
    """Whether a text is a host with or without a port, as it stands in a reference."""
    return _HOST.fullmatch(text) is not None


def is_repository(text: str) -> bool:
    """Whether a text is the name of a repository."""
    return len(text) < _MAX and _NAME.fullmatch(text) is not None


def is_loopback(host: str) -> bool:
    """Whether a host (with or without a port) is this machine, by its name or address alone."""
    name = host.rpartition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _no_reference(text: str, expected: str) -> UsageError:
    return UsageError("not an image reference", code="NOT_A_REFERENCE", where=text[:200] or '""', expected=expected)
