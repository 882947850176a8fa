from __future__ import annotations

from dataclasses import replace

import pytest

from supplychain.artifact.image.tree import ImageFile
from supplychain.inventory.image.doubts import databases_lost, is_maintained
from supplychain.inventory.image.dpkg import read_dpkg
from supplychain.inventory.image.interface import Distribution, View, root_of
from supplychain.inventory.image.wanted import group_by_kind

STATUS = "var/lib/dpkg/status"
BASH = "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"
OWNER = "pkg:deb/debian/bash@5.2"


@pytest.mark.parametrize(
    ("path", "root"),
    [
        (STATUS, ""),
        (f"srv/root/{STATUS}", "srv/root/"),
        ("usr/lib/apk/db/installed", ""),
        ("x/usr/lib/apk/db/installed", "x/"),
        ("usr/lib/os-release", ""),
        ("x/etc/os-release", "x/"),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", ""),
        ("a/b/usr/share/rpm/Packages.db", "a/b/"),
        ("usr/lib/opkg/status", ""),
        ("etc/chroots/a/var/lib/dpkg/status", "etc/chroots/a/"),
        ("var/lib/rpm/a/b/var/lib/dpkg/status.d/x", "var/lib/rpm/a/b/"),
        ("etc/debian_version", ""),
        ("elsewhere", ""),
    ],
)
def test_roots(path, root):
    assert root_of(path) == root


@pytest.mark.parametrize(
    ("path", "owner", "maintained"),
    [
        ("usr/lib/python3/dist-packages/x.egg-info", OWNER, True),
        ("lib64/x.so", OWNER, True),
        ("usr/local/lib/x", OWNER, False),
        ("opt/x", OWNER, False),
        ("app/x", OWNER, False),
        ("usr/lib/node_modules/npm/package.json", OWNER, False),
        ("usr/lib/node_modules/npm/package.json", "pkg:rpm/fedora/npm@1", True),
        ("srv/root/usr/lib/x", OWNER, True),
        ("srv/root/opt/x", OWNER, False),
        ("srv/usr/lib/x", OWNER, False),
    ],
)
def test_what_a_distribution_carries_fixes_back_for(view, path, owner, maintained):
    files = view({})
    files.inner = {"srv/root/": Distribution(id="debian")}
    assert is_maintained(path, owner, files) == maintained


def details(view: View) -> list[str]:
    return [f"{gap.what}: {gap.detail}" for gap in databases_lost(view, [("dpkg", read_dpkg(view))])]


def test_an_honest_image_has_none(view):
    assert details(view({STATUS: BASH, "etc/debian_version": "12.5\n"})) == []


@pytest.mark.parametrize("older", ["12.5", "12", "trixie/sid", "bookworm/sid", ""])
def test_releases_that_may_stand_together(view, older):
    assert details(view({STATUS: BASH, "etc/debian_version": older})) == []


def test_releases_at_odds(view):
    assert details(view({STATUS: BASH, "etc/debian_version": "11.2\n"})) == [
        "etc/debian_version: it says release 11.2, etc/os-release says 12: one of them is wrong"
    ]


def test_a_database_inside_does_not_stand_for_that_of_the_image(tree):
    files = {f"srv/root/{STATUS}": BASH}
    gone = ImageFile(path=STATUS, size=9, mode=0o644, uid=0, gid=0, layer=0, data=BASH.encode())
    seen = replace(tree(files), deleted=(gone,))
    made = View(tree=seen, kinds=group_by_kind(seen), distribution=Distribution(id="debian", version="12", origin="x"))
    assert [line.partition(":")[0] for line in details(made)] == [STATUS, "debian-12"]


def test_a_database_that_was_converted_is_not_lost(view):
    """rpm moved from one file to another; of each kind one is there."""
    made = view({STATUS: BASH})
    gone = ImageFile(path="var/lib/dpkg/updates/0001", size=9, mode=0o644, uid=0, gid=0, layer=0, data=b"x")
    made.tree = replace(made.tree, deleted=(gone,))
    assert details(made) == []
