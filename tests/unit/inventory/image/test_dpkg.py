from __future__ import annotations

import pytest

from supplychain.inventory.image.dpkg import read_dpkg

STATUS = "var/lib/dpkg/status"


def entry(name: str, version: str = "1.0", state: str = "install ok installed", **fields: str) -> str:
    more = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in fields.items())
    return f"Package: {name}\nStatus: {state}\nArchitecture: amd64\nVersion: {version}\n{more}Description: x\n .\n y: z\n\n"


def test_names_versions_and_sources(view):
    text = entry("bash", "5.2.15-2+b7", Source="bash (5.2.15-2)") + entry("libssl3", "3.0.11-1", Source="openssl")
    found = read_dpkg(view({STATUS: text}))
    assert [component.purl for component in found.components] == [
        "pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=amd64&distro=debian-12&upstream=bash%405.2.15-2",
        "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12&upstream=openssl",
    ]
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("state", "listed"),
    [
        ("install ok installed", True),
        ("deinstall reinstreq installed", True),
        ("install ok unpacked", True),
        ("install ok half-configured", True),
        ("install ok triggers-pending", True),
        ("deinstall ok config-files", False),
        ("purge ok not-installed", False),
    ],
)
def test_states(view, state, listed):
    found = read_dpkg(view({STATUS: entry("a", state=state)}))
    assert (len(found.components), found.gaps) == (int(listed), ())


def test_half_installed_is_a_gap(view):
    found = read_dpkg(view({STATUS: entry("a", state="install reinstreq half-installed")}))
    assert found.components == ()
    assert [gap.what for gap in found.gaps] == [STATUS]


def test_edges_alternatives_provides_and_architectures(view):
    text = (
        entry("app", Depends="missing | mta (>= 1) , libc6:any (>= 2) [amd64], app", Pre_Depends="dpkg (>= 1)")
        + entry("postfix", Provides="mta (= 3), mail-server")
        + entry("libc6").replace("amd64", "i386")
        + entry("libc6")
        + entry("dpkg")
    )
    found = read_dpkg(view({STATUS: text}))
    app = found.components[0]
    assert [purl.split("/")[2].split("&")[0] for purl in app.depends_on] == [
        "dpkg@1.0?arch=amd64",
        "postfix@1.0?arch=amd64",
        "libc6@1.0?arch=amd64",
    ]


def test_a_circle_of_dependencies(view):
    found = read_dpkg(view({STATUS: entry("a", Depends="b") + entry("b", Depends="a")}))
    assert [len(component.depends_on) for component in found.components] == [1, 1]


def test_distroless_has_one_file_for_each_package(view):
    files = {
        "var/lib/dpkg/status.d/base-files": "Package: base-files\nVersion: 12.4\nArchitecture: all",
        "var/lib/dpkg/status.d/base-files.md5sums": "0a540d50c157ed0070459b82c358a05a  usr/lib/python3/x.egg-info\n",
        "usr/lib/python3/x.egg-info": "Name: x\nVersion: 1\n",
    }
    found = read_dpkg(view(files))
    assert [component.name for component in found.components] == ["base-files"]
    assert found.owned == {"usr/lib/python3/x.egg-info": found.components[0].purl}
    assert found.gaps == ()


def test_which_layer_brought_a_package_shows_its_list_of_files(view):
    first = {STATUS: entry("a"), "var/lib/dpkg/info/a.list": "/.\n/usr/bin/a\n"}
    second = {STATUS: entry("a") + entry("b"), "var/lib/dpkg/info/b:amd64.list": "/usr/bin/b\n"}
    found = read_dpkg(view(first, second))
    assert list(found.layers.values()) == [0, 1]


def test_ownership_through_the_merged_usr(view):
    files = {
        STATUS: entry("a"),
        "var/lib/dpkg/info/a.list": "/lib/x/package.json\n/usr/share/doc/a/README\n/usr/share/nodejs/a/package.json\n",
        "usr/lib/x/package.json": "{}",
        "usr/share/nodejs/a/package.json": "{}",
    }
    assert sorted(read_dpkg(view(files)).owned) == ["usr/lib/x/package.json", "usr/share/nodejs/a/package.json"]


def test_licences_from_the_copyright_file_also_through_a_link(view):
    files = {
        STATUS: entry("a") + entry("b"),
        "usr/share/doc/a/copyright": "Format: x\n\nFiles: *\nLicense: GPL-2+\n text\n",
        "usr/share/doc/b": "-> usr/share/doc/a",
    }
    found = read_dpkg(view(files))
    assert [component.licenses for component in found.components] == [("GPL-2.0-or-later",)] * 2


def test_openwrt_packages_have_a_type_of_their_own(view):
    found = read_dpkg(view({"usr/lib/opkg/status": entry("busybox")}))
    assert [component.purl for component in found.components] == ["pkg:opkg/busybox@1.0?arch=amd64&distro=debian-12"]


BROKEN = {
    "cut-short": (entry("a") + entry("b")).rstrip("\n")[:-3].encode(),
    "no-version": b"Package: a\nStatus: install ok installed\n\n",
    "no-name": b"Status: install ok installed\nVersion: 1\n\n",
    "two-words-as-name": b"Package: a b\nStatus: install ok installed\nVersion: 1\n\n",
    "binary-junk": bytes(range(256)) * 10 + b"\n",
    "version-with-a-query": b"Package: a\nVersion: 1?distro=x\n\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_entries_are_named(view, content):
    found = read_dpkg(view({STATUS: content}))
    assert {gap.what for gap in found.gaps} == {STATUS}


def test_what_stands_around_a_broken_entry_is_listed(view):
    text = entry("a") + "Package: b\nStatus: install ok installed\n\n" + entry("c")
    found = read_dpkg(view({STATUS: text}))
    assert [component.name for component in found.components] == ["a", "c"]
    assert len(found.gaps) == 1


def test_many_broken_entries_are_counted(view):
    found = read_dpkg(view({STATUS: "Package: a\n\n" * 5000}))
    assert len(found.gaps) == 21
    assert "4980 more" in found.gaps[-1].detail


def test_huge_fields_are_no_trouble(view):
    found = read_dpkg(view({STATUS: entry("a", Depends="b | " * 200_000 + "c", Source="(" * 100_000)}))
    assert len(found.components) == 1


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "components", "gaps"),
    [
        ("valid", 7, 0),
        ("empty", 0, 0),
        ("single", 1, 0),
        ("statusfield", 5, 1),
        ("noversion", 2, 1),
        ("nopackage", 2, 1),
    ],
)
def test_public_samples(shared, view, name, components, gaps):
    data = (shared / "lockfiles/os/dpkg/testdata/dpkg" / name).read_bytes()
    found = read_dpkg(view({STATUS: data}))
    assert (len(found.components), len(found.gaps)) == (components, gaps)


def test_without_lists_the_first_database_that_names_a_package_brought_it(view):
    base = "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n\n"
    more = "Package: c\nStatus: install ok installed\nVersion: 1\n\n"
    status = "var/lib/dpkg/status"
    found = read_dpkg(
        view(
            {status: base},
            {
                status: base.replace(
                    "b\nStatus: install ok installed\nVersion: 1", "b\nStatus: install ok installed\nVersion: 2"
                )
                + more
            },
        )
    )
    assert {purl.partition("?")[0].rpartition("/")[2]: layer for purl, layer in found.layers.items()} == {
        "a@1": 0,
        "b@1": 0,
        "b@2": 1,
        "c@1": 1,
    }
