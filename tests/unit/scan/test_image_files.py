from __future__ import annotations

from typing import Any

from supplychain.artifact.image.tree import ImageFile, ImageTree
from supplychain.scan.image_files import check_caches, check_files
from supplychain.scan.image_wanted import image_wanted
from tests.simulator.image_trees import tree_of


def entry(path: str, mode: int, **more: Any) -> ImageFile:
    return ImageFile(**{"path": path, "size": 0, "mode": mode, "uid": 0, "gid": 0, "layer": 0, **more})


def found(*entries: ImageFile) -> list[tuple[str, str]]:
    return [(finding.id, finding.title) for finding in check_files(ImageTree(files={}, privileged=entries))]


def test_programs_of_the_distribution_are_one_finding():
    result = found(entry("usr/bin/su", 0o4755), entry("usr/bin/passwd", 0o4755), entry("usr/bin/wall", 0o2755))
    assert [kind for kind, _ in result] == ["image-set-uid-usual"]
    assert "3 programs" in result[0][1]


def test_other_programs_are_one_finding_each():
    result = found(entry("opt/su", 0o4755), entry("usr/bin/su", 0o4755, uid=1000), entry("usr/bin/x", 0o2755, gid=5))
    assert [kind for kind, _ in result] == ["image-set-uid", "image-set-uid", "image-set-gid"]


def test_what_everyone_may_write():
    result = found(entry("app", 0o777, kind="directory"), entry("app/x", 0o666), entry("tmp/x", 0o666))
    assert [title.partition(" ")[0] for _, title in result] == ["app", "app/x"]


def test_a_folder_with_the_group_bit_is_no_program():
    assert found(entry("var/mail", 0o2775, kind="directory")) == []


def test_many_are_counted():
    result = found(*(entry(f"app/{index:03}", 0o666) for index in range(100)))
    assert len(result) == 26
    assert "75 more" in result[-1][1]


def test_a_name_that_is_no_text_becomes_one():
    entries = (entry(b"opt/\xff".decode("utf-8", "surrogateescape"), 0o4755),)
    locations = [finding.location for finding in check_files(ImageTree(files={}, privileged=entries))]
    assert locations[0] is not None
    assert locations[0].path == "opt/�"


def test_caches():
    files = {
        "var/cache/apt/archives/a_1_amd64.deb": b"x" * 2_000_000,
        "var/cache/apt/archives/lock": b"",
        "var/lib/apt/lists/mirror.example_Packages": b"x",
        "root/.cache/pip/http/1": b"x",
        "var/cache/ldconfig/aux-cache": b"x",
    }
    result = list(check_caches(tree_of(files, more=image_wanted)))
    assert [finding.location.path for finding in result if finding.location] == [
        "root/.cache/pip/",
        "var/cache/apt/archives/",
        "var/lib/apt/lists/",
    ]
    assert "2.0 MB" in result[1].title
