"""Package URLs brought to the ecosystem, name and version that OSV uses.

Runs once for each component, ten thousand times a second and more.
Distribution packages are looked up by their source package, because that is how Debian, Ubuntu and Alpine publish
advisories: the qualifier `upstream=name[@version]` names it where it differs from the binary package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from supplychain.advisory.distribution import release_of
from supplychain.advisory.ecosystem import normal_name
from supplychain.inventory.purl import Purl, parse_purl


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """Where to look a component up."""

    ecosystem: str | None
    """As OSV spells it, release included, in the one spelling of `ecosystem`; None: advisories have no name for it."""
    names: tuple[str, ...]
    """Package names to look up, as the ecosystem compares them."""
    version: str | None
    detail: str = ""
    """Why there is no ecosystem."""
    installed: str | None = None
    """The version of the component itself, where advisories speak of another: that of its source package."""


def coordinates_of(text: str) -> Coordinates:
    """The ecosystem, names and version to look up for a package URL. Raises as `parse_purl`."""
    purl = parse_purl(text)
    if purl.type in ("deb", "apk", "rpm"):
        return _distribution(purl)
    known = _LANGUAGES.get(purl.type)
    if known is None:
        return Coordinates(
            ecosystem=None, names=(), version=purl.version, detail=f"no advisories are published for pkg:{purl.type}"
        )
    ecosystem, separator = known
    name = f"{purl.namespace}{separator}{purl.name}" if purl.namespace and separator else purl.name
    version = _go_release(purl.version) if ecosystem == "Go" and name in _GO_ITSELF else purl.version
    names = tuple(normal_name(ecosystem, _GO_ITSELF.get(name, name)) for name in (name,))
    return Coordinates(ecosystem=ecosystem, names=names, version=version)


_LANGUAGES: dict[str, tuple[str, str]] = {
    "bioconductor": ("Bioconductor", ""),
    "bitnami": ("Bitnami", ""),
    "cargo": ("crates.io", ""),
    "composer": ("Packagist", "/"),
    "conan": ("ConanCenter", ""),
    "cran": ("CRAN", ""),
    "gem": ("RubyGems", ""),
    "githubactions": ("GitHub Actions", "/"),
    "golang": ("Go", "/"),
    "hackage": ("Hackage", ""),
    "hex": ("Hex", ""),
    "julia": ("Julia", ""),
    "maven": ("Maven", ":"),
    "npm": ("npm", "/"),
    "nuget": ("NuGet", ""),
    "opam": ("opam", ""),
    "pub": ("Pub", ""),
    "pypi": ("PyPI", ""),
    "swift": ("SwiftURL", "/"),
    "vscode-extension": ("VSCode", "/"),
}
"""purl type to OSV ecosystem and to what stands between namespace and name there ("": no namespace)."""

_GO_ITSELF = {"stdlib": "stdlib", "std": "stdlib", "toolchain": "toolchain"}
"""Go's own packages, which are versioned by Go releases."""


def _go_release(version: str | None) -> str | None:
    """`go1.22rc1` as Semantic Versioning writes it: `1.22.0-rc.1`."""
    if version is None:
        return None
    plain = version.removeprefix("go").partition(" ")[0]
    for word in ("rc", "beta"):
        number, found, count = plain.partition(word)
        if found and count.isdigit() and number.count(".") <= 2 and not number.endswith(("-", ".")):
            return f"{number}{'.0' * (2 - number.count('.'))}-{word}.{count}"
    return plain


def _distribution(purl: Purl) -> Coordinates:
    version = purl.version
    epoch = purl.qualifiers.get("epoch", "")
    if version and epoch and ":" not in version:
        version = f"{epoch}:{version}"
    ecosystem, detail = release_of(purl.type, purl.namespace.lower(), purl.qualifiers.get("distro", ""))
    source, _, source_version = purl.qualifiers.get("upstream", "").partition("@")
    if purl.type == "rpm":
        # Some rpm distributions publish by binary name, some by source name: `openssl-1.1.1k-6.el8.src.rpm`.
        source = source.rsplit("-", 2)[0] if source.endswith(".rpm") else source
        names = tuple(dict.fromkeys(name for name in (purl.name, source) if name))
        return Coordinates(ecosystem=ecosystem, names=names, version=version, detail=detail)
    if source:
        installed = version if source_version and version != source_version else None
        looked_up = source_version or version
        return Coordinates(ecosystem=ecosystem, names=(source,), version=looked_up, detail=detail, installed=installed)
    return Coordinates(ecosystem=ecosystem, names=(purl.name,), version=version, detail=detail)


_REBUILT = re.compile(r"\+b\d+$")


def own_version(installed: str, source: str, target: str) -> str | None:
    """The version of a binary package that belongs to another version of its source package.

    Most differ by the epoch alone (bsdutils 1:2.38.1-5 of util-linux 2.38.1-5) or by a rebuild (1.2-3+b1 of 1.2-3),
    which a later version begins anew. Some are numbered on their own (gcc 4:12.2.0-3 of gcc-defaults 1.203).

    Args:
        installed: Of the binary package.
        source: Of its source package.
        target: Another version of the source package.

    Returns:
        The version as the binary package will have it; None: it does not follow.
    """
    epoch, number = _epoch(_REBUILT.sub("", installed))
    source_epoch, source_number = _epoch(source)
    if number != source_number:
        return None
    target_epoch, target_number = _epoch(target)
    # Where both begin with the same epoch, it is the source's to change.
    begin = target_epoch if epoch == source_epoch else epoch
    return f"{begin}:{target_number}" if begin else target_number


def _epoch(version: str) -> tuple[str, str]:
    epoch, colon, rest = version.partition(":")
    return (epoch, rest) if colon and epoch.isdigit() else ("", version)
