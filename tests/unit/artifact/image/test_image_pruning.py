"""Pulled blobs within their bound: what goes, what stays, and what other processes notice."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from filelock import FileLock

from supplychain.artifact.digest import Digest
from supplychain.artifact.image import pruning
from supplychain.artifact.image.blob import Descriptor
from supplychain.artifact.image.kept import KeptBlobs
from supplychain.artifact.image.pruning import kept_state, max_size_of, parse_size, prune, shown_size
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from tests.simulator.images import Layout, file, tar
from tests.simulator.registry_server import RegistryServer


def kept(home: Path, *contents: bytes) -> list[Path]:
    """Blobs, each used a day after the one before; the last one ten days ago."""
    store = KeptBlobs(home)
    paths = []
    for index, content in enumerate(contents):
        blob = Descriptor(digest=Digest.of_bytes(content), size=len(content))
        store.store(blob, (content,), where="blob")
        (path,) = home.rglob(blob.digest.hex)
        aged(path, 10 + len(contents) - index)
        paths.append(path)
    return paths


def aged(path: Path, days: float) -> None:
    now = path.stat().st_ctime
    os.utime(path, (now, now - days * 86400))


def test_what_was_used_last_stays(tmp_path):
    first, second, third = kept(tmp_path, b"a" * 100, b"b" * 200, b"c" * 300)
    store = KeptBlobs(tmp_path)
    list(store.chunks(Descriptor(digest=Digest.of_bytes(b"a" * 100), size=100)))
    done = prune(tmp_path, max_size=400)
    assert (done.removed, done.freed, done.left) == (1, 200, 400)
    assert [path.exists() for path in (first, second, third)] == [True, False, True]
    state = kept_state(tmp_path)
    assert (state.blobs, state.size, state.max_size) == (2, 400, pruning.DEFAULT_MAX)
    assert prune(tmp_path, max_size=0).left == 0
    assert kept_state(tmp_path).blobs == 0


def test_what_is_in_use_is_not_taken_unasked(tmp_path):
    old, new = kept(tmp_path, b"a" * 100, b"b" * 100)
    aged(new, 0)
    assert prune(tmp_path, max_size=0, grace_s=600).left == 100
    assert (old.exists(), new.exists()) == (False, True)


def test_parts_of_pulls_go_when_they_are_old(tmp_path):
    (path,) = kept(tmp_path, b"a")
    parts = [path.with_name(f".part-{name}") for name in ("running", "dead")]
    for part in parts:
        part.write_bytes(b"x" * 50)
    aged(parts[1], 2)
    assert prune(tmp_path, max_size=1000).removed == 1
    assert [part.exists() for part in parts] == [True, False]
    assert kept_state(tmp_path).size == 1


def test_nothing_but_blobs_is_touched(tmp_path):
    kept(tmp_path, b"a")
    (tmp_path / "blobs/notes").write_text("mine")
    (tmp_path / "blobs/sha256/link").symlink_to("/etc/passwd")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/signing.pem").write_text("secret")
    prune(tmp_path, max_size=0)
    assert (tmp_path / "blobs/notes").exists()
    assert (tmp_path / "blobs/sha256/link").is_symlink()
    assert (tmp_path / "keys/signing.pem").exists()
    assert prune(tmp_path / "nowhere", max_size=0).removed == 0


def test_the_bound_holds_after_a_pull(tmp_path):
    layout = Layout(tmp_path).image(tar(file("a", os.urandom(3000))))
    (tmp_path / "home").mkdir()
    old = kept(tmp_path / "home", *(os.urandom(1000) for _ in range(20)))
    (tmp_path / "home/cache.yaml").write_text("max_size: 10K\n")
    with RegistryServer() as server:
        server.put("v1", layout)
        with server.source("app:v1", home=tmp_path / "home") as source:
            source.read(source.images()[0], lambda *_: True)
    assert kept_state(tmp_path / "home").size <= 10 * 1024
    assert not old[0].exists()
    assert old[-1].exists()


def test_a_blob_pruned_by_another_process_is_fetched_again(tmp_path):
    layout = Layout(tmp_path).image(tar(file("a", os.urandom(3000))), tar(file("b", os.urandom(3000))))
    home = tmp_path / "home"
    with RegistryServer() as server:
        server.put("v1", layout)
        for fresh in (True, False):
            with server.source("app:v1", home=home) as source:
                (image,) = source.images()
                asked = []

                def wanted(path, size, mode, asked=asked):
                    if not asked:
                        prune(home, max_size=0)
                    asked.append(path)
                    return True

                assert set(source.read(image, wanted).files) == {"a", "b"}, fresh


def test_two_prune_at_once_and_pulls_go_on(tmp_path):
    kept(tmp_path, *(os.urandom(100) for _ in range(200)))
    failures: list[BaseException] = []

    def work(index: int) -> None:
        try:
            for round_ in range(10):
                content = b"%d %d" % (index, round_)
                blob = Descriptor(digest=Digest.of_bytes(content), size=len(content))
                store = KeptBlobs(tmp_path)
                store.store(blob, (content,), where="blob")
                prune(tmp_path, max_size=100 * (20 - round_), grace_s=60)
                assert b"".join(store.chunks(blob)) == content
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert kept_state(tmp_path).size <= 100 * 11


def test_another_process_that_prunes_is_waited_for_and_a_pull_does_not_wait(tmp_path):
    kept(tmp_path, b"a")
    with FileLock(tmp_path / "blobs/.prune.lock"):
        with pytest.raises(ToolFailed) as caught:
            prune(tmp_path, max_size=0, wait_s=0.05)
        assert caught.value.code == "CACHE_BUSY"
        pruning.keep_bound(tmp_path)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("500M", 500 * 1024**2), ("10 GiB", 10 * 1024**3), ("1.5k", 1536), ("2TB", 2 * 1024**4), ("7", 7)],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "ten", "1X", "1" * 20, "1e9", "nan"])
def test_no_sizes(text):
    with pytest.raises(UsageError):
        parse_size(text)


def test_shown_sizes():
    assert [shown_size(size) for size in (0, 1023, 1536, 10 * 1024**3)] == ["0 B", "1023 B", "1.5 KiB", "10.0 GiB"]


@pytest.mark.parametrize("text", ["max_size: much", "size: 1G", "[1]", "max_size: [1]", "max_size: -1", "text"])
def test_broken_settings(tmp_path, text):
    (tmp_path / "cache.yaml").write_text(text)
    with pytest.raises(MalformedInput):
        max_size_of(tmp_path)


def test_settings(tmp_path):
    (tmp_path / "cache.yaml").write_text("max_size: 2G")
    assert max_size_of(tmp_path) == 2 * 1024**3
