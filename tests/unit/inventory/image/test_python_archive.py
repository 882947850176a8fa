from __future__ import annotations

import io
import zipfile

import pytest

from supplychain.inventory.image import python_archive
from supplychain.inventory.image.python_archive import python_note, read_archives, read_programs

METADATA = b"Metadata-Version: 2.1\nName: Jinja2\nVersion: 2.4.1\nRequires-Dist: MarkupSafe\n\n"
NEEDED = b"Name: MarkupSafe\nVersion: 1.0\n"


def packed(entries: dict[str, bytes], *, pad: int = 70_000) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        archive.writestr("filler", bytes(pad))
    return out.getvalue()


BOTH = packed(
    {
        ".deps/Jinja2-2.4.1-py3-none-any.whl/Jinja2-2.4.1.dist-info/METADATA": METADATA,
        ".deps/x.whl/MarkupSafe-1.0.egg-info/PKG-INFO": NEEDED,
        "docs/METADATA": b"Name: no\n",
        "app/jinja2.dist-info/METADATA.txt": b"Name: no\n",
    }
)


@pytest.mark.parametrize("begin", [b"", b"#!/usr/bin/env python3\n"])
def test_distributions_and_what_they_need(view, begin):
    found = read_archives(view({"app/run.pex": begin + BOTH}))
    assert {c.purl: c.depends_on for c in found.components} == {
        "pkg:pypi/jinja2@2.4.1": ("pkg:pypi/markupsafe@1.0",),
        "pkg:pypi/markupsafe@1.0": (),
    }
    assert found.components[0].origin.startswith("app/run.pex!.deps/Jinja2")
    assert found.gaps == ()


def test_a_program_is_an_archive_behind_its_first_line(view):
    files = {"usr/bin/tool": (b"#!/usr/bin/python3\n" + BOTH, 0o755), "usr/bin/sh": (b"#!/bin/sh\n" * 9000, 0o755)}
    assert [c.name for c in read_programs(view(files)).components] == ["jinja2", "markupsafe"]


def test_small_archives_count_too(view):
    assert read_archives(view({"a.egg": packed({"EGG-INFO/PKG-INFO": METADATA}, pad=0)})).components


def test_broken_archives_are_gaps(view):
    found = read_archives(view({"a.pyz": BOTH[1000:]}))
    assert (found.components, [gap.what for gap in found.gaps]) == ((), ["a.pyz"])


def test_archives_without_metadata_say_nothing(view):
    found = read_archives(view({"a.pyz": packed({"__main__.py": b"x"}), "b.pyz": b"no archive"}))
    assert (found.components, found.gaps) == ((), ())


def test_no_more_is_read_than_allowed(view, monkeypatch):
    monkeypatch.setattr(python_archive, "_MAX_TOTAL", 10)
    found = read_archives(view({"run.pex": BOTH}))
    assert "the archive holds more than is read of one" in [gap.detail for gap in found.gaps]


def test_a_bomb_costs_little():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.dist-info/METADATA", METADATA + bytes(200_000_000))
    assert len(python_note(out.getvalue())) < 2_000_000
