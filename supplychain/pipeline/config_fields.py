"""The parts of `supplychain.yaml`: what a field may hold, and how a wrong one is told (`BAD_CONFIG`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.errors import MalformedInput, UsageError
from supplychain.inventory.target import DocumentTarget, EnvironmentTarget
from supplychain.store.place import Place, parse_place

_TIMED = frozenset({"sast", "policy"})
SCANS = ("dependencies", "sast", "licenses", "secrets")
"""The scans `run` can do; the first two unless others are named."""
_BUILD_FIELDS = frozenset({"command", "products", "timeout_s", "step"})
_QUALITY_FIELDS = frozenset({"reports", "format", "baseline"})
POLICIES_FIELDS = frozenset({"from", "digest", "signed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How the project is built."""

    command: tuple[str, ...]
    products: tuple[str, ...]
    timeout_s: float = 900.0
    step: str = ""
    """What layouts call it; empty: `run` signs no link for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Reports that `run` reads and attests."""

    reports: tuple[str, ...]
    """Patterns of files in the project."""
    format_: str = ""
    """Empty: told by the content."""
    baseline: str = ""
    """A file of benchmarks to compare with."""


def name_in(text: str, where: str) -> str:
    """A name that becomes part of a path: it must stay one part, and inside."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text, re.ASCII):
        raise bad(where, "not a name", "letters, digits, dots, dashes and underscores; at most 100", repr(text)[:80])
    return text


def store_in(text: str, root: Path, where: str) -> Place:
    """A store: a folder, or `oci:HOST/REPO`."""
    try:
        return parse_place(text, base=root)
    except UsageError as error:
        raise bad(where, error.message, error.expected, error.where) from None


def build_in(value: object, where: str) -> Build:
    """How the project is built."""
    body = mapping_of(value, where, _BUILD_FIELDS)
    timeout = body.get("timeout_s", 900)
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or timeout <= 0:
        raise bad(where, "timeout_s is no time", "seconds above 0", repr(timeout))
    command, products = texts_of(body, "command", where, ()), texts_of(body, "products", where, ())
    if not command or not products:
        raise bad(
            where, "a build needs a command and products", 'command: [python, -m, build], products: ["dist/*"]', ""
        )
    step = name_in(text_of(body, "step", where, ""), f"{where}: step") if "step" in body else ""
    return Build(command=command, products=products, timeout_s=float(timeout), step=step)


def scans_in(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """The scans of a run, each once."""
    unknown = [name for name in names if name not in SCANS]
    if unknown or not names:
        raise bad(where, "not the scans of a run", ", ".join(SCANS), ", ".join(unknown) or "none")
    return tuple(dict.fromkeys(names))


def inventories_in(texts: tuple[str, ...], root: Path, where: str) -> tuple[DocumentTarget | EnvironmentTarget, ...]:
    """Inventories by `env:PYTHON` and `sbom:FILE`, relative to the project."""
    found: list[DocumentTarget | EnvironmentTarget] = []
    for text in texts:
        kind, _, path = text.partition(":")
        if kind not in ("env", "sbom") or not path:
            raise bad(where, "not an inventory that knows licences", "env:PYTHON or sbom:FILE", text[:80])
        place = root / Path(path).expanduser()
        found.append(EnvironmentTarget(python=place) if kind == "env" else DocumentTarget(path=place))
    return tuple(found)


def quality_in(value: object, where: str) -> tuple[Quality, ...]:
    """Reports of tests and tools."""
    if not isinstance(value, list):
        raise bad(where, "quality is no list", '- reports: ["reports/*.xml"]', repr(value)[:80])
    found = []
    for i, item in enumerate(value):
        place = f"{where}[{i}]"
        body = mapping_of(item, place, _QUALITY_FIELDS)
        reports = texts_of(body, "reports", place, ())
        if not reports or any(Path(pattern).is_absolute() or ".." in Path(pattern).parts for pattern in reports):
            raise bad(place, "reports are no patterns inside the project", '["reports/*.xml"]', repr(reports)[:80])
        format_, baseline = text_of(body, "format", place, ""), text_of(body, "baseline", place, "")
        found.append(Quality(reports=reports, format_=format_, baseline=baseline))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPlace:
    """Where the rules and profiles come from, and what they must show."""

    source: Path | str
    """A folder or a `.tar.gz`; a text: `oci:HOST/REPO[:TAG][@DIGEST]`."""
    digest: str = ""
    """The only digest accepted, as `policy check` tells it; empty: any."""
    signed: bool = False
    """Whether somebody whom the trust file lets claim `policy` must have signed them."""

    @staticmethod
    def parse(text: str, *, base: Path = Path(), digest: str = "", signed: bool = False) -> PolicyPlace:
        """Read where policies are, as a person writes it; a relative path starts at `base`."""
        source = text if text.startswith("oci:") else base / Path(text).expanduser()
        return PolicyPlace(source=source, digest=digest, signed=signed)


def policies_in(value: object, root: Path, where: str) -> PolicyPlace | None:
    """Read `policies`: a place, or `{from, digest, signed}`."""
    if not value:
        return None
    body = {"from": value} if isinstance(value, str) else mapping_of(value, where, POLICIES_FIELDS)
    signed, digest = body.get("signed", False), text_of(body, "digest", where, "") if "digest" in body else ""
    if not body.get("from") or not isinstance(signed, bool):
        raise bad(where, "not a place of policies", "from: FOLDER, FILE.tar.gz or oci:…, signed: true or false", "")
    if digest and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
        raise bad(where, "digest is no digest", "sha256:<64 hexadecimal digits>", digest[:80])
    return PolicyPlace.parse(text_of(body, "from", where, ""), base=root, digest=digest, signed=signed)


def overrides_in(value: object, ladder: tuple[str, ...], where: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Thresholds by environment and rule. One that is misspelt would change nothing, silently."""
    good = isinstance(value, dict) and all(
        isinstance(rules, dict) and all(isinstance(values, dict) for values in rules.values())
        for rules in value.values()
    )
    if not good or not isinstance(value, dict):
        raise bad(where, "not overrides", "environment: {rule: {threshold: value}}", repr(value)[:80])
    for name in value:
        if name not in ladder:
            raise bad(
                where, "overrides of an environment that is not on the ladder", " → ".join(ladder), repr(name)[:80]
            )
    return value


def timeouts_in(value: object, where: str) -> dict[str, float]:
    """Seconds by stage."""
    if not isinstance(value, dict) or not all(isinstance(v, (int, float)) and v > 0 for v in value.values()):
        raise bad(where, "not time limits", "stage: seconds above 0", repr(value)[:80])
    mapping_of(value, where, _TIMED)
    return {stage: float(seconds) for stage, seconds in value.items()}


def text_of(body: Mapping[str, Any], name: str, where: str, default: str) -> str:
    """A field that is a text and not empty."""
    value = body.get(name, default)
    if not isinstance(value, str) or (name in body and not value):
        raise bad(where, f"{name} is no text", "text", repr(value)[:80])
    return value


def texts_of(body: Mapping[str, Any], name: str, where: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """A field that is a list of texts, none of them empty."""
    value = body.get(name, list(default))
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise bad(where, f"{name} is no list of text", '["…", "…"]', repr(value)[:80])
    return tuple(value)


def mapping_of(value: object, where: str, allowed: frozenset[str]) -> dict[str, Any]:
    """A mapping with no other than these fields."""
    if not isinstance(value, dict):
        raise bad(where, "not a mapping", ", ".join(sorted(allowed)), repr(value)[:60])
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise bad(where, f"the field {unknown[0]!r} is not known", ", ".join(sorted(allowed)), unknown[0])
    return value


def bad(where: str, message: str, expected: str, found: str) -> MalformedInput:
    """The error for a field that is not what it may be."""
    return MalformedInput(message, code="BAD_CONFIG", where=where, expected=expected, found=found)
