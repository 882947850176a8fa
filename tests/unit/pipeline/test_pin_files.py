"""Files that a promotion pins: edited as they are when they are written, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed, UsageError
from supplychain.pipeline.pin import pins_for, write_pins

NAMES = [f"registry.example/part{n}" for n in range(8)]


def digest(name: str) -> Digest:
    return Digest.of_bytes(name.encode())


def deployment(folder: Path) -> Path:
    path = folder / "kustomization.yaml"
    path.write_text("images:\n" + "".join(f"- name: {name}\n  newTag: old\n" for name in NAMES), encoding="utf-8")
    return path


def test_promotions_of_several_images_at_once_lose_no_pin(tmp_path: Path) -> None:
    """All have read the file before the first of them writes."""
    path = deployment(tmp_path)
    plans = [pins_for([path], name, digest(name)) for name in NAMES]
    with ThreadPoolExecutor(max_workers=len(plans)) as pool:
        list(pool.map(write_pins, plans))
    found = {entry["name"]: entry["digest"] for entry in yaml.safe_load(path.read_text("utf-8"))["images"]}
    assert found == {name: str(digest(name)) for name in NAMES}


def test_a_link_stays_one_and_permissions_stay(tmp_path: Path) -> None:
    path = deployment(tmp_path)
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    text = path.read_text("utf-8")
    path.write_text(f"kind: Kustomization\n{text}", encoding="utf-8")
    (done,) = write_pins(pins_for([link], NAMES[0], digest(NAMES[0])))
    assert done.pinned.changed
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert str(digest(NAMES[0])) in path.read_text("utf-8")


def test_a_file_changed_meanwhile_is_told_and_how_to_go_on(tmp_path: Path) -> None:
    path = deployment(tmp_path)
    plan = pins_for([path], NAMES[0], digest(NAMES[0]))
    path.write_text("images: []\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        write_pins(plan)
    assert caught.value.code == "PIN_NOT_FOUND"
    assert "the promotion is recorded" in caught.value.hint
    path.unlink()
    with pytest.raises(UsageError):
        write_pins(plan)


def test_what_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = deployment(tmp_path)
    plan = pins_for([path], NAMES[0], digest(NAMES[0]))
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ToolFailed) as caught:
        write_pins(plan)
    assert "the promotion is recorded" in caught.value.hint
    assert path.read_bytes() == before
