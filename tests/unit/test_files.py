"""Bounded reads, whole writes."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, UsageError
from supplychain.files import read_bytes, write_atomic, write_new


def refusal(path: Path, **more: int) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        read_bytes(path, what="a thing", **more)
    assert caught.value.where == str(path)
    return caught.value


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert read_bytes(path) == b"abc"
    assert read_bytes(path, max_bytes=3) == b"abc"
    error = refusal(path, max_bytes=2)
    assert isinstance(error, MalformedInput)
    assert error.code == "TOO_LARGE"
    assert "a thing of at most 2 bytes" in error.expected


def test_what_is_not_read(tmp_path: Path) -> None:
    empty, pipe, loop = tmp_path / "empty", tmp_path / "pipe", tmp_path / "loop"
    empty.touch()
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    assert refusal(empty).code == "FILE_EMPTY"
    assert refusal(tmp_path / "none").code == "FILE_MISSING"
    for path in (pipe, tmp_path, Path("/dev/zero"), Path("/dev/null")):
        assert refusal(path).code == "NOT_A_FILE"
    assert refusal(loop).code == "FILE_UNREADABLE"
    assert isinstance(refusal(pipe), UsageError)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.write_bytes(b"x")
    closed.chmod(0)
    assert refusal(closed).code == "FILE_UNREADABLE"


def test_no_descriptor_is_lost(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        refusal(tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_write_replaces_whole_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / ("n" * 200)
    write_atomic(path, b"one", mode=0o600)
    write_atomic(path, b"two", mode=0o640)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_write_does_not_follow_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"precious")
    link.symlink_to(target)
    write_atomic(link, b"new")
    assert target.read_bytes() == b"precious"
    assert not link.is_symlink()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    write_atomic(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ToolFailed, match="No space left") as caught:
        write_atomic(path, b"new")
    assert caught.value.code == "CANNOT_WRITE"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ToolFailed) as caught:
        write_atomic(tmp_path / "file" / "a", b"x")
    assert caught.value.code == "CANNOT_WRITE"


def test_a_new_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert write_new(path, b"one", mode=0o600)
    assert not write_new(path, b"two")
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    dangling = tmp_path / "b"
    dangling.symlink_to("nowhere")
    assert not write_new(dangling, b"x")
    assert {entry.name for entry in tmp_path.iterdir()} == {"a", "b"}


def test_of_two_writers_at_once_one_wins(tmp_path: Path) -> None:
    path, wins = tmp_path / "a", []
    gate = threading.Barrier(8)

    def write(number: int) -> None:
        gate.wait()
        if write_new(path, b"%d" % number):
            wins.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1
    assert path.read_bytes() == b"%d" % wins[0]
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        device.write_bytes(b"")
    except OSError:
        pytest.skip("may not make devices here")
    write_atomic(device, b"x")
    assert device.is_char_device()
    assert list(tmp_path.iterdir()) == [device]
