"""Licences of listed components, told by what is installed or vendored in the same tree.

Lock files of Python, Go, yarn, pnpm and bun name no licences. `node_modules/` and Go's `vendor/` beside them do; so may
another inventory, for example that of the environment. Only the same package at the same version answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from supplychain.encoding import parse_json
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.inventory.license_files import EVIDENCE, license_of_texts
from supplychain.inventory.sbom import Sbom

Read = Callable[[PurePosixPath], bytes | None]
"""A file of the tree by its path relative to the root; None: not there, or outside."""
_LICENSES = ("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE", "COPYING", "COPYING.md", "LICENSE.MIT", "LICENSE-MIT")


def with_installed(components: Sequence[Component], read: Read) -> tuple[Component, ...]:
    """Add what `node_modules` and `vendor` beside each lock file say about components that have no licence."""
    looks = {"pkg:npm/": _of_module, "pkg:golang/": _of_vendored}
    folders = {PurePosixPath(part.origin).parent for part in components if part.purl.startswith(tuple(looks))}
    vendored = {folder: _vendored(read, folder) for folder in folders}
    completed = []
    for part in components:
        look = next((look for start, look in looks.items() if part.purl.startswith(start)), None)
        folder = PurePosixPath(part.origin).parent
        told = look(part, folder, read, vendored.get(folder, {})) if look and not part.licenses else None
        completed.append(part if told is None else _with(part, *told))
    return tuple(completed)


def with_licenses_of(sbom: Sbom, others: Iterable[Sbom]) -> Sbom:
    """Add the licences that other inventories state for the same packages at the same versions; the first wins."""
    known: dict[str, tuple[str, ...]] = {}
    for other in others:
        for part in other.components:
            if part.licenses and part.version:
                known.setdefault(_plain(part.purl), part.licenses)
    components = tuple(
        part if part.licenses else replace(part, licenses=known.get(_plain(part.purl), ())) for part in sbom.components
    )
    return replace(sbom, components=components)


def _plain(purl: str) -> str:
    return purl.split("#", 1)[0].split("?", 1)[0]


def _with(part: Component, licenses: tuple[str, ...], file: PurePosixPath) -> Component:
    return replace(part, licenses=licenses, properties=(*part.properties, (EVIDENCE, str(file))))


def _of_module(
    part: Component, folder: PurePosixPath, read: Read, _: object
) -> tuple[tuple[str, ...], PurePosixPath] | None:
    path = folder / "node_modules" / part.name / "package.json"
    data = None if ".." in path.parts else read(path)
    if data is None:
        return None
    try:
        manifest = parse_json(data, where=str(path))
    except MalformedInput:
        return None
    if not isinstance(manifest, dict) or manifest.get("version") != part.version:
        return None
    stated = manifest.get("license")
    text = stated.get("type") if isinstance(stated, dict) else stated
    return ((text,), path) if isinstance(text, str) and text else None


def _of_vendored(
    part: Component, folder: PurePosixPath, read: Read, vendored: dict[str, str]
) -> tuple[tuple[str, ...], PurePosixPath] | None:
    if vendored.get(part.name) != part.version:
        return None
    place = folder / "vendor" / part.name
    found = {name: data for name in _LICENSES if ".." not in place.parts and (data := read(place / name)) is not None}
    expression = license_of_texts(data.decode("utf-8", "replace") for data in found.values())
    return ((expression,), place / next(iter(found))) if expression else None


def _vendored(read: Read, folder: PurePosixPath) -> dict[str, str]:
    """Module to version of `vendor/modules.txt` (https://go.dev/ref/mod#go-mod-vendor); empty: nothing is vendored."""
    data = read(folder / "vendor" / "modules.txt") or b""
    lines = (line.split() for line in data.decode("utf-8", "replace").splitlines() if line.startswith("# "))
    return {words[1]: words[2] for words in lines if len(words) >= 3 and words[2].startswith("v")}
