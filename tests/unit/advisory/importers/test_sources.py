"""Zips, folders, checkouts and files, read within limits."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.importers import sources
from supplychain.advisory.importers.reader import Reader
from supplychain.advisory.importers.sources import Document, Source
from supplychain.errors import MalformedInput, UsageError


def read(path: Path) -> list[Document | str]:
    return list(Source.of(path).documents())


def test_checkout_skips_git_and_counts_what_is_no_record(tmp_path: Path, record: Any) -> None:
    import json

    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.json").write_text("{")
    (tmp_path / "vulns" / "a").mkdir(parents=True)
    (tmp_path / "vulns" / "a" / "X-1.json").write_text(json.dumps(record()))
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "config.yaml").write_text("a: 1\n")
    reader = Reader(Source.of(tmp_path))
    assert [advisory.id for advisory in reader.records()] == ["X-1"]
    assert reader.ignored == 2
    assert {Path(name).name for name in reader.ignored_names} == {"README.md", "config.yaml"}


@pytest.mark.parametrize("name", ["nothing.zip", "a.tar.gz"])
def test_what_is_no_source_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"x")
    with pytest.raises(UsageError):
        Source.of(tmp_path / name)


def test_damaged_member_is_named(tmp_path: Path, record: Any, feed: Any) -> None:
    path = feed(tmp_path / "all.zip", [record("X-1", details="x" * 500), record("X-2", details="y" * 500)])
    data = bytearray(path.read_bytes())
    data[len(data) // 2 - 200] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(MalformedInput) as caught:
        list(Reader(Source.of(path)).records())
    assert "all.zip" in caught.value.where


def test_truncated_zip_is_refused(tmp_path: Path, record: Any, feed: Any) -> None:
    path = feed(tmp_path / "all.zip", [record("X-1")])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(MalformedInput) as caught:
        read(path)
    assert caught.value.code == "BAD_ZIP"


def test_encrypted_member_is_refused(tmp_path: Path, record: Any, feed: Any) -> None:
    path = feed(tmp_path / "all.zip", [record("X-1")])
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        data[at : at + 2] = struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] | 1)
    path.write_bytes(data)
    with pytest.raises(MalformedInput) as caught:
        read(path)
    assert caught.value.where.endswith("all.zip!X-1.json")


def bomb(path: Path, members: int, size: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(members):
            archive.writestr(f"{i}.json", b" " * size)
    return path


def test_member_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_RECORD", 100_000)
    with pytest.raises(MalformedInput) as caught:
        read(bomb(tmp_path / "b.zip", 1, 100_001))
    assert caught.value.code == "TOO_LARGE"


def test_many_small_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_FREE", 1000)
    with pytest.raises(MalformedInput) as caught:
        read(bomb(tmp_path / "b.zip", 20, 200_000))
    assert caught.value.code == "TOO_LARGE"


def test_names_in_a_zip_do_nothing(tmp_path: Path, record: Any) -> None:
    import json

    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../../evil.json", json.dumps(record("X-1")))
        archive.writestr("/abs.json", json.dumps(record("X-2")))
    assert [advisory.id for advisory in Reader(Source.of(path)).records()] == ["X-1", "X-2"]
    assert list(tmp_path.iterdir()) == [path]
