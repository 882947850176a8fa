"""RPM packages: the database of rpm, in any of the forms `rpm_storage` reads.

Advisories of some distributions name source packages, of others binary ones; the purl has both (`upstream` is the name
of the source rpm, as syft and the purl specification write it) and the epoch as a qualifier of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image import rpm_header as tag
from supplychain.inventory.image.interface import Found, View, root_of, unreadable
from supplychain.inventory.image.rpm_header import Tags, numbers, parse_header, text, texts
from supplychain.inventory.image.rpm_storage import headers
from supplychain.inventory.sbom import Gap

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._~^:-]*")
_NAMESPACES = {"rhel": "redhat", "opensuse-leap": "opensuse", "opensuse-tumbleweed": "opensuse"}
"""Identifiers of os-release that package URLs write otherwise."""
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    component: Component
    needs: tuple[str, ...]
    provides: tuple[str, ...]
    files: tuple[str, ...]


def read_rpm(view: View) -> Found:
    """List the installed rpm packages of an image."""
    packages: list[_Package] = []
    gaps: list[Gap] = []
    owned: dict[str, str] = {}
    layers: dict[str, int] = {}
    for path, data in view.of("rpm"):
        if path.endswith("-wal"):
            continue
        found, lost = _read_database(path, data, view.read(f"{path}-wal") or b"", view)
        packages += found
        gaps += lost
        # Every layer that installs something has its own version of the database.
        for layer, older in view.versions(path)[:-1]:
            for package in _read_database(path, older, b"", view)[0]:
                layers.setdefault(package.component.purl, layer)
    for package in packages:
        root = root_of(package.component.origin)
        owned.update((path, package.component.purl) for path in view.ownership(package.files, root=root))
    return Found(components=tuple(_with_edges(packages)), gaps=tuple(gaps), layers=layers, owned=owned)


def _read_database(path: str, data: bytes, log: bytes, view: View) -> tuple[list[_Package], list[Gap]]:
    packages: list[_Package] = []
    gaps: list[Gap] = []
    try:
        for blob in headers(data, log):
            try:
                package = _package(parse_header(blob), path, view)
            except ValueError as error:
                gaps.append(unreadable(path, f"a package whose header cannot be read: {error}"))
                continue
            if package is None:
                gaps.append(unreadable(path, "a package without a name or version"))
            else:
                packages.append(package)
    except ValueError as error:
        gaps.append(Gap(what=path, reason="unsupported_file", detail=str(error)[:200]))
    if len(gaps) > _SHOWN:
        gaps[_SHOWN:] = [unreadable(path, f"{len(gaps) - _SHOWN} more packages that cannot be read")]
    return packages, gaps


def _package(tags: Tags, path: str, view: View) -> _Package | None:
    name, version, release = text(tags, tag.NAME), text(tags, tag.VERSION), text(tags, tag.RELEASE)
    if not all(_PLAIN.fullmatch(part) for part in (name, version, release)):
        return None
    distribution = view.distribution_of(path)
    epoch = next(iter(numbers(tags, tag.EPOCH)), 0)
    source = text(tags, tag.SOURCE)
    qualifiers = {
        "arch": text(tags, tag.ARCH),
        "distro": distribution.label,
        "epoch": str(epoch) if epoch else "",
        "upstream": source if source != "(none)" else "",
    }
    namespace = _NAMESPACES.get(distribution.id, distribution.id)
    full = f"{version}-{release}"
    license_text = text(tags, tag.LICENSE)
    component = Component(
        name=name,
        version=full,
        purl=package_url("rpm", name, full, namespace=namespace, qualifiers=qualifiers),
        licenses=(license_text,) if license_text and license_text != "pubkey" else (),
        origin=path,
    )
    return _Package(
        component=component,
        needs=tuple(word for word in texts(tags, tag.REQUIRES) if not word.startswith("rpmlib(")),
        provides=tuple(texts(tags, tag.PROVIDES)),
        files=tuple(_files(tags)),
    )


def _files(tags: Tags) -> Iterator[str]:
    """Paths without a leading `/`; old packages have them whole, others as folders and names."""
    folders, names = texts(tags, tag.FOLDERS), texts(tags, tag.FILE_NAMES)
    for index, name in zip(numbers(tags, tag.FOLDER_INDEX), names, strict=False):
        if 0 <= index < len(folders):
            yield f"{folders[index]}{name}".lstrip("/")
    for path in texts(tags, tag.OLD_FILES):
        yield path.lstrip("/")


def _with_edges(packages: list[_Package]) -> Iterator[Component]:
    providers: dict[str, str] = {}
    for package in packages:
        for name in package.provides:
            providers.setdefault(name, package.component.purl)
    wanted = {word for package in packages for word in package.needs if word.startswith("/")}
    for package in packages:
        for path in package.files if wanted else ():
            if f"/{path}" in wanted:
                providers.setdefault(f"/{path}", package.component.purl)
    for package in packages:
        found = (providers.get(word) for word in package.needs)
        edges = dict.fromkeys(purl for purl in found if purl and purl != package.component.purl)
        yield replace(package.component, depends_on=tuple(edges)) if edges else package.component
