"""yarn.lock: the format of Yarn 1, which is its own, and that of Yarn 2 and later, which is YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from supplychain.encoding import parse_json_object, parse_yaml
from supplychain.inventory.catalogers.interface import Catalogued, Source, as_table, as_text, malformed
from supplychain.inventory.catalogers.lock import Listing, Locked, integrity
from supplychain.inventory.catalogers.node import is_elsewhere
from supplychain.inventory.catalogers.python_requirements import decode

MAX_YAML = 32 * 1024 * 1024
"""Largest accepted lock file in YAML, in bytes."""
_PATTERN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^",\s][^",]*)')
_PAIR = re.compile(r'("(?:[^"\\]|\\.)*"|[^\s"]+)\s+("(?:[^"\\]|\\.)*"|\S+)')


def read_yarn(source: Source) -> Catalogued:
    """List yarn.lock of any version of Yarn."""
    text = decode(source.data, source.where)
    if not text.strip():
        raise malformed(source.where, "the lock file is empty", expected="what yarn writes, or no file at all")
    if re.search(r"^__metadata:", text, re.MULTILINE):
        return _read_berry(source)
    return _read_classic(source, text)


def _has_workspaces(source: Source) -> bool:
    """Tell whether the lock file is that of a workspace, whose members Yarn 1 does not name in it."""
    data = source.read(source.path.parent / "package.json")
    return bool(data) and bool(parse_json_object(data or b"", where="package.json").get("workspaces"))


@dataclass(slots=True)
class _Block:
    patterns: list[str]
    number: int
    fields: dict[str, str] = field(default_factory=dict)
    needs: list[tuple[str, str]] = field(default_factory=list)


def _read_classic(source: Source, text: str) -> Catalogued:
    listing = Listing(source=source, covers_below=_has_workspaces(source))
    blocks = list(_blocks(source, text))
    known = {pattern for block in blocks for pattern in block.patterns}
    names = {split_pattern(pattern)[0] for pattern in known}
    for block in blocks:
        name, wanted = split_pattern(block.patterns[0])
        if wanted.startswith("npm:"):
            name = split_pattern(wanted.removeprefix("npm:"))[0]
        if not name:
            raise malformed(f"{source.where}:{block.number}", "no package name", found=block.patterns[0])
        resolved = block.fields.get("resolved", "")
        location = resolved if is_elsewhere(resolved) else wanted if is_elsewhere(wanted) and not resolved else ""
        needs = tuple(f"{need}@{spec}" for need, spec in block.needs)
        listing.entries += [
            Locked(
                kind="npm",
                name=name,
                version=block.fields.get("version"),
                key=pattern,
                hashes=integrity(block.fields.get("integrity")),
                needs=needs,
                elsewhere=location,
            )
            for pattern in block.patterns
        ]
        # A `resolutions` override renames the wanted range, so only a name that is nowhere is really missing.
        for need, spec in block.needs:
            if f"{need}@{spec}" not in known and need not in names:
                listing.gap(need, "no_version", f"{name} needs it, but the lock file does not list it")
    return listing.catalogued()


def _blocks(source: Source, text: str) -> Iterator[_Block]:
    block: _Block | None = None
    in_needs = False
    for number, line in enumerate(text.splitlines(), 1):
        body = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if not body or body.startswith("#"):
            continue
        if not (body.endswith(":") if indent == 0 else block):
            raise malformed(f"{source.where}:{number}", "not a yarn.lock", expected="a package line", found=body)
        if indent == 0:
            yield from (block,) if block else ()
            block, in_needs = _Block(patterns=_patterns(body), number=number), False
        elif block and indent == 2 and body.endswith(":"):
            in_needs = body in ("dependencies:", "optionalDependencies:")
        elif block:
            _field(source, block, number, body, in_needs and indent > 2)
    yield from (block,) if block else ()


def _patterns(body: str) -> list[str]:
    found = (match.group(1) if match.group(1) is not None else match.group(2) for match in _PATTERN.finditer(body[:-1]))
    return [pattern.strip() for pattern in found] or [""]


def _field(source: Source, block: _Block, number: int, body: str, is_need: bool) -> None:
    pair = _PAIR.fullmatch(body)
    if not pair:
        raise malformed(f"{source.where}:{number}", "the line is cut short", expected="a name and a value", found=body)
    name, value = (part.strip('"') for part in pair.groups())
    if is_need:
        block.needs.append((name, value))
    else:
        block.fields.setdefault(name, value)


def split_pattern(pattern: str) -> tuple[str, str]:
    """`@scope/name@^1.0` into name and range."""
    at = pattern.find("@", 1)
    return (pattern[:at], pattern[at + 1 :]) if at > 0 else (pattern, "")


def _read_berry(source: Source) -> Catalogued:
    document = as_table(parse_yaml(source.data, where=source.where, max_bytes=MAX_YAML), source.where)
    listing = Listing(source=source)
    asked: set[str] = set()
    for key, value in document.items():
        if key != "__metadata":
            _berry_entry(listing, key, as_table(value, f"{source.where}: {key}"), asked)
    listing.entries = [replace(e, direct=e.key in asked if listing.folders else None) for e in listing.entries]
    return listing.catalogued()


def _berry_entry(listing: Listing, key: str, entry: Mapping[str, Any], asked: set[str]) -> None:
    place = f"{listing.source.where}: {key}"
    name, resolved = split_pattern(as_text(entry.get("resolution"), f"{place}.resolution"))
    if resolved.startswith(("workspace:", "link:", "portal:")):
        path = resolved.partition(":")[2].split("::", 1)[0]
        if listing.is_project("npm", name, path):
            asked |= set(_berry_needs(entry, place))
            return
    protocol = resolved.split(":", 1)[0]
    location = "" if protocol in ("npm", "patch") else resolved
    version = str(entry.get("version") or "")
    for pattern in key.split(", "):
        listing.entries.append(
            Locked(
                kind="npm",
                name=as_text(name, place),
                version=None if version in ("", "0.0.0-use.local") else version,
                key=pattern.strip(),
                needs=_berry_needs(entry, place),
                elsewhere=location,
            )
        )


def _berry_needs(entry: Mapping[str, Any], place: str) -> tuple[str, ...]:
    needs = as_table(entry.get("dependencies"), f"{place}.dependencies")
    return tuple(f"{need}@{_with_protocol(str(spec))}" for need, spec in needs.items())


def _with_protocol(spec: str) -> str:
    """Keys of Yarn 2 and 3 name the protocol that their dependency lists leave out."""
    return spec if re.match(r"[a-z+]+:", spec) else f"npm:{spec}"
