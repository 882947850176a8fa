"""The store in a folder: what was put comes back, what lies there is handed on, what cannot be read is never "nothing"."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed
from supplychain.store import directory
from supplychain.store.directory import DirectoryStore

A, B = Digest.of_bytes(b"a"), Digest.of_bytes(b"b")


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


def test_nothing_is_there_at_first(store: DirectoryStore) -> None:
    assert store.find(A) == ()
    assert store.document(A) is None
    assert not store.root.exists()


def test_what_was_put_comes_back_under_every_subject(store: DirectoryStore) -> None:
    place = store.put([A, B], "provenance-1", b"one")
    store.put([A], "scan-2", b"two")
    store.put([A], "scan-2", b"two")
    assert [found.data for found in store.find(A)] == [b"one", b"two"]
    assert [found.data for found in store.find(B)] == [b"one"]
    assert store.find(A)[0].ref == place
    assert Path(place).read_bytes() == b"one"


def test_the_order_is_that_of_the_names(store: DirectoryStore) -> None:
    for name in ("c", "a", "b"):
        store.put([A], name, name.encode())
    assert [found.data for found in store.find(A)] == [b"a", b"b", b"c"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "A", "a\n", "a" * 200, "a b", "\u00e9"])
def test_a_name_never_leaves_the_folder(store: DirectoryStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        store.put([A], name, b"x")
    assert not store.root.exists()


def test_only_envelopes_are_found(store: DirectoryStore) -> None:
    store.put([A], "a", b"x")
    folder = store.folder(A)
    for name in (".a.sigstore.json.x.tmp", "readme.md", "b.json"):
        (folder / name).write_bytes(b"y")
    (folder / "c.intoto.json").write_bytes(b"z")
    assert [found.data for found in store.find(A)] == [b"x", b"z"]


def test_what_is_no_envelope_is_handed_on_as_empty(store: DirectoryStore) -> None:
    store.put([A], "good", b"x")
    folder = store.folder(A)
    (folder / "empty.sigstore.json").touch()
    (folder / "folder.sigstore.json").mkdir()
    (folder / "link.sigstore.json").symlink_to("nowhere")
    (folder / "zero.sigstore.json").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.sigstore.json")
    (folder / "huge.sigstore.json").touch()
    os.truncate(folder / "huge.sigstore.json", directory.MAX_ENVELOPE + 1)
    assert sorted(found.data for found in store.find(A)) == [b""] * 6 + [b"x"]


def test_a_flood(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        store.put([A], f"e-{number}", b"x" * 10)
    monkeypatch.setattr(directory, "_MAX_FOUND_BYTES", 40)
    assert len(store.find(A)) == 4
    for limit, value in (("_MAX_FOUND", 3), ("_MAX_FOUND_BYTES", 39)):
        with monkeypatch.context() as patch:
            patch.setattr(directory, limit, value)
            with pytest.raises(ToolFailed) as caught:
                store.find(A)
            assert caught.value.code == "STORE_FLOODED"


def test_a_store_that_cannot_be_read_is_a_failure(store: DirectoryStore) -> None:
    store.root.write_text("a file")
    with pytest.raises(ToolFailed) as caught:
        store.find(A)
    assert caught.value.code == "STORE_UNREADABLE"
    store.root.unlink()
    store.folder(A).parent.mkdir(parents=True)
    store.folder(A).write_text("a file")
    with pytest.raises(ToolFailed) as caught:
        store.find(A)
    assert caught.value.code == "STORE_UNREADABLE"
    with pytest.raises(ToolFailed) as caught:
        store.put([A], "a", b"x")
    assert caught.value.code == "CANNOT_WRITE"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_envelope_that_may_not_be_read_is_a_failure(store: DirectoryStore) -> None:
    Path(store.put([A], "a", b"x")).chmod(0)
    with pytest.raises(ToolFailed) as caught:
        store.find(A)
    assert caught.value.code == "STORE_UNREADABLE"


def test_documents(store: DirectoryStore) -> None:
    digest = store.put_document(b"content")
    assert digest == Digest.of_bytes(b"content")
    assert store.document(digest) == b"content"
    path = store.root / "documents" / "sha256" / digest.hex
    for wrong in (b"other", b""):
        path.write_bytes(wrong)
        assert store.document(digest) is None
    path.unlink()
    path.mkdir()
    assert store.document(digest) is None
    assert store.document(Digest(algorithm="sha512", hex="0" * 128)) is None
