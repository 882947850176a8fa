"""Images made of dictionaries: each layer a mapping of path to content, read through the real `wanted`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.tree import Image, ImageFile, ImageTree, Layer, entry_only
from supplychain.inventory.image.wanted import wanted

Content = bytes | str | tuple[bytes, int]
"""Content, or content and permission bits; a text that begins with `-> ` is a symbolic link to what follows."""


def tree_of(*layers: Mapping[str, Content], more: Any = wanted, **rest: Any) -> ImageTree:
    files: dict[str, ImageFile] = {}
    deleted: list[ImageFile] = []
    for index, layer in enumerate(layers):
        for path, given in layer.items():
            content, mode = given if isinstance(given, tuple) else (given, 0o644)
            if isinstance(content, str) and content.startswith("-> "):
                files[path] = ImageFile(
                    path=path, size=0, mode=0o777, uid=0, gid=0, layer=index, link=content[3:], kind="symlink"
                )
                continue
            data = content.encode() if isinstance(content, str) else content
            answer = more(path, len(data), mode)
            if answer is False:
                continue
            kept = None if answer is entry_only else data if answer is True else answer(content=data)
            if path in files:
                deleted.append(files[path])
            files[path] = ImageFile(path=path, size=len(data), mode=mode, uid=0, gid=0, layer=index, data=kept)
    return ImageTree(files=dict(sorted(files.items())), deleted=tuple(deleted), **rest)


def image_of(count: int = 1, commands: Sequence[str] = (), **rest: Any) -> Image:
    layers = tuple(
        Layer(
            digest=Digest.of_bytes(b"layer %d" % index),
            size=1,
            media_type="tar",
            created_by=commands[index] if index < len(commands) else "",
        )
        for index in range(count)
    )
    return Image(
        reference="example.org/app:1.0", digest=Digest.of_bytes(b"manifest"), platform=None, layers=layers, **rest
    )
