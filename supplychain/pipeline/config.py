"""`supplychain.yaml`: what a project builds, where its evidence goes, which policies judge it. All of it optional.

version: 1
name: shop                          # default: the folder's name
build:
  command: [python, -m, build, --wheel, --no-isolation]
  products: ["dist/*.whl"]          # without a build: one archive of the source
  timeout_s: 900
environments: [dev, staging, production]
exclude: ["tests/assets/**"]        # never inventoried nor scanned; part of every scan's record
trust: trust.yaml
key: /path/to/signing.pem           # default: $SUPPLYCHAIN_HOME/keys/signing.pem
store: .supplychain/store
policies: policies                  # default: the rules that come with supplychain
overrides:                          # thresholds changed against the profile; told with every decision
  production: {scan: {database_max_age_hours: 720}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supplychain.encoding import parse_yaml
from supplychain.errors import MalformedInput
from supplychain.files import MIB, read_bytes

CONFIG_NAME = "supplychain.yaml"
_FIELDS = frozenset(
    {
        "version",
        "name",
        "build",
        "environments",
        "exclude",
        "trust",
        "key",
        "store",
        "policies",
        "overrides",
        "timeouts",
    }
)
_TIMED = frozenset({"sast"})
_BUILD_FIELDS = frozenset({"command", "products", "timeout_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How the project is built."""

    command: tuple[str, ...]
    products: tuple[str, ...]
    timeout_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A project's configuration."""

    root: Path
    name: str
    build: Build | None = None
    environments: tuple[str, ...] = ("dev", "staging", "production")
    exclude: tuple[str, ...] = ()
    trust: Path
    key: Path | None = None
    store: Path
    policies: Path | None = None
    overrides: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    timeouts: Mapping[str, float] = field(default_factory=dict)
    """Stage name to seconds."""
    given: bool = False
    """Whether a configuration file was there."""

    @property
    def not_source(self) -> tuple[str, ...]:
        """Patterns of files in the tree that are products, not source."""
        return (".supplychain/*", *(self.build.products if self.build else ()))


def load_config(root: Path, path: Path | None = None) -> Config:
    """Read the configuration of a project folder; without a file, the defaults.

    Args:
        root: Project folder.
        path: Configuration file, when it is not `root/supplychain.yaml`.

    Raises:
        UsageError: A file that was named is not there.
        MalformedInput: Not YAML, an unknown field or a value of the wrong kind.
    """
    file = path or root / CONFIG_NAME
    if path is None and not file.exists():
        return Config(root=root, name=default_name(root), trust=root / "trust.yaml", store=root / ".supplychain/store")
    where = str(file)
    body = _mapping(parse_yaml(read_bytes(file, max_bytes=MIB, what="a configuration"), where=where), where, _FIELDS)
    if body.get("version") != 1:
        raise _bad(where, "the version is not supported", "version: 1", repr(body.get("version")))
    return Config(
        root=root,
        name=_name(_text(body, "name", where, default_name(root)), f"{where}: name"),
        build=_build(body["build"], f"{where}: build") if body.get("build") is not None else None,
        environments=tuple(
            _name(name, f"{where}: environments")
            for name in _texts(body, "environments", where, ("dev", "staging", "production"))
        ),
        exclude=_texts(body, "exclude", where, ()),
        trust=root / _text(body, "trust", where, "trust.yaml"),
        key=(root / Path(_text(body, "key", where, "")).expanduser()) if body.get("key") else None,
        store=root / _text(body, "store", where, ".supplychain/store"),
        policies=(root / _text(body, "policies", where, "")) if body.get("policies") else None,
        overrides=_overrides(body.get("overrides") or {}, f"{where}: overrides"),
        timeouts=_timeouts(body.get("timeouts") or {}, f"{where}: timeouts"),
        given=True,
    )


def default_name(root: Path) -> str:
    """The name of a project that gives none: that of its folder, with what no name may hold replaced."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", root.absolute().name).lstrip("._-") or "project"


def _name(text: str, where: str) -> str:
    """A name that becomes part of a path: it must stay one part, and inside."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text, re.ASCII):
        raise _bad(where, "not a name", "letters, digits, dots, dashes and underscores; at most 100", repr(text)[:80])
    return text


def _build(value: object, where: str) -> Build:
    body = _mapping(value, where, _BUILD_FIELDS)
    timeout = body.get("timeout_s", 900)
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or timeout <= 0:
        raise _bad(where, "timeout_s is no time", "seconds above 0", repr(timeout))
    command, products = _texts(body, "command", where, ()), _texts(body, "products", where, ())
    if not command or not products:
        raise _bad(
            where, "a build needs a command and products", 'command: [python, -m, build], products: ["dist/*"]', ""
        )
    return Build(command=command, products=products, timeout_s=float(timeout))


def _overrides(value: object, where: str) -> dict[str, dict[str, dict[str, Any]]]:
    good = isinstance(value, dict) and all(
        isinstance(rules, dict) and all(isinstance(values, dict) for values in rules.values())
        for rules in value.values()
    )
    if not good or not isinstance(value, dict):
        raise _bad(where, "not overrides", "environment: {rule: {threshold: value}}", repr(value)[:80])
    return value


def _timeouts(value: object, where: str) -> dict[str, float]:
    if not isinstance(value, dict) or not all(isinstance(v, (int, float)) and v > 0 for v in value.values()):
        raise _bad(where, "not time limits", "stage: seconds above 0", repr(value)[:80])
    _mapping(value, where, _TIMED)
    return {stage: float(seconds) for stage, seconds in value.items()}


def _text(body: Mapping[str, Any], name: str, where: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or (name in body and not value):
        raise _bad(where, f"{name} is no text", "text", repr(value)[:80])
    return value


def _texts(body: Mapping[str, Any], name: str, where: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = body.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise _bad(where, f"{name} is no list of text", '["…", "…"]', repr(value)[:80])
    return tuple(value)


def _mapping(value: object, where: str, allowed: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(where, "not a mapping", ", ".join(sorted(allowed)), repr(value)[:60])
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise _bad(where, f"the field {unknown[0]!r} is not known", ", ".join(sorted(allowed)), unknown[0])
    return value


def _bad(where: str, message: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="BAD_CONFIG", where=where, expected=expected, found=found)
