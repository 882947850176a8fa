"""Archives as streams: formats that must be read, and archives that must be refused."""

from __future__ import annotations

import io
import tarfile

import pytest

from supplychain.artifact.image.decompress import decompressed
from supplychain.artifact.image.tar import Member, TarStream
from supplychain.artifact.image.tar_header import number
from supplychain.errors import MalformedInput
from tests.simulator.images import file, member, pax, symlink, tar, zipped
from tests.simulator.runaway import ends


def pieces(data: bytes, size: int):
    return (data[at : at + size] for at in range(0, len(data), size))


def read(data: bytes, size: int = 1000) -> list[tuple[Member, bytes]]:
    stream = TarStream(pieces(data, size), where="test")
    return [(entry, stream.content()) for entry in stream]


def names(data: bytes) -> list[str]:
    return [entry.name for entry, _ in read(data)]


@pytest.mark.parametrize("size", [1, 7, 511, 512, 513, 4096, 1 << 20])
def test_pieces_of_any_size(size):
    data = tar(file("a", b"x" * 700), file("b"), file("c", b"y" * 512))
    assert [(entry.name, content) for entry, content in read(data, size)] == [
        ("a", b"x" * 700),
        ("b", b""),
        ("c", b"y" * 512),
    ]


@pytest.mark.parametrize("style", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_tarfile_writes(style):
    buffer = io.BytesIO()
    long = "d" * 90 + "/" + "f" * 90
    with tarfile.open(fileobj=buffer, mode="w", format=style) as archive:
        for name in ("short", long, long + "x"):
            info = tarfile.TarInfo(name)
            info.size, info.uid, info.gid, info.mode = 3, 1000, 2000, 0o4755
            archive.addfile(info, io.BytesIO(b"abc"))
        info = tarfile.TarInfo("link")
        info.type, info.linkname = tarfile.SYMTYPE, "t" * (90 if style == tarfile.USTAR_FORMAT else 190)
        archive.addfile(info)
    found = read(buffer.getvalue())
    assert [entry.name for entry, _ in found] == ["short", long, long + "x", "link"]
    assert found[1][0].ids() == (1000, 2000)
    assert found[1][0].mode == 0o4755
    assert found[1][1] == b"abc"
    assert found[3][0].link == info.linkname


def test_pax_gives_path_link_size_and_owner():
    inner = file("short", b"abc")
    header = bytearray(inner)
    found = read(tar(pax({"path": "käse", "uid": "3000000", "size": "3"}, bytes(header)), file("next")))
    assert [(e.name, c) for e, c in found] == [("käse", b"abc"), ("next", b"")]
    assert found[0][0].ids()[0] == 3_000_000
    assert read(tar(pax({"linkpath": "far"}, symlink("l", "near"))))[0][0].link == "far"


def test_global_pax_records_are_ignored_as_runtimes_do():
    assert names(tar(pax({"path": "all"}, b"").replace(b"PaxHeaders/x", b"PaxHeaders/x", 1), file("a"))) == ["all"]
    data = member("g", b"g", data=b"12 path=all\n") + file("a")
    assert names(tar(data)) == ["a"]


def test_base_256_numbers():
    assert number(b"\x80" + (10**12).to_bytes(11, "big")) == 10**12
    assert number(b"\xff" * 12) == -1
    assert number(b"0000644\0") == 0o644
    with pytest.raises(ValueError, match="not a number"):
        number(b"0x12   \0")


@pytest.mark.parametrize("end", [b"", bytes(512), bytes(1024), bytes(10240), bytes(100)])
def test_an_archive_may_end_in_any_of_these_ways(end):
    assert names(tar(file("a", b"x" * 5), end=end)) == ["a"]


def test_last_member_unpadded_and_no_end_as_umoci_writes_it():
    data = file("a", b"1") + file("b", b"x" * 700)[: 512 + 700]
    assert [(e.name, len(c)) for e, c in read(data)] == [("a", 1), ("b", 700)]
    assert [entry.name for entry in TarStream([data], where="test")] == ["a", "b"]


@pytest.mark.parametrize(
    "data",
    {
        "ends_inside_content": file("a", b"x" * 700)[: 512 + 699],
        "ends_inside_a_header": file("a", b"x") + file("b")[:300],
        "ends_after_an_extended_header": pax({"path": "x"}, b""),
        "checksum_wrong": file("a").replace(b"ustar", b"uztar"),
        "not_a_tar": b"hello world " * 100,
        "size_no_number": file("a").replace(b"00000000000\0", b"zzzzzzzzzzz\0", 1),
        "lone_block_of_zeros": file("a") + bytes(512) + file("b"),
        "pax_length_too_long": member("x", b"x", data=b"99 path=a\n") + file("a"),
        "pax_without_newline": member("x", b"x", data=b"9 path=a!") + file("a"),
        "pax_without_value": member("x", b"x", data=b"8 path\n\n") + file("a"),
        "pax_size_no_number": pax({"size": "-1"}, file("a")),
        "pax_path_with_nul": pax({"path": "a\0b"}, file("a")),
        "extended_header_too_large": member("x", b"x", data=b"x" * (1024 * 1024 + 1)),
        "long_name_too_large": member("x", b"L", data=b"x" * (1024 * 1024 + 1)),
    }.items(),
    ids=lambda item: item[0],
)
def test_broken_archive(data):
    with pytest.raises(MalformedInput) as caught:
        read(data[1])
    assert caught.value.code == "TAR"


def test_kinds_without_content_have_none_whatever_their_size_says():
    # As Go reads it: the next header follows at once.
    header = bytearray(symlink("l", "t"))
    header[124:136] = b"00000001000\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert names(tar(bytes(header), file("a"))) == ["l", "a"]


def test_old_folder_is_a_regular_file_with_a_slash():
    assert read(tar(member("d/", b"\0")))[0][0].kind == "5"


def test_a_signed_checksum_is_a_checksum():
    header = bytearray(file("caf\udce9"))
    total = sum(b - 256 if b > 127 else b for b in header[:148]) + sum(header[156:]) + 256
    header[148:156] = b"%06o\0 " % total
    assert len(read(tar(bytes(header)))) == 1


def unzip(data: bytes) -> bytes:
    return b"".join(decompressed(pieces(data, 777), where="test"))


def zstd(data: bytes) -> bytes:
    from backports import zstd as codec

    return codec.compress(data)


@pytest.mark.parametrize("press", [zipped, zstd, bytes])
@pytest.mark.parametrize("times", [1, 3])
def test_compressed_streams_of_one_or_more_members(press, times):
    data = b"some archive " * 1000
    assert unzip(press(data) * times) == data * times


def test_empty_stream():
    assert unzip(b"") == b""
    assert unzip(zipped(b"")) == b""


@pytest.mark.parametrize(
    "data",
    {
        "truncated_gzip": zipped(b"x" * 10_000)[:-9],
        "truncated_in_the_trailer": zipped(b"x" * 10_000)[:-1],
        "truncated_in_the_second_member": zipped(b"x") + zipped(b"y" * 10_000)[:-12],
        "gzip_checksum_wrong": zipped(b"x" * 10_000)[:-8] + bytes(8),
        "something_after_the_end": zipped(b"x") + b"hidden",
        "truncated_zstd": zstd(b"x" * 10_000)[:-3],
        "something_after_zstd": zstd(b"x") + b"hidden",
        "zstd_broken": zstd(b"x" * 100)[:6] + b"\xff" * 20,
        "bzip2": b"BZh91AY&SY",
        "xz": b"\xfd7zXZ\0\0\0",
    }.items(),
    ids=lambda item: item[0],
)
def test_broken_compression(data):
    with pytest.raises(MalformedInput) as caught:
        unzip(data[1])
    assert caught.value.code == "COMPRESSION"


@pytest.mark.parametrize("press", [zipped, zstd])
def test_bomb_is_refused(press, monkeypatch):
    monkeypatch.setattr("supplychain.artifact.image.decompress.FREE", 8 << 20)
    bomb = press(bytes(200 << 20))
    with ends(), pytest.raises(MalformedInput) as caught:
        for _ in decompressed(pieces(bomb, 131072), where="test"):
            pass
    assert caught.value.code == "DECOMPRESSION_BOMB"
