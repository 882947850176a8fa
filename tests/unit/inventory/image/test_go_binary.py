from __future__ import annotations

import shutil
import subprocess

import pytest

from supplychain.inventory.image.condense import program_note, read_packed
from supplychain.inventory.image.go_binary import build_note, read_go
from tests.simulator import programs

FORMS = [(True, "<"), (True, ">"), (False, "<"), (False, ">")]


def purls(found) -> list[str]:
    return [component.purl for component in found.components]


def test_modules_and_the_standard_library(view):
    found = read_go(view({"usr/bin/app": (programs.go_program(), 0o755)}))
    assert purls(found) == [
        "pkg:golang/golang.org/x/net@v0.17.0",
        "pkg:golang/stdlib@1.21.3",
        "pkg:golang/example.com/app",
    ]
    assert found.components[-1].depends_on == tuple(purls(found)[:2])
    assert found.gaps == ()


@pytest.mark.parametrize(("wide", "order"), FORMS)
def test_pointers_of_older_programs(wide, order):
    note = program_note(programs.go_pointers(wide=wide, order=order))
    assert note == b"go\0go1.16.5\0" + programs.MODULES.encode()


def test_a_replacement_is_what_was_compiled(view):
    modules = "path\tx\nmod\texample.com/app\tv1.2.3\th1:\ndep\ta.org/b\tv1.0.0\n=>\tc.org/d\tv2.0.0\th1:\n"
    modules += "dep\te.org/f\tv1.0.0\n=>\t./local\t(devel)\n"
    found = read_go(view({"app": (programs.go_program(modules), 0o755)}))
    assert purls(found)[:2] == ["pkg:golang/c.org/d@v2.0.0", "pkg:golang/e.org/f"]
    assert found.components[-1].version == "v1.2.3"


@pytest.mark.parametrize(
    ("version", "stdlib"),
    [("go1.22rc1", "1.22rc1"), ("go1.20.4 X:boringcrypto", "1.20.4"), ("devel +abc", None), ("", None)],
)
def test_versions_of_go(view, version, stdlib):
    found = read_go(view({"app": (programs.go_program(version=version), 0o755)}))
    listed = [component.version for component in found.components if component.name == "stdlib"]
    assert listed == ([stdlib] if stdlib else [])
    assert [gap.what for gap in found.gaps] == ([] if stdlib else ["app"])


def test_a_program_without_its_list_of_modules_is_named(view):
    found = read_go(view({"app": (programs.go_program(""), 0o755)}))
    assert (purls(found), [gap.what for gap in found.gaps]) == (["pkg:golang/stdlib@1.21.3"], ["app"])


def test_a_header_that_leads_nowhere_is_named(view):
    broken = programs.elf(
        {b".go.buildinfo": (b"\xff Go buildinf:" + bytes((8, 0))).ljust(32, b"\xee"), b".t": bytes(70_000)}
    )
    found = read_go(view({"app": (broken, 0o755)}))
    assert (found.components, {gap.what for gap in found.gaps}) == ((), {"app"})


def test_hostile_lines_become_no_purls(view):
    modules = "mod\ta?x=y\tv1.0.0\ndep\t../../etc\tv1.0.0\ndep\tok.org/a\tv1 2\nnonsense\n"
    found = read_go(view({"app": (programs.go_program(modules), 0o755)}))
    assert purls(found) == ["pkg:golang/ok.org/a", "pkg:golang/stdlib@1.21.3"]
    assert len(found.gaps) == 2


@pytest.mark.parametrize("length", [b"\xff" * 4 + b"\x7f", b"\xff" * 12, b"\x80", b""])
def test_lengths_that_lie(length):
    content = (b"\xff Go buildinf:" + bytes((8, 2))).ljust(32, b"\0") + length
    assert build_note(content) == b"go\0\0"


def test_a_program_that_go_did_not_make():
    assert program_note(programs.elf({b".text": b"x"})) is None
    assert program_note(b"#!/bin/sh\n" * 100) == b""


def test_windows_programs_are_searched():
    assert (program_note(b"MZ" + bytes(30) + programs.go_inline()) or b"").startswith(b"go\0go1.21.3\0path")


@pytest.mark.tools
def test_a_real_program(tmp_path):
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    (tmp_path / "go.mod").write_text("module example.com/real\ngo 1.20\n")
    (tmp_path / "main.go").write_text("package main\nfunc main(){}\n")
    env = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    subprocess.run([go, "build", "-ldflags=-s -w", "-o", "app", "."], cwd=tmp_path, env=env, check=True, timeout=300)
    note = program_note((tmp_path / "app").read_bytes()) or b""
    stated = subprocess.run(
        [go, "version", "-m", "app"], cwd=tmp_path, env=env, check=True, capture_output=True, text=True
    )
    version, _, modules = note.decode().removeprefix("go\0").partition("\0")
    assert stated.stdout == f"app: {version}\n" + "".join(f"\t{line}\n" for line in modules.splitlines())


@pytest.mark.parametrize(("wide", "order"), FORMS)
def test_a_section_of_another_name_hides_nothing(wide, order):
    """Go itself looks into the data of a program then (`debug/buildinfo`)."""
    sections = {b".other": programs.go_inline(), b".text": bytes(70_000)}
    program = programs.elf(sections, wide=wide, order=order, address=0x400000)
    assert program_note(program) == b"go\0go1.21.3\0" + programs.MODULES.encode()


def test_a_packed_program_is_a_gap(view):
    files = {"app/run": (programs.elf({b".x": b"UPX!" + bytes(70_000)}), 0o755)}
    found = read_packed(view(files))
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("app/run", "unreadable")]


def test_a_program_that_knows_the_mark_of_a_packer_is_none(view):
    found = read_packed(view({"usr/bin/upx": (programs.elf({b".x": bytes(70_000) + b"UPX!"}), 0o755)}))
    assert found.gaps == ()
