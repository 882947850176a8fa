from __future__ import annotations

import pytest

from supplychain.inventory.image.apk import read_apk
from supplychain.inventory.image.interface import Distribution

DB = "lib/apk/db/installed"
ALPINE = Distribution(id="alpine", version="3.18.4")


def entry(name: str, version: str = "1.0-r0", *lines: str) -> str:
    return "\n".join((f"P:{name}", f"V:{version}", "A:x86_64", *lines)) + "\n\n"


def test_names_origins_licences(view):
    text = entry("libssl3", "3.1.2-r0", "o:openssl", "L:Apache-2.0") + entry("a", "1.0-r1", "L:MIT BSD", "o:a")
    text += entry("b", "2-r0", "L:MIT AND GPL-2.0-only")
    found = read_apk(view({DB: text}, distribution=ALPINE))
    assert [component.purl for component in found.components] == [
        "pkg:apk/alpine/libssl3@3.1.2-r0?arch=x86_64&distro=alpine-3.18.4&upstream=openssl",
        "pkg:apk/alpine/a@1.0-r1?arch=x86_64&distro=alpine-3.18.4",
        "pkg:apk/alpine/b@2-r0?arch=x86_64&distro=alpine-3.18.4",
    ]
    assert [c.licenses for c in found.components] == [("Apache-2.0",), ("MIT", "BSD"), ("MIT AND GPL-2.0-only",)]
    assert found.gaps == ()


def test_edges_by_name_by_library_and_by_path(view):
    text = entry("a", "1-r0", "D:so:libc.so.1 /bin/sh b>=1 !c missing@edge")
    text += entry("musl", "1-r0", "p:so:libc.so.1=1") + entry("busybox", "1-r0", "p:/bin/sh cmd:sh", "D:a") + entry("b")
    text += entry("c")
    found = read_apk(view({DB: text}))
    names = {component.purl: component.name for component in found.components}
    assert [names[purl] for purl in found.components[0].depends_on] == ["musl", "busybox", "b"]


def test_the_layer_that_brought_a_package(view):
    found = read_apk(view({DB: entry("a")}, {DB: entry("a") + entry("b")}))
    assert list(found.layers.values()) == [0, 1]


def test_ownership(view):
    text = entry("py3-x", "1-r0", "F:usr/lib/python3.11/site-packages/x.egg-info", "R:PKG-INFO", "Z:Q1x=")
    path = "usr/lib/python3.11/site-packages/x.egg-info/PKG-INFO"
    found = read_apk(view({DB: text, path: "Name: x\nVersion: 1\n"}))
    assert list(found.owned) == [path]


@pytest.mark.parametrize(
    "content",
    [entry("a")[:-8], "P:a\nA:x86_64\n\n", "V:1\n\n", "asdf\n\nyolo", "\0\1\2\n", "P:a b\nV:1\n\n"],
    ids=["cut", "no-version", "no-name", "junk", "binary", "space"],
)
def test_broken_entries_are_named(view, content):
    found = read_apk(view({DB: content}))
    assert {gap.what for gap in found.gaps} == {DB}


def test_the_first_of_equal_fields_counts(view):
    found = read_apk(view({DB: "P:a\nV:1-r0\nP:b\nF:usr\nR:P:c\n\n"}))
    assert [component.name for component in found.components] == ["a"]


@pytest.mark.shared
@pytest.mark.parametrize(("release", "count"), [("3.10", 14), ("3.11", 14)])
def test_alpine_root_file_systems(shared, view, release, count):
    data = (shared / f"images/rootfs-alpine-{release}" / DB).read_bytes()
    found = read_apk(view({DB: data}, distribution=ALPINE))
    listed = {line[2:] for line in data.decode().splitlines() if line.startswith("P:")}
    assert {component.name for component in found.components} == listed
    assert (len(found.components), found.gaps) == (len(listed), ())
