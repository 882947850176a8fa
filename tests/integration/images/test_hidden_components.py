"""Ways in which an image could hide a component: each is listed, or said to be lost, through the command line.

An image may be made to look emptier than it is. What runs in it, or what the programs in it would list, must be in the
inventory, or the inventory must say that it could not be told.
"""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from tests.simulator import programs
from tests.simulator.images import Layout, file, folder, hardlink, symlink, tar
from tests.simulator.runner import Run

OS = file("etc/os-release", b"ID=debian\nVERSION_ID=12\n")
STATUS = "var/lib/dpkg/status"


def stanza(name: str, version: str = "1.0-1", **more: str) -> bytes:
    fields = {"Package": name, "Status": "install ok installed", "Version": version, "Architecture": "amd64", **more}
    return "".join(f"{key}: {value}\n" for key, value in fields.items()).encode() + b"\n"


BASH, SSL = stanza("bash"), stanza("libssl3", "3.0.1-1", Source="openssl")
BASE = (OS, file(STATUS, BASH))
METADATA = b"Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.4.1\n"
LODASH = b'{"name": "lodash", "version": "4.17.0"}'
GO = programs.go_program()
UNNAMED = programs.elf({b".other": programs.go_inline(), b".text": bytes(70_000)}, address=0x400000)


def listed(run: Run, layout: Layout) -> tuple[set[str], str]:
    """purls without qualifiers, and what was said on standard error."""
    code, out, err = run("sbom", layout.target)
    assert code == 0, err
    purls = (component.get("purl", "") for component in json.loads(out)["components"])
    return {purl.partition("?")[0] for purl in purls}, err


def packed(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "/"), data)
        archive.writestr("filler", bytes(70_000))
    return out.getvalue()


ZIPAPP = packed(**{"site-packages__jinja2-2.4.1.dist-info__METADATA": METADATA, "__main__.py": b"import jinja2\n"})

SHOWN = {
    "lines end as on Windows": (
        (OS, file(STATUS, (BASH + SSL).replace(b"\n", b"\r\n"))),
        ["pkg:deb/debian/bash@1.0-1", "pkg:deb/debian/libssl3@3.0.1-1"],
    ),
    "blanks before the colon": ((OS, file(STATUS, SSL.replace(b":", b" :"))), ["pkg:deb/debian/libssl3@3.0.1-1"]),
    "journal of dpkg": (
        (*BASE, file("var/lib/dpkg/updates/0001", SSL)),
        ["pkg:deb/debian/bash@1.0-1", "pkg:deb/debian/libssl3@3.0.1-1"],
    ),
    "database behind a link": (
        (OS, symlink(STATUS, "/opt/hidden"), file("opt/hidden", SSL)),
        ["pkg:deb/debian/libssl3@3.0.1-1"],
    ),
    "folder of the database behind a link": (
        (OS, symlink("var/lib/dpkg", "../../opt/db"), file("opt/db/status", SSL)),
        ["pkg:deb/debian/libssl3@3.0.1-1"],
    ),
    "hard link to another name": (
        (OS, file("opt/hidden", SSL), hardlink(STATUS, "opt/hidden")),
        ["pkg:deb/debian/libssl3@3.0.1-1"],
    ),
    "os-release behind an absolute link": (
        (symlink("etc/os-release", "/opt/release"), file("opt/release", b"ID=debian\nVERSION_ID=12\n"), BASE[1]),
        ["pkg:deb/debian/bash@1.0-1"],
    ),
    "a root file system inside": (
        (*BASE, file("srv/root/etc/os-release", b"ID=debian\nVERSION_ID=11\n"), file(f"srv/root/{STATUS}", SSL)),
        ["pkg:deb/debian/libssl3@3.0.1-1"],
    ),
    "an Alpine root file system inside": (
        (
            *BASE,
            file("srv/root/etc/alpine-release", b"3.10.2\n"),
            file("srv/root/lib/apk/db/installed", b"P:musl\r\nV:1.1-r0\r\n\r\nP:zlib\r\nV:1.2-r0\r\n\r\n"),
        ),
        ["pkg:apk/alpine/musl@1.1-r0", "pkg:apk/alpine/zlib@1.2-r0"],
    ),
    "Python metadata behind a link": (
        (*BASE, file("opt/x", METADATA), symlink("app/site-packages/jinja2-2.4.1.dist-info/METADATA", "/opt/x")),
        ["pkg:pypi/jinja2@2.4.1"],
    ),
    "package.json behind a link": (
        (*BASE, file("opt/x", LODASH), symlink("app/node_modules/lodash/package.json", "../../../opt/x")),
        ["pkg:npm/lodash@4.17.0"],
    ),
    "package.json without a version": (
        (*BASE, file("app/node_modules/lodash/package.json", b'{"name": "lodash"}')),
        ["pkg:npm/lodash"],
    ),
    "package.json that says everything twice": (
        (
            *BASE,
            file(
                "app/node_modules/lodash/package.json", b'{"name":"x","name":"lodash","version":"9","version":"4.17.0"}'
            ),
        ),
        ["pkg:npm/lodash@4.17.0"],
    ),
    "Go program that is no program by its mode": ((*BASE, file("app/data.bin", GO)), ["pkg:golang/stdlib@1.21.3"]),
    "Go program that is a hard link": (
        (*BASE, file("app/data.bin", GO), hardlink("app/more.bin", "app/data.bin")),
        ["pkg:golang/stdlib@1.21.3"],
    ),
    "Go program without the name of its section": (
        (*BASE, file("app/run", UNNAMED, 0o755)),
        ["pkg:golang/stdlib@1.21.3"],
    ),
    "Go program by the name of a script": (
        (*BASE, file("app/run.sh", GO, 0o755)),
        ["pkg:golang/stdlib@1.21.3"],
    ),
    "Python program in one archive": (
        (*BASE, file("app/run", b"#!/usr/bin/env python3\n" + ZIPAPP, 0o755)),
        ["pkg:pypi/jinja2@2.4.1"],
    ),
    "Python archive by its name": ((*BASE, file("app/run.pex", ZIPAPP)), ["pkg:pypi/jinja2@2.4.1"]),
    "Python egg": (
        (*BASE, file("app/Jinja2-2.4.1-py3.11.egg", packed(**{"EGG-INFO__PKG-INFO": METADATA}))),
        ["pkg:pypi/jinja2@2.4.1"],
    ),
}


@pytest.mark.parametrize("how", SHOWN)
def test_shown_all_the_same(run: Run, tmp_path_factory: pytest.TempPathFactory, how: str) -> None:
    members, expected = SHOWN[how]
    layout = Layout(tmp_path_factory.mktemp("image")).image(tar(*members))
    purls, err = listed(run, layout)
    assert set(expected) <= purls, err
    code, out, err = run("scan", layout.target, "--only", "deps", "--format", "json")
    asked = json.loads(out)["coverage"]["asked"]
    assert (code, asked >= len(expected)) == (4, True), "without a database nothing reads as clean"


WHITEOUT = file("var/lib/dpkg/.wh.status")
LOST = {
    "two packages in one entry": (
        [(OS, file(STATUS, BASH.rstrip(b"\n") + b"\n" + SSL))],
        "bash",
    ),
    "package taken out of the database": (
        [(OS, file(STATUS, BASH + SSL), file("var/lib/dpkg/info/libssl3.list", b"/x\n")), (file(STATUS, BASH),)],
        "libssl3",
    ),
    "database deleted by a later layer": ([BASE, (WHITEOUT,)], "dpkg"),
    "its whole folder deleted by a later layer": ([BASE, (file("var/lib/.wh.dpkg"),)], "dpkg"),
    "database and os-release deleted by a later layer": (
        [(*BASE, file("app/node_modules/lodash/package.json", LODASH)), (WHITEOUT, file("etc/.wh.os-release"))],
        "dpkg",
    ),
    "database deleted, and one of another kind in its place": (
        [BASE, (WHITEOUT, file("lib/apk/db/installed", b"P:musl\nV:1.1-r0\n\n"))],
        "dpkg",
    ),
    "releases that do not agree": (
        [(*BASE, file("etc/debian_version", b"11.3\n"))],
        "debian_version",
    ),
    "packed program": (
        [(*BASE, file("app/run", programs.elf({b".x": b"UPX!" + bytes(70_000) + b"UPX!"}), 0o755))],
        "app/run",
    ),
    "archives in archives without end": (
        [(*BASE, file("app/a.jar", packed(**{"b.jar": packed(**{"c.jar": b"PK\x03\x04broken"})})))],
        "app/a.jar",
    ),
}


@pytest.mark.parametrize("how", LOST)
def test_said_to_be_lost(run: Run, tmp_path_factory: pytest.TempPathFactory, how: str) -> None:
    layers, named = LOST[how]
    layout = Layout(tmp_path_factory.mktemp("image")).image(*(tar(*members) for members in layers))
    code, out, err = run("sbom", layout.target)
    assert code == 0, err
    assert "warning: incomplete" in err
    assert named in err.partition("warning: incomplete")[2], err
    code, out, err = run("scan", layout.target, "--only", "deps", "--format", "json")
    skipped = [skip["what"] + skip["detail"] for skip in json.loads(out)["coverage"]["skipped"]]
    assert (code, any(named in text for text in skipped)) == (4, True), skipped


def properties(run: Run, *members: bytes, folder: object) -> dict[str, str]:
    code, out, err = run("sbom", Layout(folder).image(tar(*members)).target)  # type: ignore[arg-type]
    assert code == 0, err
    found = next(c for c in json.loads(out)["components"] if c.get("purl", "").startswith("pkg:npm/lodash@"))
    return {entry["name"]: entry["value"] for entry in found["properties"]}


@pytest.mark.parametrize(
    ("place", "maintained"),
    [
        ("usr/share/nodejs/lodash/package.json", True),
        ("app/node_modules/lodash/package.json", False),
        ("opt/vendor/node_modules/lodash/package.json", False),
        ("usr/local/lib/node_modules/lodash/package.json", False),
        ("usr/lib/node_modules/lodash/package.json", False),
    ],
)
def test_a_package_speaks_only_for_what_distributions_install(
    run: Run, tmp_path_factory: pytest.TempPathFactory, place: str, maintained: bool
) -> None:
    """Its list of files would otherwise silence advisories about a module anywhere: only the package is judged then."""
    lists = file("var/lib/dpkg/info/bash.list", f"/{place}\n".encode())
    found = properties(run, *BASE, lists, file(place, LODASH), folder=tmp_path_factory.mktemp("image"))
    assert ("supplychain:owned-by" in found) == maintained


def test_a_root_inside_is_judged_by_its_own_release(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also where its os-release is a link that would lead to that of the image."""
    nested = "srv/root/"
    members = (
        *BASE,
        file("usr/lib/os-release", b"ID=debian\nVERSION_ID=12\n"),
        folder(f"{nested}etc"),
        symlink(f"{nested}etc/os-release", "/usr/lib/os-release"),
        file(f"{nested}usr/lib/os-release", b"ID=debian\nVERSION_ID=11\n"),
        file(f"{nested}{STATUS}", SSL),
        file(f"srv/bare/{STATUS}", stanza("zlib1g")),
    )
    code, out, err = run("sbom", Layout(tmp_path_factory.mktemp("image")).image(tar(*members)).target)
    assert code == 0, err
    purls = {c["name"]: c.get("purl", "") for c in json.loads(out)["components"]}
    assert "distro=debian-12" in purls["bash"]
    assert "distro=debian-11" in purls["libssl3"]
    assert "distro=" not in purls["zlib1g"], "nothing says which release that is, so none is guessed"
