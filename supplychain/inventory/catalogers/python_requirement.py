"""One Python requirement (PEP 508, or a path or URL as pip takes it): a component and, where it is no exact pin, a gap.

An environment marker that is false here is no reason to leave a requirement out: another machine installs it. The
marker is kept as a property.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component, package_url, pypi_name, pypi_purl
from supplychain.inventory.sbom import Gap

if TYPE_CHECKING:
    from packaging.requirements import Requirement

MARKER = "supplychain:marker"
"""Property that holds the environment marker of a requirement."""
LONGEST = 4096
"""Most characters of one requirement without its options; longer ones are not parsed."""

Listed = tuple[Component | None, Gap | None]

_ARCHIVE = re.compile(r"\.(whl|zip|tar|tar\.gz|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)
_WHEEL = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-([^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")


def list_requirement(
    text: str, *, where: str, hashes: tuple[Digest, ...] = (), pins: Mapping[str, str] | None = None
) -> Listed:
    """Read one requirement.

    Args:
        text: The requirement without options and comments.
        where: File and line, for the gap.
        hashes: Digests given beside it.
        pins: Normalised name to version: what constraints decide for names that are not pinned themselves.

    Returns:
        The component (None: it has no name) and the gap (None: it is pinned and from a registry).
    """
    if len(text) <= LONGEST and is_location(text):
        return from_location(text, where=where, hashes=hashes)
    requirement = parse_requirement(text)
    if requirement is None:
        return None, Gap(what=text[:160], reason="unreadable", detail=f"{where}: not a requirement (PEP 508)")
    name = pypi_name(requirement.name)
    extra = ((MARKER, str(requirement.marker)),) if requirement.marker else ()
    if requirement.url:
        return from_location(requirement.url, where=where, hashes=hashes, name=name, properties=extra)
    version = exact_version(requirement) or (pins or {}).get(name)
    purl = pypi_purl(name, version)
    component = Component(name=name, version=version, purl=purl, hashes=hashes, properties=extra)
    if version:
        return component, None
    return component, Gap(what=purl, reason="not_pinned", detail=f"{where}: {text}")


def parse_requirement(text: str) -> Requirement | None:
    """Parse a PEP 508 requirement; None: it is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    if len(text) > LONGEST:
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def exact_version(requirement: Requirement) -> str | None:
    """The one version a requirement allows (`==1.2` without a wildcard, or `===`); None: it leaves a choice."""
    exact = {s.version for s in requirement.specifier if s.operator in ("==", "===") and not s.version.endswith(".*")}
    return exact.pop() if len(exact) == 1 else None


def is_location(text: str) -> bool:
    """Tell whether pip would take the text for a path or an address instead of a name."""
    head = text.split(";", 1)[0].split("#", 1)[0].strip()
    if re.match(r"[A-Za-z0-9._-]+\s*(\[[^\]]*\])?\s*@", head):
        return False
    if "://" in head or head.startswith((".", "/", "file:")):
        return True
    return bool(_ARCHIVE.search(head)) or ("/" in head and not re.search(r"[<>=~!\s]", head))


def from_location(
    location: str,
    *,
    where: str,
    hashes: tuple[Digest, ...] = (),
    name: str = "",
    properties: tuple[tuple[str, str], ...] = (),
) -> Listed:
    """List what is fetched from a path, an address or a repository; no registry answers for it, so it is a gap too."""
    target, _, fragment = location.partition("#")
    target = target.split(" ;", 1)[0].strip()
    egg = re.search(r"(?:^|&)egg=([A-Za-z0-9._-]+)", fragment)
    wheel = _WHEEL.fullmatch(unquote(target.rsplit("/", 1)[-1]))
    version = unquote(wheel.group(2)) if wheel else None
    name = name or (pypi_name(egg.group(1)) if egg else "") or (pypi_name(wheel.group(1)) if wheel else "")
    detail = f"{where}: {without_password(location)[:200]}"
    if not name:
        return None, Gap(what=without_password(location)[:160], reason="not_from_registry", detail=detail)
    key = "vcs_url" if "+" in target.split("://", 1)[0] else "download_url"
    qualifiers = {key: without_password(target)} if "://" in target else {}
    purl = package_url("pypi", name, version, qualifiers=qualifiers)
    component = Component(name=name, version=version, purl=purl, hashes=hashes, properties=properties)
    return component, Gap(what=purl, reason="not_from_registry", detail=detail)


def without_password(location: str) -> str:
    """An address without its user and password, which have no place in a published document."""
    try:
        parts = urlsplit(location)
        if "@" not in parts.netloc:
            return location
        user, _, host = parts.netloc.rpartition("@")
        return location.replace(f"{user}@{host}", host if user != "git" else f"git@{host}", 1)
    except ValueError:
        return location


def digests(texts: Iterable[object]) -> tuple[Digest, ...]:
    """Digests from `sha256:…` texts, sorted, once each; other algorithms and malformed ones are left out."""
    found: set[Digest] = set()
    for text in texts:
        algorithm, _, hexadecimal = str(text).strip().partition(":")
        if algorithm in LENGTHS:
            try:
                found.add(Digest.parse(f"{algorithm}:{hexadecimal.lower()}"))
            except MalformedInput:
                continue
    return tuple(sorted(found))
