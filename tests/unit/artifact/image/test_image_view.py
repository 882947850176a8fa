"""The view against a real folder: thousands of random layers, unpacked as a container runtime does, must look alike."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from supplychain.artifact.image.layers import LayerApplier
from supplychain.artifact.image.tar import TarStream
from supplychain.artifact.image.view import final_files
from tests.simulator.images import file, folder, hardlink, symlink, tar

NAMES = ("a", "b", "c")


class UnpackingError(Exception):
    """A file stands where a folder must be: unpacking ends there."""


class Unpacker:
    """The plain way: every entry on disk, links resolved inside the root, lower layers told apart by a list."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.layer: set[str] = set()

    def inside(self, path: str, hops: int = 0) -> str | None:
        """Resolve all links of a path below the root."""
        done: list[str] = []
        pending = path.split("/")[::-1]
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                del done[-1:]
                continue
            here = self.root / "/".join([*done, part])
            if here.is_symlink():
                hops += 1
                if hops > 40:
                    return None
                target = str(here.readlink())
                done = [] if target.startswith("/") else done
                pending += target.split("/")[::-1]
            else:
                done.append(part)
        return "/".join(done)

    def place(self, path: str) -> str | None:
        parent, _, name = path.rpartition("/")
        inside = self.inside(parent)
        return None if inside is None else f"{inside}/{name}".lstrip("/")

    def clear(self, place: str) -> Path:
        path = self.root / place
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        for above in list(path.relative_to(self.root).parents)[:-1]:
            if (self.root / above).is_file():
                raise UnpackingError
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def remove_older(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            for inner in list(path.iterdir()):
                self.remove_older(inner)
            if not any(path.iterdir()) and str(path.relative_to(self.root)) not in self.layer:
                path.rmdir()
        elif os.path.lexists(path) and str(path.relative_to(self.root)) not in self.layer:
            path.unlink()

    def apply(self, operations: list[tuple[str, str, str]]) -> None:
        self.layer.clear()
        for kind, name, extra in operations:
            # The mark of an opaque folder is a file in it, so a link to the folder is followed.
            place = self.inside(name) if kind == "opaque" else self.place(name)
            if place is None:
                continue
            getattr(self, f"do_{kind}")(place, extra)

    def do_file(self, place: str, extra: str) -> None:
        self.clear(place).write_text(extra)
        self.layer.add(place)

    def do_symlink(self, place: str, extra: str) -> None:
        self.clear(place).symlink_to(extra)
        self.layer.add(place)

    def do_folder(self, place: str, extra: str) -> None:
        path = self.root / place
        if path.is_symlink() or not path.is_dir():
            self.clear(place).mkdir(parents=True)

    def do_whiteout(self, place: str, extra: str) -> None:
        self.remove_older(self.root / place)

    def do_opaque(self, place: str, extra: str) -> None:
        path = self.root / place
        if path.is_dir() and not path.is_symlink():
            for inner in list(path.iterdir()):
                self.remove_older(inner)

    def do_hardlink(self, place: str, extra: str) -> None:
        target = self.place(extra)
        if target is None or target == place:
            return
        source = self.root / target
        content = source.read_text() if source.is_file() and not source.is_symlink() else None
        link = str(source.readlink()) if source.is_symlink() else None
        path = self.clear(place)
        if content is not None:
            path.write_text(content)
        elif link is not None:
            path.symlink_to(link)
        self.layer.add(place)

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): path.read_text()
            for path in self.root.rglob("*")
            if path.is_file() and not path.is_symlink()
        }


def operations(dice: random.Random) -> list[tuple[str, str, str]]:
    def path(deepest: int = 3) -> str:
        return "/".join(dice.choices(NAMES, k=dice.randint(1, deepest)))

    made = []
    for _ in range(dice.randint(1, 8)):
        kind = dice.choice(["file", "file", "file", "symlink", "folder", "whiteout", "opaque", "hardlink"])
        extra = {"file": str(dice.random()), "hardlink": path()}.get(kind, "")
        if kind == "symlink":
            extra = dice.choice(["", "/", "../", "../../../"]) + path(2)
        made.append((kind, path() if kind != "opaque" else path(2), extra))
    return made


def archive(operations: list[tuple[str, str, str]]) -> bytes:
    def whiteout(path: str) -> bytes:
        parent, slash, name = path.rpartition("/")
        return file(f"{parent}{slash}.wh.{name}")

    makers = {
        "file": lambda path, extra: file(path, extra.encode()),
        "symlink": symlink,
        "folder": lambda path, extra: folder(path),
        "whiteout": lambda path, extra: whiteout(path),
        "opaque": lambda path, extra: file(f"{path}/.wh..wh..opq"),
        "hardlink": hardlink,
    }
    return tar(*(makers[kind](path, extra) for kind, path, extra in operations))


@pytest.mark.parametrize("start", range(8))
def test_random_layers_look_as_they_do_unpacked(tmp_path, start):
    compared = 0
    for number in range(80):
        dice = random.Random(start * 1000 + number)
        layers = [operations(dice) for _ in range(dice.randint(1, 4))]
        disk = Unpacker(tmp_path / str(number))
        applier = LayerApplier(lambda path, size, mode: True)
        try:
            for layer in layers:
                disk.apply(layer)
        except UnpackingError:
            continue
        compared += 1
        for index, layer in enumerate(layers):
            applier.apply(TarStream([archive(layer)], where="test"), layer=index, where="test")
        found, _ = final_files(applier.view)
        seen = {path: (entry.data or b"").decode() for path, entry in found.items() if entry.kind != "symlink"}
        assert seen == disk.files(), layers
    assert compared > 20
