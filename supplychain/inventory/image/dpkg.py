"""Debian packages: the database of dpkg, whole (`status`) or in pieces as distroless images have it (`status.d`).

deb-control(5) and deb-src-control(5) describe the fields, dpkg(1) the states. Advisories name source packages, so the
purl's `upstream` names the source, with its version where the two differ (a rebuild: `1.2-3+b1` of source `1.2-3`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from supplychain.inventory.component import Component, package_url
from supplychain.inventory.image.debian_copyright import licenses_of
from supplychain.inventory.image.interface import Found, View, root_of, unreadable
from supplychain.inventory.sbom import Gap

_FIELDS = re.compile(
    r"^(Package|Status|Version|Architecture|Source|Depends|Pre-Depends|Provides)[ \t]*:[ \t]*"
    r"([^\n]*(?:\n[ \t][^\n]*)*)",
    re.MULTILINE | re.IGNORECASE,
)
_NAMED = re.compile(rb"^Package[ \t]*:[ \t]*([^\s]+)", re.MULTILINE | re.IGNORECASE)
_STANZA = re.compile(r"\n(?:[ \t]*\n)+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_VERSION = re.compile(r"[A-Za-z0-9.+~:_-]+")
_SOURCE = re.compile(r"(?P<name>[^\s(]+)(?:\s*\((?P<version>[^)\s]+)\))?")
_CONSTRAINT = re.compile(r"\([^)]*\)|\[[^\]]*\]|<[^>]*>")
_ABSENT = frozenset({"not-installed", "config-files"})
"""States in which no file of the program is there."""
_SHOWN = 20
_JOURNAL = "/updates/"
_INFO = "/info/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Package:
    component: Component
    arch: str
    needs: tuple[tuple[str, ...], ...]
    """Each needs one of the names in it."""
    provides: tuple[str, ...]


def read_dpkg(view: View) -> Found:
    """List the installed Debian packages of an image."""
    packages: list[_Package] = []
    gaps: list[Gap] = []
    for path, data in view.of("dpkg"):
        found, lost = _read_database(path, data, view)
        packages += found
        gaps += lost
    packages = _current(packages)
    gaps += _orphans(view)
    owned: dict[str, str] = {}
    layers: dict[str, int] = {}
    for package in packages:
        _place(package, view, layers, owned)
    for path in dict.fromkeys(p.component.origin for p in packages if p.component.purl not in layers):
        # Slimmed images have no lists; then the first layer whose database names the package brought it.
        for layer, data in view.versions(path):
            for package in _read_database(path, data, view)[0]:
                layers.setdefault(package.component.purl, layer)
    return Found(components=tuple(_with_edges(packages)), gaps=tuple(gaps), layers=layers, owned=owned)


def _read_database(path: str, data: bytes, view: View) -> tuple[list[_Package], list[Gap]]:
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    packages: list[_Package] = []
    gaps: list[Gap] = []
    whole = "status.d/" in path
    if not whole and text and not text.endswith("\n"):
        gaps.append(unreadable(path, "the database is cut short: its last line has no end"))
    for stanza in filter(str.strip, _STANZA.split(text)):
        package, lost = _read_entry(stanza, path, view)
        packages += [package] if package else []
        gaps += lost
    if len(gaps) > _SHOWN:
        gaps[_SHOWN:] = [unreadable(path, f"{len(gaps) - _SHOWN} more entries that cannot be read")]
    return packages, gaps


def _read_entry(stanza: str, path: str, view: View) -> tuple[_Package | None, list[Gap]]:
    """The package of one entry of the database, if it is installed, and what is wrong with the entry."""
    entries = _FIELDS.findall(stanza)
    fields = {name.lower(): value.strip() for name, value in reversed(entries)}
    gaps: list[Gap] = []
    if len(fields) < len(entries):
        # dpkg refuses a second field of a name. Two packages without a line between them look like that.
        gaps.append(unreadable(path, f"an entry has a field twice: {stanza.strip()[:80]!r}"))
    state = fields.get("status", "install ok installed").split()[-1:]
    if not state:
        gaps.append(unreadable(path, f"an entry without a state: {stanza[:60]!r}"))
    if not state or state[0] in _ABSENT:
        return None, gaps
    name, version = fields.get("package", ""), fields.get("version", "")
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        gaps.append(unreadable(path, f"an installed package without a name or version: {stanza.strip()[:80]!r}"))
    elif state[0] == "half-installed":
        gaps.append(unreadable(path, f"{name} {version} is half installed: which of its files are there is unknown"))
    else:
        return _package(fields, path, view), gaps
    return None, gaps


def _folder(origin: str) -> str:
    """`var/lib/dpkg` of any file in it."""
    return re.split(r"/(?:status(?:\.d/.*)?|updates/.*)$", origin, maxsplit=1)[0]


def _current(packages: list[_Package]) -> list[_Package]:
    """What the journal (`updates/0001`) says of a package replaces what `status` says, as dpkg reads them."""
    newer = {_key(package) for package in packages if _JOURNAL in package.component.origin}
    return [p for p in packages if _JOURNAL in p.component.origin or _key(p) not in newer] if newer else packages


def _key(package: _Package) -> tuple[str, str, str]:
    return _folder(package.component.origin), package.component.name, package.arch


def _orphans(view: View) -> Iterator[Gap]:
    """Lists of files of packages that the database does not name: somebody took them out of it by hand."""
    named = {
        (_folder(path), name.decode("utf-8", "replace"))
        for path, data in view.of("dpkg")
        for name in _NAMED.findall(data)
    }
    lists = (path for path in view.kinds.get("dpkg-list", ()) if path.endswith(".list"))
    parts = ((path, *path.removesuffix(".list").rsplit(_INFO, 1)) for path in lists)
    found = [
        (name.partition(":")[0], path) for path, folder, name in parts if (folder, name.partition(":")[0]) not in named
    ]
    for name, path in found[:_SHOWN]:
        yield unreadable(path, f"it lists the files of {name}, which the database of dpkg does not name")
    if len(found) > _SHOWN:
        yield unreadable(found[0][1], f"{len(found) - _SHOWN} more packages that the database of dpkg does not name")


def _package(fields: dict[str, str], path: str, view: View) -> _Package:
    name, version, arch = fields["package"], fields["version"], fields.get("architecture", "")
    distribution = view.distribution_of(path)
    qualifiers = {"arch": arch, "distro": distribution.label, "upstream": _upstream(fields.get("source", ""), version)}
    opkg = "opkg" in path
    namespace = "" if opkg else distribution.id or "debian"
    component = Component(
        name=name,
        version=version,
        purl=package_url("opkg" if opkg else "deb", name, version, namespace=namespace, qualifiers=qualifiers),
        licenses=_licenses(f"{root_of(path)}usr/share/doc/{name}/copyright", view),
        origin=path,
    )
    needs = (fields.get(key, "") for key in ("pre-depends", "depends"))
    return _Package(
        component=component,
        arch=arch,
        needs=tuple(clause for text in needs for clause in _clauses(text)),
        provides=tuple(name for clause in _clauses(fields.get("provides", "")) for name in clause),
    )


def _upstream(source: str, version: str) -> str:
    match = _SOURCE.match(source)
    if not match:
        return ""
    stated = match["version"]
    return f"{match['name']}@{stated}" if stated and stated != version else match["name"]


def _clauses(text: str) -> Iterator[tuple[str, ...]]:
    """`a (>= 1) | b:any, c` as names: `(a, b)`, `(c)`."""
    if not text:
        return
    for clause in _CONSTRAINT.sub("", text).split(","):
        names = tuple(name.strip().partition(":")[0] for name in clause.split("|"))
        if names != ("",):
            yield names


def _licenses(path: str, view: View) -> tuple[str, ...]:
    data = view.read(path)
    return licenses_of(data) if data else ()


def _place(package: _Package, view: View, layers: dict[str, int], owned: dict[str, str]) -> None:
    """Which layer brought a package shows in the list of its files: the database itself changes with every package."""
    purl, name, origin = package.component.purl, package.component.name, package.component.origin
    stem = _folder(origin) + _INFO
    lists = (f"{stem}{name}:{package.arch}.list", f"{stem}{name}.list", f"{origin}.md5sums")
    listed = next((path for path in lists if path in view.files), None)
    if listed is None:
        return
    layers[purl] = view.files[listed].layer
    for path in view.ownership(_listed_files(view.files[listed].data or b""), root=root_of(origin)):
        owned[path] = purl


def _listed_files(data: bytes) -> list[str]:
    """Paths of a `.list` file (`/usr/bin/x`) or of an `md5sums` file (`<digest>  usr/bin/x`), without a leading `/`."""
    lines = data.decode("utf-8", "replace").splitlines()
    return [line[1:] if line.startswith("/") else line.partition("  ")[2] for line in lines]


def _with_edges(packages: list[_Package]) -> Iterator[Component]:
    by_name: dict[str, list[_Package]] = {}
    virtual: dict[str, list[_Package]] = {}
    for package in packages:
        by_name.setdefault(package.component.name, []).append(package)
        for name in package.provides:
            virtual.setdefault(name, []).append(package)
    for package in packages:
        chosen = (_chosen(clause, package, by_name, virtual) for clause in package.needs)
        edges = dict.fromkeys(purl for purl in chosen if purl)
        yield replace(package.component, depends_on=tuple(edges)) if edges else package.component


def _chosen(
    clause: Iterable[str], package: _Package, by_name: dict[str, list[_Package]], virtual: dict[str, list[_Package]]
) -> str | None:
    """The installed package that satisfies a need: the first alternative that is there, best of the same architecture.

    A package that provides what it needs itself needs no other.
    """
    for name in clause:
        candidates = by_name.get(name) or virtual.get(name)
        if candidates:
            best = next((other for other in candidates if other.arch == package.arch), candidates[0])
            return best.component.purl if best is not package else None
    return None
