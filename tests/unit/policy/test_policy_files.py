"""The files of a policy set in every carrier: one digest, and archives that hold something else are refused."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.errors import MalformedInput, SupplychainError, UsageError
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.policy_files import MAX_BYTES, MAX_FILES, SIGNATURE, PolicyFiles, of_archive, open_files

FILES = {"ok/ok.rego": b"package supplychain.ok\n", "profiles/dev.yaml": b"environment: dev\n"}


def files(**more: bytes) -> PolicyFiles:
    return PolicyFiles(where="here", files={**FILES, **more})


def written(*entries: tarfile.TarInfo, data: bytes = b"package supplychain.ok\n") -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            entry.size = len(data) if entry.isreg() else 0
            archive.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue())


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def refused(data: bytes) -> str:
    with pytest.raises(MalformedInput) as caught:
        of_archive(data, where="set.tar.gz")
    assert (caught.value.code, caught.value.where) == ("BAD_ARCHIVE", "set.tar.gz")
    return caught.value.found


def test_packed_and_opened_it_is_the_same() -> None:
    packed = files().pack()
    again = of_archive(packed, where="set.tar.gz")
    assert again.files == FILES
    assert again.digest == files().digest
    assert again.pack() == packed


def test_packing_does_not_depend_on_order() -> None:
    turned = PolicyFiles(where="", files=dict(reversed(FILES.items())))
    assert turned.pack() == files().pack()
    assert turned.digest == files().digest


def test_a_folder_and_its_archive_have_one_digest(tmp_path: Path) -> None:
    folder = open_files(policies_folder())
    archive = tmp_path / "set.tar.gz"
    archive.write_bytes(folder.pack())
    assert open_files(archive).digest == folder.digest
    assert open_files(archive).files == folder.files
    assert open_files(archive).environments == ("dev", "production", "staging")


def test_what_the_digest_is_about() -> None:
    plain = files().digest
    assert files(**{"ok/ok_test.rego": b"x"}).digest == plain
    assert files(**{SIGNATURE: b"x"}).digest == plain
    assert files(**{"ok/more.rego": b""}).digest != plain
    assert files(**{"profiles/dev.yaml": b"environment: prod\n"}).digest != plain
    moved = {"ok/no.rego": FILES["ok/ok.rego"], "profiles/dev.yaml": FILES["profiles/dev.yaml"]}
    assert PolicyFiles(where="", files=moved).digest != plain


@pytest.mark.parametrize(
    "bad",
    [
        entry("/etc/ok.rego"),
        entry("../ok.rego"),
        entry("a/../../ok.rego"),
        entry("a\\..\\ok.rego"),
        entry("a\x1b[2Jb.rego"),
        entry("ok.rego", tarfile.SYMTYPE, "/etc/passwd"),
        entry("ok.rego", tarfile.LNKTYPE, "profiles/dev.yaml"),
        entry("ok.rego", tarfile.FIFOTYPE),
        entry("ok.rego", tarfile.CHRTYPE),
        entry("ok.rego", tarfile.CONTTYPE),
    ],
    ids=lambda made: f"{made.type!r} {made.name!r}",
)
def test_entries_that_are_no_plain_files_inside(bad: tarfile.TarInfo) -> None:
    assert "leads elsewhere" in refused(written(entry("ok/ok.rego"), bad))


def test_a_sparse_file_of_a_tebibyte() -> None:
    made = entry("ok/ok.rego")
    made.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
    made.pax_headers["GNU.sparse.name"] = "ok/ok.rego"
    assert "leads elsewhere" in refused(written(made, data=b"1\n0\n1\n".ljust(512, b"\0") + b"x"))


def test_the_same_name_twice() -> None:
    assert "twice" in refused(written(entry("ok/ok.rego"), entry("./ok//ok.rego")))


def test_too_many_files() -> None:
    assert "more than 2000 files" in refused(written(*(entry(f"r{i}.rego") for i in range(MAX_FILES + 1))))


def test_an_archive_that_unfolds_without_end() -> None:
    assert "more than 32 MiB" in refused(gzip.compress(b"\0" * (MAX_BYTES + 1)))


def test_an_archive_that_breaks_off_or_goes_on() -> None:
    packed = files().pack()
    assert "cut short" in refused(packed[:-9])
    assert "more than one gzip member" in refused(packed + packed)
    assert "more than one gzip member" in refused(packed + b"x")
    raw = gzip.decompress(packed)
    refused(gzip.compress(raw[:700]))
    assert "no file" in refused(gzip.compress(raw[:1024].ljust(1024, b"\0") + b"x" * 512 + raw[1024:]))


@pytest.mark.parametrize("data", [b"", b"x", b"\x1f\x8b", b"package a", gzip.compress(b"package a", mtime=0)])
def test_what_is_no_archive(data: bytes) -> None:
    refused(data)


def test_files_that_do_not_belong_are_left_out() -> None:
    names = ("ok/readme.md", "profiles/old/dev.yaml", "dev.yaml", f"ok/{SIGNATURE}", "ok.rego")
    assert set(of_archive(written(*map(entry, names)), where="").files) == {"ok.rego"}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**20), st.binary(min_size=1, max_size=12))
def test_any_change_is_read_or_refused(at: int, change: bytes) -> None:
    raw = bytearray(gzip.decompress(files().pack()))
    at %= len(raw)
    raw[at : at + len(change)] = change
    try:
        found = of_archive(gzip.compress(bytes(raw), compresslevel=1), where="")
    except MalformedInput:
        return
    assert all(not path.startswith("/") and ".." not in path.split("/") for path in found.files)


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policy folder"):
        open_files(tmp_path / "none")


def test_a_folder_of_one_huge_file(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_bytes(b" " * (1 << 20) + b"x")
    with pytest.raises(SupplychainError) as caught:
        open_files(tmp_path)
    assert caught.value.where.endswith("a.rego")
