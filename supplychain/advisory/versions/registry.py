"""Which order an ecosystem uses: one line each, named as OSV names them (https://ossf.github.io/osv-schema/#defined-ecosystems)."""

from __future__ import annotations

from supplychain.advisory.versions.alpine import Alpine
from supplychain.advisory.versions.debian import Debian
from supplychain.advisory.versions.dotted import Cran, Hackage
from supplychain.advisory.versions.maven import Maven
from supplychain.advisory.versions.order import VersionOrder
from supplychain.advisory.versions.packagist import Packagist
from supplychain.advisory.versions.pypi import PyPI
from supplychain.advisory.versions.rpm import Rpm
from supplychain.advisory.versions.rubygems import RubyGems
from supplychain.advisory.versions.semver import NuGet, Pub, SemVer

SEMVER = SemVer()
"""The order of every range of type SEMVER, whatever the ecosystem."""
_APK, _DEB, _RPM = Alpine(), Debian(), Rpm()

ORDERS: dict[str, VersionOrder] = {
    "AlmaLinux": _RPM,
    "Alpaquita": _APK,
    "Alpine": _APK,
    "Azure Linux": _RPM,
    "BellSoft Hardened Containers": _APK,
    "Bioconductor": SEMVER,
    "Bitnami": SEMVER,
    "CRAN": Cran(),
    "Chainguard": _APK,
    "CleanStart": _APK,
    "ConanCenter": SEMVER,
    "Debian": _DEB,
    "Echo": _DEB,
    "GHC": SEMVER,
    "GitHub Actions": SEMVER,
    "Go": SEMVER,
    "Hackage": Hackage(),
    "Hex": SEMVER,
    "Julia": SEMVER,
    "Kubernetes": SEMVER,
    "Mageia": _RPM,
    "Maven": Maven(),
    "MinimOS": _APK,
    "NuGet": NuGet(),
    "Packagist": Packagist(),
    "Photon OS": _RPM,
    "Pub": Pub(),
    "PyPI": PyPI(),
    "Red Hat": _RPM,
    "Rocky Linux": _RPM,
    "RubyGems": RubyGems(),
    "SUSE": _RPM,
    "SwiftURL": SEMVER,
    "Ubuntu": _DEB,
    "VSCode": SEMVER,
    "Wolfi": _APK,
    "crates.io": SEMVER,
    "npm": SEMVER,
    "openEuler": _RPM,
    "openSUSE": _RPM,
    "opam": _DEB,
}
"""OSV ecosystem without its release suffix to order."""


def order_for(ecosystem: str) -> VersionOrder | None:
    """The order of an OSV ecosystem (`Debian:12` as `Debian`), or None when this package has none for it."""
    return ORDERS.get(ecosystem.partition(":")[0])
