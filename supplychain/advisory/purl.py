"""Package URLs brought to the ecosystem, name and version that OSV uses.

Runs once for each component, ten thousand times a second and more.
Distribution packages are looked up by their source package, because that is how Debian, Ubuntu and Alpine publish
advisories: the qualifier `upstream=name[@version]` names it where it differs from the binary package.
"""

from __future__ import annotations

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
        return Coordinates(ecosystem=ecosystem, names=(source,), version=source_version or version, detail=detail)
    return Coordinates(ecosystem=ecosystem, names=(purl.name,), version=version, detail=detail)
