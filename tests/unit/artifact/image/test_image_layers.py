"""Layers on top of each other: what a container would see."""

from __future__ import annotations

import gzip
import os
import tarfile
from pathlib import Path

import pytest

from supplychain.artifact.image.layers import MAX_FILE
from supplychain.artifact.image.opening import open_image
from supplychain.artifact.image.tree import ImageTree, Wanted, entry_only
from supplychain.errors import MalformedInput
from tests.simulator.images import Layout, file, folder, hardlink, member, pax, symlink, tar


def everything(path: str, size: int, mode: int) -> bool:
    return True


def read(target: str, wanted: Wanted = everything) -> ImageTree:
    with open_image(target) as source:
        (image,) = source.images()
        return source.read(image, wanted)


def tree(tmp_path: Path, *layers: bytes, wanted: Wanted = everything) -> ImageTree:
    return read(Layout(tmp_path).image(*layers).target, wanted)


def contents(found: ImageTree) -> dict[str, bytes | None]:
    return {path: entry.data for path, entry in found.files.items()}


def reasons(found: ImageTree) -> dict[str, bool]:
    return {oddity.reason: oddity.lost for oddity in found.oddities}


def refused(tmp_path: Path, *layers: bytes) -> str:
    with pytest.raises(MalformedInput) as caught:
        tree(tmp_path, *layers)
    assert "layer " in caught.value.where
    return caught.value.code


def test_a_later_layer_replaces_and_the_replaced_is_told(tmp_path):
    found = tree(tmp_path, tar(file("a", b"one"), file("same", b"x")), tar(file("a", b"two"), file("same", b"x")))
    assert contents(found) == {"a": b"two", "same": b"x"}
    assert [(entry.path, entry.data, entry.layer) for entry in found.deleted] == [("a", b"one", 0)]
    assert found.files["a"].layer == 1


def test_whiteouts_remove_files_and_folders_of_lower_layers_only(tmp_path):
    lower = tar(file("etc/key", b"secret"), file("opt/app/a", b"1"), file("opt/app/sub/b", b"2"), file("keep", b"k"))
    upper = tar(file("etc/.wh.key"), file("opt/.wh.app"), file("opt/app/new", b"n"))
    found = tree(tmp_path, lower, upper)
    assert contents(found) == {"keep": b"k", "opt/app/new": b"n"}
    assert sorted(entry.path for entry in found.deleted) == ["etc/key", "opt/app/a", "opt/app/sub/b"]


@pytest.mark.parametrize("first", [True, False])
def test_an_opaque_folder_hides_lower_layers_wherever_its_mark_stands(tmp_path, first):
    mark, new = file("d/.wh..wh..opq"), file("d/new", b"n")
    found = tree(
        tmp_path, tar(file("d/old", b"o"), file("d/s/old", b"o")), tar(*((mark, new) if first else (new, mark)))
    )
    assert contents(found) == {"d/new": b"n"}


def test_a_file_in_place_of_a_folder_removes_what_was_in_it(tmp_path):
    found = tree(tmp_path, tar(file("d/a", b"1")), tar(file("d", b"2")))
    assert contents(found) == {"d": b"2"}


def test_a_file_nobody_wants_still_replaces_one_that_was_wanted(tmp_path):
    found = tree(tmp_path, tar(file("a", b"1")), tar(file("a", b"22")), wanted=lambda p, size, m: size == 1)
    assert contents(found) == {}
    assert [entry.path for entry in found.deleted] == ["a"]


def test_a_path_through_a_linked_folder_lands_behind_the_link(tmp_path):
    found = tree(
        tmp_path,
        tar(folder("usr"), folder("usr/lib"), symlink("lib", "usr/lib"), file("usr/lib/x", b"1")),
        tar(file("lib/x", b"2"), file("lib/.wh.gone"), file("lib/y", b"3")),
    )
    assert contents(found) == {"lib": None, "usr/lib/x": b"2", "usr/lib/y": b"3"}
    resolved = found.resolve("/lib/y")
    assert resolved is not None
    assert resolved.data == b"3"


def test_a_folder_in_place_of_a_link_is_a_folder(tmp_path):
    found = tree(
        tmp_path, tar(symlink("lib", "usr/lib"), file("usr/lib/x", b"1")), tar(folder("lib"), file("lib/x", b"2"))
    )
    assert contents(found) == {"usr/lib/x": b"1", "lib/x": b"2"}


def test_links_lead_to_their_final_file_and_never_out_of_the_root(tmp_path):
    found = tree(
        tmp_path,
        tar(
            file("usr/lib/os-release", b"ID=x"),
            symlink("etc/os-release", "../usr/lib/os-release"),
            symlink("deep", "../../../../usr/lib/os-release"),
            symlink("chain", "/etc/os-release"),
            symlink("out", "/../../../etc/passwd"),
        ),
    )
    assert {p: e.link for p, e in found.files.items() if e.kind == "symlink"} == dict.fromkeys(
        ("chain", "deep", "etc/os-release"), "usr/lib/os-release"
    )
    assert found.resolve("out") is None


def test_link_loops_are_noted_and_end(tmp_path):
    found = tree(tmp_path, tar(symlink("a", "b"), symlink("b", "a"), symlink("self", "self"), file("a/below", b"x")))
    assert contents(found) == {}
    assert [(o.reason, o.lost, o.count) for o in found.oddities] == [("link_loop", True, 1), ("link_loop", False, 3)]
    assert found.resolve("a") is None


def test_hard_links_carry_the_content_also_of_a_file_that_nobody_wanted_by_its_own_name(tmp_path):
    def wanted(path: str, size: int, mode: int) -> bool:
        return path.endswith("package.json")

    layer = tar(file("store/1234", b"{}"), hardlink("app/package.json", "./store/1234"), hardlink("no", "store/1234"))
    found = tree(tmp_path, layer, tar(file("store/.wh.1234")), wanted=wanted)
    assert contents(found) == {"app/package.json": b"{}"}
    entry = found.files["app/package.json"]
    assert (entry.kind, entry.link, entry.size) == ("hardlink", "store/1234", 2)


def test_a_hard_link_to_nothing_is_lost_and_told(tmp_path):
    assert reasons(tree(tmp_path, tar(hardlink("a", "nowhere")))) == {"dangling_hardlink": True}


def test_an_exact_path_is_followed_through_a_link_to_a_file_of_another_name(tmp_path):
    class Status:
        paths = ("var/lib/dpkg/status",)

        def __call__(self, path: str, size: int, mode: int) -> bool:
            return path == "var/lib/dpkg/status"

    found = tree(tmp_path, tar(file("srv/d/status", b"Package: x"), symlink("var/lib/dpkg", "/srv/d")), wanted=Status())
    entry = found.resolve("var/lib/dpkg/status")
    assert entry is not None
    assert (entry.path, entry.data) == ("var/lib/dpkg/status", b"Package: x")
    assert (entry.kind, entry.link) == ("hardlink", "srv/d/status")
    assert found.files["srv/d/status"].data == b"Package: x"


def test_a_link_whose_name_is_wanted_brings_the_file_it_leads_to(tmp_path):
    class Named:
        def __call__(self, path: str, size: int, mode: int) -> bool:
            return path.endswith("package.json")

        @staticmethod
        def linked(path: str) -> str:
            return "node" if path.endswith("package.json") else ""

    members = (
        file("opt/x", b"{}"),
        symlink("a/package.json", "../opt/x"),
        symlink("b/package.json", "/a/package.json"),
        symlink("c/package.json", "nowhere"),
        symlink("d/package.json", "/opt"),
        symlink("e/package.json", "package.json"),
        file("real/package.json", b"[]"),
        symlink("f/package.json", "../real/package.json"),
    )
    found = tree(tmp_path, tar(*members), wanted=Named())
    assert {path: entry.data for path, entry in found.files.items() if entry.kind != "symlink"} == {
        "opt/x": b"{}",
        "a/package.json": b"{}",
        "b/package.json": b"{}",
        "real/package.json": b"[]",
    }


@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 700_001])
def test_a_file_that_is_wanted_for_its_first_bytes(tmp_path, size):
    asked: list[bytes] = []

    class Content:
        def __call__(self, path: str, size: int, mode: int) -> bool:
            return False

        @staticmethod
        def by_content(path: str, size: int, head: bytes):
            asked.append(head)
            return (lambda content: content[-2:] if content[4:5] == b"!" else b"") if head == b"TEST" else False

    def content(begin: bytes) -> bytes:
        return begin + bytes(size - len(begin) - 2) + b"zz"

    members = (
        file("small", b"TEST!"),
        file("a", content(b"TEST!")),
        file("b", content(b"TEST?")),
        file("c", content(b"x")),
    )
    found = tree(tmp_path, tar(*members), wanted=Content())
    assert contents(found) == {"a": b"zz"}
    assert asked == [b"TEST", b"TEST", b"x\0\0\0"]


def test_an_extract_keeps_what_it_makes_and_entry_only_keeps_no_content(tmp_path):
    def wanted(path: str, size: int, mode: int):
        return entry_only if path == "entry" else (lambda content: content[:2])

    found = tree(tmp_path, tar(file("entry", b"12345"), file("extract", b"12345")), wanted=wanted)
    assert contents(found) == {"entry": None, "extract": b"12"}
    assert found.files["extract"].size == 5


def test_privileged_entries_are_told_wanted_or_not(tmp_path):
    layer = tar(
        file("su", mode=0o4755),
        file("open", mode=0o666),
        folder("tmp", mode=0o1777),
        folder("drop", mode=0o777),
        file("later", mode=0o4755),
        file("data", mode=0o4644),
    )
    found = tree(tmp_path, layer, tar(file("later", mode=0o755)), wanted=lambda *_: False)
    assert [(entry.path, entry.kind) for entry in found.privileged] == [
        ("drop", "directory"),
        ("open", "file"),
        ("su", "file"),
    ]
    assert not found.files
    assert not found.deleted


def test_history_says_which_command_brought_a_layer(tmp_path):
    layout = Layout(tmp_path)
    history = [
        {"created_by": "ADD rootfs", "created": "2026-01-01T00:00:00Z"},
        {"created_by": "ENV A=1", "empty_layer": True},
        {"created_by": "RUN apt"},
    ]
    manifest = layout.manifest(tar(file("a")), tar(file("b")), history=history)
    layout.add({"mediaType": "", "digest": layout.blob(manifest), "size": len(manifest)})
    with open_image(layout.target) as source:
        (image,) = source.images()
    assert [layer.created_by for layer in image.layers] == ["ADD rootfs", "RUN apt"]
    assert str(image.platform) == "linux/amd64"


# What must be refused, or told.


@pytest.mark.parametrize("name", ["../etc/passwd", "a/../../x", "..", "x/../../../../var/lib/dpkg/status"])
def test_path_that_leads_out(tmp_path, name):
    assert refused(tmp_path, tar(file(name, b"x"))) == "UNSAFE_PATH"


def test_hard_link_that_leads_out(tmp_path):
    assert refused(tmp_path, tar(hardlink("a", "../../etc/shadow"))) == "UNSAFE_PATH"


@pytest.mark.parametrize("name", [".wh.", ".wh...", "d/.wh.."])
def test_whiteout_of_no_file(tmp_path, name):
    assert refused(tmp_path, tar(file(name))) == "UNSAFE_PATH"


def test_path_too_deep(tmp_path):
    assert refused(tmp_path, tar(pax({"path": "a/" * 300 + "x"}, file("x")))) == "UNSAFE_PATH"


def test_absolute_path_and_inner_dot_dot_land_where_a_runtime_puts_them(tmp_path):
    found = tree(tmp_path, tar(file("/etc/a", b"1"), file("etc/x/../b", b"2"), file("./etc//c", b"3")))
    assert contents(found) == {"etc/a": b"1", "etc/b": b"2", "etc/c": b"3"}
    assert reasons(found) == {"absolute_path": False, "dot_dot_path": False}


def test_devices_and_pipes_are_told_and_replace(tmp_path):
    found = tree(
        tmp_path,
        tar(file("dev/null", b"x")),
        tar(member("dev/null", tarfile.CHRTYPE), member("dev/sda", tarfile.BLKTYPE), member("p", tarfile.FIFOTYPE)),
    )
    assert contents(found) == {}
    assert {o.reason: o.count for o in found.oddities} == {"device_node": 2, "named_pipe": 1}


def test_a_name_that_is_not_utf8_keeps_its_bytes(tmp_path):
    name = os.fsdecode(b"etc/caf\xe9")
    found = tree(tmp_path, tar(file(name, b"x")))
    assert [os.fsencode(path) for path in found.files] == [b"etc/caf\xe9"]
    assert reasons(found) == {"name_not_utf8": False}


@pytest.mark.parametrize("wish", [True, False])
def test_sparse_file(tmp_path, wish):
    layer = tar(
        pax({"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "db"}, file("x", b"1\n0\n")),
        file("next", b"n"),
    )
    found = tree(tmp_path, layer, wanted=lambda path, s, m: wish or path == "next")
    assert contents(found) == ({"db": None} if wish else {}) | {"next": b"n"}
    assert reasons(found) == {"sparse_file": wish}


def test_old_gnu_sparse_file_with_more_maps(tmp_path):
    header = bytearray(member("db", b"S", data=b"x" * 512)[:512])
    header[482] = 1
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    found = tree(tmp_path, tar(bytes(header), bytes(512), b"x" * 512, file("next", b"n")))
    assert contents(found) == {"db": None, "next": b"n"}
    assert reasons(found) == {"sparse_file": True}


def test_unknown_member_is_lost_and_told(tmp_path):
    found = tree(tmp_path, tar(member("volume", b"V"), file("a", b"1")))
    assert contents(found) == {"a": b"1"}
    assert reasons(found) == {"unknown_member": True}


def test_wanted_file_too_large_is_told_and_not_read(tmp_path, monkeypatch):
    assert MAX_FILE == 512 << 20
    monkeypatch.setattr("supplychain.artifact.image.layers.MAX_FILE", 10)
    found = tree(tmp_path, tar(file("big", b"x" * 11), file("small", b"x" * 10)))
    assert contents(found) == {"big": None, "small": b"x" * 10}
    assert reasons(found) == {"too_large": True}


def test_no_more_is_held_than_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr("supplychain.artifact.image.layers.MAX_KEPT", 25)
    found = tree(tmp_path, tar(*(file(f"f{n}", b"x" * 10) for n in range(4))))
    assert [data is not None for data in contents(found).values()] == [True, True, False, False]
    assert [(o.reason, o.count) for o in found.oddities] == [("too_large", 2)]


def test_more_members_than_accepted(tmp_path, monkeypatch):
    monkeypatch.setattr("supplychain.artifact.image.layers.MAX_MEMBERS", 3)
    assert refused(tmp_path, tar(*(file(f"f{n}") for n in range(4)))) == "TOO_MANY_FILES"


def test_a_hundred_thousand_tiny_files_cost_little(tmp_path):
    layer = tar(*(file(f"d/{n}") for n in range(100_000)))
    found = tree(tmp_path, layer, wanted=lambda path, s, m: path == "d/99999")
    assert list(found.files) == ["d/99999"]
    assert found.entries == 100_000


def test_links_too_entangled(tmp_path, monkeypatch):
    monkeypatch.setattr("supplychain.artifact.image.view.MAX_WORK", 1000)
    links = [symlink(f"l{n}", f"l{n - 1}/d") for n in range(1, 30)]
    with pytest.raises(MalformedInput) as caught:
        tree(tmp_path, tar(symlink("l0", "d"), *links, *(file(f"l{n}/x/{k}") for n in range(30) for k in range(30))))
    assert caught.value.code == "TOO_ENTANGLED"


def test_data_after_the_end_is_told(tmp_path):
    found = tree(tmp_path, tar(file("a", b"1")) + file("hidden", b"2"))
    assert contents(found) == {"a": b"1"}
    assert reasons(found) == {"data_after_end": False}


def test_ten_gigabytes_of_zeros_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("supplychain.artifact.image.decompress.FREE", 1 << 20)
    assert refused(tmp_path, tar(file("zeros", bytes(64 << 20)))) == "DECOMPRESSION_BOMB"


def test_a_rootfs_is_read_like_a_layer_and_links_are_not_followed(tmp_path):
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/os-release").write_text("ID=x")
    (root / "link").symlink_to("etc/os-release")
    (root / "out").symlink_to("/etc/passwd")
    (root / "outside").symlink_to("/etc")
    os.mkfifo(root / "pipe")
    (root / "su").write_text("")
    (root / "su").chmod(0o4755)
    found = read(f"rootfs:{root}", lambda path, s, m: path.startswith("etc"))
    assert contents(found) == {"etc/os-release": b"ID=x", "link": None, "outside": None}
    assert [entry.path for entry in found.privileged] == ["su"]
    assert reasons(found) == {"named_pipe": False}


def test_alpine_root_file_systems(shared):
    for version in ("3.10", "3.11"):
        found = read(f"rootfs:{shared}/images/rootfs-alpine-{version}")
        assert b"P:musl" in (found.files["lib/apk/db/installed"].data or b"")


def test_gzip_of_several_members_as_pigz_and_umoci_write_it(tmp_path):
    archive = tar(file("a", b"1" * 5000), file("b", b"2"))
    stored = b"".join(gzip.compress(archive[at : at + 1000]) for at in range(0, len(archive), 1000))
    found = read(Layout(tmp_path).image(stored, archives=(archive,)).target)
    assert set(found.files) == {"a", "b"}
