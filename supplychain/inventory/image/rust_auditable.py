"""Rust crates that are linked into a program, where it was built with `cargo auditable`.

https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md: a section `.dep-v0` with zlib-compressed
JSON. The section says which crates need which, which are needed only to build, and where each came from.
"""

from __future__ import annotations

import re
import zlib
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.inventory.catalogers.lock import DEVELOPMENT
from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image.elf import Elf
from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.sbom import Gap

NOTE = b"rust\0"
"""How the note that `audit_note` makes of a program begins; the JSON document follows, or nothing if it is damaged."""
SECTION = b".dep-v0"
_MAX_JSON = 8 * 1024 * 1024
_CRATE = re.compile(r"[A-Za-z0-9_-]{1,100}")
_VERSION = re.compile(r"\d[A-Za-z0-9.+-]{0,100}")


def audit_note(data: bytes) -> bytes | None:
    """The list of crates of a program; None: it has none. A list larger than 8 MiB counts as damaged."""
    elf = Elf.parse(data)
    section = elf.section(SECTION) if elf else None
    if section is None:
        return None
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(section, _MAX_JSON)
    except zlib.error:
        return NOTE
    return NOTE + text if unpacker.eof else NOTE


def read_rust(view: View) -> Found:
    """List the crates in the programs of an image."""
    components: list[Component] = []
    gaps: list[Gap] = []
    for path, note in view.of("program"):
        if note.startswith(NOTE):
            try:
                found, lost = _read_note(path, note.removeprefix(NOTE))
            except MalformedInput as error:
                found, lost = [], [unreadable(path, f"section .dep-v0: {error.message}")]
            components += found
            gaps += lost
    return Found(components=tuple(components), gaps=tuple(gaps))


def _read_note(path: str, text: bytes) -> tuple[list[Component], list[Gap]]:
    document = parse_json_object(text, where=path)
    entries = document.get("packages")
    packages = entries if isinstance(entries, list) else []
    listed = [_crate(entry) for entry in packages]
    broken = sum(1 for item in listed if item is None)
    gaps = [unreadable(path, f"section .dep-v0: {broken} entries that name no crate")] if broken else []
    if not listed:
        gaps.append(unreadable(path, "section .dep-v0 lists nothing"))
    components = []
    for entry, item in zip(packages, listed, strict=True):
        if item is None:
            continue
        name, version, purl = item
        needs = entry.get("dependencies")
        indices = [i for i in needs if isinstance(i, int) and 0 <= i < len(listed)] if isinstance(needs, list) else []
        edges = (listed[index] for index in indices)
        components.append(
            Component(
                name=name,
                version=version,
                purl=purl,
                depends_on=tuple(edge[2] for edge in edges if edge),
                origin=path,
                properties=(DEVELOPMENT,) if entry.get("kind") == "build" else (),
            )
        )
        if entry.get("source") in ("git", "registry", "local") and not entry.get("root"):
            detail = f"the crate came from: {entry['source']}"
            gaps.append(Gap(what=purl, reason="not_from_registry", detail=detail))
    return components, gaps


def _crate(entry: Any) -> tuple[str, str, str] | None:  # noqa: ANN401 - JSON from the program
    name, version = (entry.get("name"), entry.get("version")) if isinstance(entry, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    if not _CRATE.fullmatch(name) or not _VERSION.fullmatch(version):
        return None
    return name, version, package_url("cargo", name, version)
