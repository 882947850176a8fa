from __future__ import annotations

import pytest

from supplychain.inventory.image.interface import Distribution
from supplychain.inventory.image.rpm import read_rpm
from tests.simulator import rpm_samples as samples

DB = "var/lib/rpm/rpmdb.sqlite"
RHEL = Distribution(id="rhel", version="9.2")


def test_names_epochs_sources_and_licences(view):
    blob = samples.package(
        "openssl-libs", "3.0.7", "6.el9_2", t1003=1, t1014="ASL 2.0", t1044="openssl-3.0.7-6.el9_2.src.rpm"
    )
    found = read_rpm(view({DB: samples.sqlite(blob)}, distribution=RHEL))
    assert [component.purl for component in found.components] == [
        "pkg:rpm/redhat/openssl-libs@3.0.7-6.el9_2?arch=x86_64&distro=rhel-9.2&epoch=1&upstream=openssl-3.0.7-6.el9_2.src.rpm"
    ]
    assert found.components[0].licenses == ("ASL 2.0",)
    assert found.gaps == ()


def test_edges_by_capability_and_by_file(view):
    blobs = (
        samples.package("a", t1049=["libc.so.6()(64bit)", "/usr/bin/sh", "rpmlib(X)", "nobody"]),
        samples.package("glibc", t1047=["glibc", "libc.so.6()(64bit)"]),
        samples.package("bash", t1116=[0], t1117=["sh"], t1118=["/usr/bin/"]),
    )
    found = read_rpm(view({DB: samples.sqlite(*blobs)}))
    names = {component.purl: component.name for component in found.components}
    assert [names[purl] for purl in found.components[0].depends_on] == ["glibc", "bash"]


def test_layers_and_ownership(view):
    a = samples.package("a", t1116=[0], t1117=["x.egg-info"], t1118=["/usr/lib/python3/"])
    first = {DB: samples.sqlite(a), "usr/lib/python3/x.egg-info": "Name: x\nVersion: 1\n"}
    found = read_rpm(view(first, {DB: samples.sqlite(a, samples.package("b"))}))
    assert found.layers == {found.components[0].purl: 0}
    assert list(found.owned) == ["usr/lib/python3/x.egg-info"]


@pytest.mark.parametrize(
    "content",
    [b"", b"SQLite format 3\0" + b"\xff" * 4096, b"not a database", samples.ndb(b"x" * 40)[:4000], bytes(600)],
    ids=["empty", "damaged", "text", "cut", "zeros"],
)
def test_a_database_that_cannot_be_read_is_coverage_lost(view, content):
    found = read_rpm(view({DB: content}))
    assert found.components == ()
    assert [(gap.what, gap.reason) for gap in found.gaps] == [(DB, "unsupported_file")]


@pytest.mark.parametrize(
    "blob",
    [b"", b"\0" * 8, b"\xff" * 64, samples.package("a")[:-3], samples.header(t1000="a"), samples.package("a b")],
    ids=["empty", "zeros", "ones", "cut", "no-version", "space"],
)
def test_a_broken_header_hides_no_other(view, blob):
    found = read_rpm(view({DB: samples.sqlite(blob, samples.package("good"))}))
    assert [component.name for component in found.components] == ["good"]
    assert [gap.what for gap in found.gaps] == [DB]
