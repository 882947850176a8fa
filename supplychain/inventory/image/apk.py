"""Alpine packages: the database of apk (also of Wolfi and Chainguard images).

https://wiki.alpinelinux.org/wiki/Apk_spec, "installed database". Blocks of `X:value` lines: P name, V version, A
architecture, o origin (the source package that advisories name), L licence, D needs, p provides, F folder, R file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image.interface import Found, View, root_of, unreadable
from supplychain.inventory.sbom import Gap

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._~:-]*")
_OPERATOR = re.compile(r"[<>=~]")
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    component: Component
    needs: tuple[str, ...]
    provides: tuple[str, ...]
    files: tuple[str, ...]


def read_apk(view: View) -> Found:
    """List the installed apk packages of an image."""
    packages: list[_Package] = []
    gaps: list[Gap] = []
    for path, data in view.of("apk"):
        found, lost = _read_database(path, data.decode("utf-8", "replace"), view)
        packages += found
        gaps += lost
    owned: dict[str, str] = {}
    layers: dict[str, int] = {}
    for package in packages:
        root = root_of(package.component.origin)
        owned.update((path, package.component.purl) for path in view.ownership(package.files, root=root))
    for path, _ in view.of("apk"):
        # Every layer that installs something has its own version of the database.
        for layer, data in view.versions(path):
            for package in _read_database(path, data.decode("utf-8", "replace"), view)[0]:
                layers.setdefault(package.component.purl, layer)
    return Found(components=tuple(_with_edges(packages)), gaps=tuple(gaps), layers=layers, owned=owned)


def _read_database(path: str, text: str, view: View) -> tuple[list[_Package], list[Gap]]:
    packages: list[_Package] = []
    gaps: list[Gap] = []
    text = text.replace("\r\n", "\n")
    if text and not text.endswith("\n"):
        gaps.append(unreadable(path, "the database is cut short: its last line has no end"))
    for block in text.split("\n\n"):
        if not block.strip():
            continue
        package = _package(block.strip("\n").split("\n"), path, view)
        if package is None:
            gaps.append(unreadable(path, f"an entry without a name or version: {block.strip()[:80]!r}"))
        else:
            packages.append(package)
    if len(gaps) > _SHOWN:
        gaps[_SHOWN:] = [unreadable(path, f"{len(gaps) - _SHOWN} more entries that cannot be read")]
    return packages, gaps


def _package(lines: list[str], path: str, view: View) -> _Package | None:
    # Upper and lower case differ in meaning: `P` is the name, `p` what it provides.
    fields = {line[0]: line[2:] for line in reversed(lines) if line[1:2] == ":" and line[0] not in "FR"}
    name, version = fields.get("P", ""), fields.get("V", "")
    if not _PLAIN.fullmatch(name) or not _PLAIN.fullmatch(version):
        return None
    distribution = view.distribution_of(path)
    source = fields.get("o", "")
    qualifiers = {
        "arch": fields.get("A", ""),
        "distro": distribution.label,
        "upstream": source if source != name else "",
    }
    purl = package_url("apk", name, version, namespace=distribution.id or "alpine", qualifiers=qualifiers)
    component = Component(name=name, version=version, purl=purl, licenses=_licenses(fields.get("L", "")), origin=path)
    needs = (word for word in fields.get("D", "").split() if not word.startswith("!"))
    return _Package(
        component=component,
        needs=tuple(_bare(word) for word in needs),
        provides=tuple(_bare(word) for word in fields.get("p", "").split()),
        files=tuple(_files(lines)),
    )


def _bare(word: str) -> str:
    """`so:libc.so.1=1`, `name>=2`, `name@edge` without version and repository."""
    return _OPERATOR.split(word, maxsplit=1)[0].partition("@")[0]


def _files(lines: list[str]) -> Iterator[str]:
    folder = ""
    for line in lines:
        if line.startswith("F:"):
            folder = line[2:]
        elif line.startswith("R:"):
            yield f"{folder}/{line[2:]}" if folder else line[2:]


def _licenses(text: str) -> tuple[str, ...]:
    """An SPDX expression, or, as older packages have it, names with spaces between them."""
    words = text.split()
    if {"AND", "OR", "WITH"} & set(words):
        return (" ".join(words),)
    return tuple(dict.fromkeys(words))


def _with_edges(packages: list[_Package]) -> Iterator[Component]:
    names: dict[str, str] = {}
    for package in packages:
        for name in package.provides:
            names.setdefault(name, package.component.purl)
    names.update((package.component.name, package.component.purl) for package in packages)
    for package in packages:
        found = (names.get(name) for name in package.needs)
        edges = dict.fromkeys(purl for purl in found if purl and purl != package.component.purl)
        yield replace(package.component, depends_on=tuple(edges)) if edges else package.component
