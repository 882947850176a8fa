"""Linux distributions: which OSV ecosystem, release included, a package of theirs belongs to.

Advisories for distribution packages hold for one release. A package whose release is not known cannot be judged, so it
gets no ecosystem and a reason, never a guess.
"""

from __future__ import annotations

import re

_DEBIAN = {
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
_UBUNTU = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "kinetic": "22.10",
    "lunar": "23.04",
    "mantic": "23.10",
    "noble": "24.04",
    "oracular": "24.10",
    "plucky": "25.04",
    "questing": "25.10",
}
_RELEASE = re.compile(r"(?:(?P<id>[a-z][a-z_-]*?)-?)?v?(?P<number>\d+(?:\.\d+)*)(?:[ _-].*)?", re.IGNORECASE)
_OPEN_EULER = re.compile(r"(?:openeuler-)?(\d+\.\d+-LTS(?:-SP\d+)?)", re.IGNORECASE)
_ROLLING = {
    ("apk", "chainguard"): "Chainguard",
    ("apk", "cleanstart"): "CleanStart",
    ("apk", "minimos"): "MinimOS",
    ("apk", "wolfi"): "Wolfi",
    ("deb", "echo"): "Echo",
}
# purl type and namespace to OSV's name, a prefix before the number, and how many parts of the number it keeps.
_RELEASED = {
    ("deb", "debian"): ("Debian", "", 1),
    ("deb", "ubuntu"): ("Ubuntu", "", 2),
    ("apk", "alpaquita"): ("Alpaquita", "", 1),
    ("apk", "alpine"): ("Alpine", "v", 2),
    ("apk", "bellsoft-hardened-containers"): ("BellSoft Hardened Containers", "", 1),
    ("rpm", "redhat"): ("Red Hat", "", 1),
    ("rpm", "rhel"): ("Red Hat", "", 1),
    ("rpm", "rocky"): ("Rocky Linux", "", 1),
    ("rpm", "rocky-linux"): ("Rocky Linux", "", 1),
    ("rpm", "rockylinux"): ("Rocky Linux", "", 1),
    ("rpm", "almalinux"): ("AlmaLinux", "", 1),
    ("rpm", "alma"): ("AlmaLinux", "", 1),
    ("rpm", "mageia"): ("Mageia", "", 1),
    ("rpm", "photon"): ("Photon OS", "", 2),
    ("rpm", "azurelinux"): ("Azure Linux", "", 1),
    ("rpm", "mariner"): ("Azure Linux", "", 1),
    ("rpm", "openeuler"): ("openEuler", "", 2),
    ("rpm", "opensuse"): ("openSUSE", "Leap ", 2),
    ("rpm", "opensuse-leap"): ("openSUSE", "Leap ", 2),
    ("rpm", "sles"): ("SUSE", "", 2),
    ("rpm", "suse"): ("SUSE", "", 2),
}


def release_of(kind: str, namespace: str, distro: str) -> tuple[str | None, str]:
    """The OSV ecosystem of a distribution package.

    Args:
        kind: The purl type: `deb`, `apk` or `rpm`.
        namespace: The purl namespace in lower case: `debian`.
        distro: The qualifier `distro` as given: `debian-12`, `bookworm`, `alpine-3.18.4`, `rhel-9.2`.

    Returns:
        The ecosystem and "", or None and why there is none.
    """
    if rolling := _ROLLING.get((kind, namespace)):
        return rolling, ""
    known = _RELEASED.get((kind, namespace))
    if known is None:
        return None, f"no advisories are published for pkg:{kind}/{namespace}"
    name, prefix, kept = known
    if named := _named_release(name, distro):
        return f"{name}:{named}", ""
    word = distro.lower().rpartition("-")[2]
    number = {"deb/debian": _DEBIAN, "deb/ubuntu": _UBUNTU}.get(f"{kind}/{namespace}", {}).get(word)
    if number is None:
        match = _RELEASE.fullmatch(distro)
        number = match["number"] if match else None
    if number is None:
        return None, f"the package URL names no release of {name} (qualifier distro)"
    return f"{name}:{prefix}{'.'.join(number.split('.')[:kept])}", ""


def _named_release(name: str, distro: str) -> str:
    """A release that is known by a word; empty: it is known by its number, or not at all."""
    word = distro.lower().rpartition("-")[2]
    match name:
        case "Alpine":
            return "edge" if word == "edge" else ""
        case "Alpaquita" | "BellSoft Hardened Containers":
            return "stream" if word == "stream" else ""
        case "openSUSE":
            return "Tumbleweed" if "tumbleweed" in distro.lower() else ""
        case "openEuler":
            # Its service packs are releases of their own: `22.03-LTS-SP3`.
            found = _OPEN_EULER.fullmatch(distro)
            return found[1].upper() if found else ""
        case _:
            return ""
