"""Which mirrors of a registry are asked before it, as `registries.conf` says (containers-registries.conf(5), v2).

The first of these that is there counts, with the files of the folder `registries.conf.d` beside it:
`$SUPPLYCHAIN_HOME/registries.conf`, `$CONTAINERS_REGISTRIES_CONF`, `~/.config/containers/registries.conf`,
`/etc/containers/registries.conf`. Read are the tables `[[registry]]`: `prefix`, `location`, `blocked`, and their
`[[registry.mirror]]`: `location`, `pull-from-mirror`. `insecure` is not obeyed: nothing but this very machine is asked
without encryption. Short names mean Docker Hub here, whatever the file says of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from supplychain.artifact.image.reference import Reference, is_host, is_repository
from supplychain.encoding import parse_toml
from supplychain.errors import MalformedInput, UsageError
from supplychain.files import read_bytes

NAME = "registries.conf"
_MAX_MIRRORS = 10
_KINDS = {"": (True, True), "all": (True, True), "digest-only": (False, True), "tag-only": (True, False)}
"""`pull-from-mirror` to whether a mirror is asked for tags, and for digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A place where an image is said to be too."""

    reference: Reference
    """The image under the name it has there."""
    by_tag: bool = True
    """It may be asked what a tag stands for."""
    by_digest: bool = True
    """It may be asked for what has a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where an image is fetched: from the mirrors, in order, then from the origin."""

    origin: Reference
    mirrors: tuple[Mirror, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One `[[registry]]`."""

    prefix: str
    location: str
    blocked: bool
    mirrors: tuple[tuple[str, str], ...]
    """Location and `pull-from-mirror`."""
    where: str


def route_of(reference: Reference, *, home: Path | None = None) -> Route:
    """Where to fetch an image, by the configuration.

    Args:
        reference: The image as it was named.
        home: The user's folder.

    Raises:
        UsageError: The configuration blocks its registry.
        MalformedInput: The configuration is broken.
    """
    rules = [rule for path in configured(home) for rule in parse_rules(read_bytes(path, what=NAME), where=str(path))]
    return routed(reference, rules)


def routed(reference: Reference, rules: list[_Rule]) -> Route:
    """The route by rules: that of the longest fitting prefix holds. Raises as `route_of`."""
    name = f"{reference.registry}/{reference.repository}"
    fitting = [(len(part), rule, part) for rule in rules if (part := _fit(rule.prefix, name)) is not None]
    if not fitting:
        return Route(origin=reference)
    _, rule, part = max(fitting, key=lambda item: item[0])
    if rule.blocked:
        hint = "take `blocked` away there, or name the image in another registry"
        raise UsageError("this registry is blocked", code="REGISTRY_BLOCKED", where=rule.where, found=name, hint=hint)
    rest = name[len(part) :]
    origin = _renamed(reference, rule.location + rest, rule.where) if rule.location else reference
    mirrors = []
    for location, kind in rule.mirrors:
        by_tag, by_digest = _KINDS[kind]
        there = _renamed(reference, location + rest, rule.where)
        mirrors.append(Mirror(reference=there, by_tag=by_tag, by_digest=by_digest))
    return Route(origin=origin, mirrors=tuple(mirrors))


def parse_rules(data: bytes, *, where: str) -> list[_Rule]:
    """The rules of one file. Raises MalformedInput."""
    document = parse_toml(data, where=where)
    return [_rule(table, where) for table in _tables(document, "registry", where)]


def _rule(table: dict[str, Any], where: str) -> _Rule:
    location, prefix = _text(table, "location", where), _text(table, "prefix", where)
    if not (prefix or location):
        raise _broken("a [[registry]] without prefix and location", where)
    mirrors = _tables(table, "mirror", where)
    if len(mirrors) > _MAX_MIRRORS:
        raise _broken("more mirrors than anybody asks", where, f"at most {_MAX_MIRRORS}", str(len(mirrors)))
    digest_only = _flag(table, "mirror-by-digest-only", where)
    return _Rule(
        prefix=prefix or location,
        location=location,
        blocked=_flag(table, "blocked", where),
        mirrors=tuple(_mirror(mirror, where, digest_only=digest_only) for mirror in mirrors),
        where=where,
    )


def _mirror(table: dict[str, Any], where: str, *, digest_only: bool) -> tuple[str, str]:
    location, kind = _text(table, "location", where), _text(table, "pull-from-mirror", where)
    if not is_host(location.partition("/")[0]):
        raise _broken("a mirror without a location", where, "HOST[:PORT][/PATH], without https://", location)
    if kind not in _KINDS:
        raise _broken("an unknown pull-from-mirror", where, "all, digest-only or tag-only", kind)
    return location.rstrip("/"), "digest-only" if digest_only else kind


def _fit(prefix: str, name: str) -> str | None:
    """The part of a name that a prefix covers; None: it does not fit. `*.example.com` covers the whole host."""
    if prefix.startswith("*."):
        host = name.partition("/")[0]
        return host if host.partition(":")[0].endswith(prefix[1:]) else None
    prefix = prefix.rstrip("/")
    return prefix if name == prefix or name.startswith(f"{prefix}/") else None


def _renamed(reference: Reference, name: str, where: str) -> Reference:
    registry, _, repository = name.partition("/")
    if not is_host(registry) or not is_repository(repository):
        raise _broken("a location that makes no image name", where, "HOST[:PORT][/PATH]", name)
    return replace(reference, registry=registry, repository=repository)


def configured(home: Path | None) -> tuple[Path, ...]:
    """The files that count; empty: there is no configuration, and every registry is asked itself."""
    return tuple(_files(home))


def _files(home: Path | None) -> Iterator[Path]:
    given = os.environ.get("CONTAINERS_REGISTRIES_CONF")
    config = os.environ.get("XDG_CONFIG_HOME")
    places = [
        *([home / NAME] if home else []),
        *([Path(given)] if given else []),
        (Path(config) if config else Path.home() / ".config") / "containers" / NAME,
        Path("/etc/containers") / NAME,
    ]
    for place in places:
        more = sorted(place.with_name(f"{NAME}.d").glob("*.conf"))
        if place.is_file() or more:
            # What is empty says nothing, and is no error: distributions ship such files.
            yield from (path for path in (place, *more) if path.is_file() and path.stat().st_size)
            return


def _tables(table: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise _broken(f"{key} is no list of tables", where, f"[[{key}]]")
    return found


def _text(table: dict[str, Any], key: str, where: str) -> str:
    found = table.get(key, "")
    if not isinstance(found, str):
        raise _broken(f"{key} is no text", where, "a text", repr(found)[:60])
    return found


def _flag(table: dict[str, Any], key: str, where: str) -> bool:
    found = table.get(key, False)
    if not isinstance(found, bool):
        raise _broken(f"{key} is neither true nor false", where, "true or false", repr(found)[:60])
    return found


def _broken(message: str, where: str, expected: str = "", found: str = "") -> MalformedInput:
    return MalformedInput(message, code="REGISTRIES_CONF", where=where, expected=expected, found=found[:200])
