"""How OSV names ecosystems and packages, brought to one spelling so that a record and a component meet.

A record and a component may spell one package differently (`Foo_Bar` and `foo-bar` on PyPI) and one release
differently (`Ubuntu:22.04:LTS`, `distro=ubuntu-22.04`). Both sides go through the same two functions. Where registries
differ on case, names are folded: a rare finding too many is better than a record that is never found.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SEPARATORS = re.compile(r"[-_.]+")
_SUSE = re.compile(r"SUSE:(?:SUSE )?Linux Enterprise (?!Micro)[A-Za-z ]*?(\d+)(?: SP(\d+))?(?:-[A-Z-]+)?(?: .*)?")
_RED_HAT = re.compile(r"Red Hat:enterprise_linux:(\d+)(?:[.:].*)?")


def _pep503(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _crate(name: str) -> str:
    return name.lower().replace("_", "-")


_NAMES: dict[str, Callable[[str], str]] = {
    "PyPI": _pep503,
    "crates.io": _crate,
    # Package URLs of these types are written in lower case, whatever the registry shows.
    "Bitnami": str.lower,
    "GitHub Actions": str.lower,
    "Go": str.lower,
    "Hex": str.lower,
    "NuGet": str.lower,
    "Packagist": str.lower,
    "Pub": str.lower,
    "SwiftURL": str.lower,
    "VSCode": str.lower,
    "npm": str.lower,
}


def base_of(ecosystem: str) -> str:
    """The ecosystem without its release suffix: `Debian` of `Debian:12`."""
    return ecosystem.partition(":")[0]


def normal_name(ecosystem: str, name: str) -> str:
    """The package name as the ecosystem compares names (PyPI: PEP 503)."""
    fold = _NAMES.get(base_of(ecosystem))
    return fold(name) if fold else name


def normal_ecosystem(ecosystem: str) -> str:
    """One spelling for one release: `Ubuntu:22.04:LTS` is `Ubuntu:22.04`, every Red Hat 9 repository `Red Hat:9`.

    So is `Ubuntu:Pro:18.04:LTS`: who does not pay for the fix is affected all the same. Every module of
    SUSE Linux Enterprise 15 SP5 is `SUSE:15.5`.
    """
    if ecosystem.startswith("Ubuntu:"):
        return ecosystem.removesuffix(":LTS").replace("Ubuntu:Pro:", "Ubuntu:", 1)
    if match := _SUSE.fullmatch(ecosystem):
        return f"SUSE:{match[1]}.{match[2]}" if match[2] else f"SUSE:{match[1]}"
    if match := _RED_HAT.fullmatch(ecosystem):
        return f"Red Hat:{match[1]}"
    return "Maven" if ecosystem.startswith("Maven:") else ecosystem
