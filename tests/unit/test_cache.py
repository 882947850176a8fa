"""The cache: what was kept comes back, and nothing else does."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from supplychain.cache import Cache
from supplychain.errors import MalformedInput

PARTS = {"tool": "t", "version": "1", "inputs": ["sha256:00"]}


def entry(home: Path) -> Path:
    (found,) = [path for path in (home / "cache").rglob("*") if path.is_file()]
    return found


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.get(PARTS) is None
    cache.put(PARTS, b"content")
    assert cache.get(dict(reversed(PARTS.items()))) == b"content"
    assert Cache(tmp_path).get(PARTS) == b"content"
    assert cache.refused == []
    cache.put(PARTS, b"")
    assert cache.get(PARTS) == b""


@pytest.mark.parametrize("other", [{"version": "2"}, {"inputs": []}, {"tool": None}, {"more": 1}])
def test_every_part_counts(tmp_path: Path, other: dict[str, object]) -> None:
    Cache(tmp_path).put(PARTS, b"content")
    assert Cache(tmp_path).get({**PARTS, **other}) is None


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    Cache(tmp_path).put(PARTS, b"content")
    for path in (entry(tmp_path), tmp_path / "cache.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_byte_counts(tmp_path: Path) -> None:
    Cache(tmp_path).put(PARTS, b"content")
    path = entry(tmp_path)
    data = path.read_bytes()
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        path.write_bytes(changed)
        cache = Cache(tmp_path)
        assert cache.get(PARTS) is None
        assert cache.refused == [path.name]
    path.write_bytes(data)
    assert Cache(tmp_path).get(PARTS) == b"content"


def test_what_is_no_file_is_a_miss(tmp_path: Path) -> None:
    Cache(tmp_path).put(PARTS, b"content")
    path = entry(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert Cache(tmp_path).get(PARTS) is None
    path.unlink()
    path.mkdir()
    assert Cache(tmp_path).get(PARTS) is None


@pytest.mark.parametrize("key", [b"", b"k", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "cache.key").write_bytes(key)
    with pytest.raises(MalformedInput):
        Cache(tmp_path).put(PARTS, b"content")
