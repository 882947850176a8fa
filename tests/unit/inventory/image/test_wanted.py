from __future__ import annotations

import timeit

import pytest

from supplychain.artifact.image.layers import LayerApplier
from supplychain.artifact.image.source import linked_files
from supplychain.artifact.image.tar import TarStream
from supplychain.artifact.image.tree import entry_only
from supplychain.inventory.image import condense, go_binary, rust_auditable
from supplychain.inventory.image.wanted import LIMITS, NOTES, group_by_kind, kind_of, wanted
from tests.simulator.images import file, symlink, tar

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("path", "size", "mode", "kind"),
    [
        ("etc/os-release", 1, 0o644, "os"),
        ("srv/etc/os-release", 1, 0o644, "os"),
        ("srv/os-release", 1, 0o644, ""),
        ("srv/etc/os-release/x", 1, 0o644, ""),
        ("srv/root/var/lib/dpkg/status", 1, 0o644, "dpkg"),
        ("srv/root/var/lib/dpkg/status.d/base", 1, 0o644, "dpkg"),
        ("srv/root/var/lib/rpm/Packages", 1, 0o644, "rpm"),
        ("srv/root/lib/apk/db/installed", 1, 0o644, "apk"),
        ("srvvar/lib/dpkg/status.d/base", 1, 0o644, ""),
        ("var/lib/dpkg/updates/0001", 1, 0o644, "dpkg"),
        ("var/lib/dpkg/updates/tmp.i", 1, 0o644, ""),
        ("app/run.pex", 1, 0o644, "python-archive"),
        ("var/lib/dpkg/status", 1, 0o644, "dpkg"),
        ("srv/status", 1, 0o644, ""),
        ("var/lib/dpkg/status.d/base", 1, 0o644, "dpkg"),
        ("var/lib/dpkg/status.d/base.md5sums", 1, 0o644, "dpkg-list"),
        ("var/lib/dpkg/info/a:amd64.list", 1, 0o644, "dpkg-list"),
        ("var/lib/dpkg/info/a.md5sums", 1, 0o644, ""),
        ("etc/apt/sources.list", 1, 0o644, ""),
        ("usr/share/doc/a/copyright", 1, 0o644, "copyright"),
        ("usr/share/doc/a/b/copyright", 1, 0o644, ""),
        ("lib/apk/db/installed", 1, 0o644, "apk"),
        ("usr/lib/apk/db/installed", 1, 0o644, "apk"),
        ("var/lib/rpm/Packages", 1, 0o644, "rpm"),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", 1, 0o644, "rpm"),
        ("var/lib/apt/lists/x_Packages", 1, 0o644, ""),
        ("x/a.dist-info/METADATA", 1, 0o644, "python"),
        ("x/a.egg-info", 1, 0o644, "python"),
        ("x/a.dist-info/direct_url.json", 1, 0o644, "python-url"),
        ("a/package.json", 1, 0o644, "node"),
        ("a/x.jar", 1, 0o644, "java"),
        ("a/specifications/x.gemspec", 1, 0o644, "gem"),
        ("usr/bin/x", MB, 0o755, "program"),
        ("usr/bin/x", MB, 0o644, ""),
        ("usr/bin/x", 100, 0o755, ""),
        ("app/x.so", MB, 0o644, "program"),
        ("app/x.so", 100, 0o755, ""),
        ("README", MB, 0o644, ""),
        ("", 0, 0, ""),
    ],
)
def test_kinds(path, size, mode, kind):
    assert kind_of(path, size, mode) == kind


def test_what_is_too_large_keeps_its_entry():
    assert wanted("var/lib/dpkg/status", LIMITS["dpkg"], 0o644) is True
    assert wanted("var/lib/dpkg/status", LIMITS["dpkg"] + 1, 0o644) is entry_only


def test_large_files_are_reduced_while_they_stream(tree):
    found = tree(
        {
            "usr/bin/x": (b"\x7fELF\2\1" + bytes(100_000), 0o755),
            "var/lib/dpkg/info/a.list": "/usr/share/man/a\n/bin/a\n",
        }
    )
    assert found.files["usr/bin/x"].data is None
    assert found.files["var/lib/dpkg/info/a.list"].data == b"/bin/a\n"


def test_links_are_no_files_of_a_kind(tree):
    assert group_by_kind(tree({"etc/os-release": "-> usr/lib/os-release", "usr/lib/os-release": "ID=x"})) == {
        "os": ("usr/lib/os-release",)
    }


def test_it_is_quick():
    paths = ["usr/share/locale/de/LC_MESSAGES/x.mo", "usr/bin/x", "app/node_modules/x/index.js"]
    best = min(timeit.repeat(lambda: [wanted(path, 1000, 0o644) for path in paths], number=2000, repeat=5))
    assert best / 6000 < 5e-6  # measured: 0.5 µs


def test_notes_of_programs_are_known_for_what_they_are():
    assert set(NOTES) == {go_binary.NOTE, rust_auditable.NOTE, condense.PACKED}


def test_an_image_with_merged_folders_is_read_once():
    """`/lib` is a link in every distribution: that alone must not make its layers be read again."""
    done = LayerApplier(wanted)
    folders = (symlink("lib", "usr/lib"), symlink("bin", "usr/bin"), symlink("etc/os-release", "../usr/lib/os-release"))
    archive = tar(*folders, file("usr/lib/os-release", b"ID=debian\n"), file("var/lib/dpkg/status", b""))
    done.apply(TarStream([archive], where="layer"), layer=0, where="layer")
    assert linked_files(done, wanted) == {}
