"""A folder that is not where it should be, or that we may not look into, is never a store that has nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed
from supplychain.store.directory import DirectoryStore

A = Digest.of_bytes(b"a")


def code(ask: Callable[[], object]) -> str:
    with pytest.raises(ToolFailed) as caught:
        ask()
    return caught.value.code


@pytest.mark.parametrize("part", ["", "evidence", "evidence/sha256", f"evidence/sha256/{A.hex}"])
def test_a_link_that_leads_nowhere(tmp_path: Path, part: str) -> None:
    """What it leads to may be on a disk that is not mounted."""
    link = tmp_path / "store" / part
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "disk")
    store = DirectoryStore(tmp_path / "store")
    assert code(lambda: store.find(A)) == "STORE_UNREADABLE"
    (tmp_path / "disk").mkdir()
    assert store.find(A) == ()


def test_a_document_that_we_may_not_look_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DirectoryStore(tmp_path / "store")
    digest = store.put_document(b"x")

    def refuse(self: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "is_file", refuse)
    assert code(lambda: store.document(digest)) == "STORE_UNREADABLE"


def test_files_as_builders_call_theirs(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "store")
    store.put([A], "a", b"x")
    for name in ("b.intoto.json", "c.intoto.jsonl", "d.jsonl"):
        (store.folder(A) / name).write_bytes(name.encode())
    assert [found.name for found in store.find(A)] == ["a", "b", "c"]
