"""Which layers come from the base image, and which the application added.

An image does not say so itself. What is certain: the base image, when it is given. What is usual: builders end an image
with an entry CMD that makes no layer, so an entry CMD with layers behind it ends the base image.
"""

from __future__ import annotations

from supplychain.artifact.image.tree import Image

NAME_ANNOTATION = "org.opencontainers.image.base.name"
DIGEST_ANNOTATION = "org.opencontainers.image.base.digest"


def base_layers(image: Image, base: Image | None = None) -> int:
    """How many layers, from the lowest, belong to the base image; 0: none, or it cannot be told.

    Args:
        image: The image.
        base: The image it is said to be built on. It counts only if its layers are all there, in order, at the bottom.
    """
    if base is not None:
        own = [layer.diff_id or layer.digest for layer in image.layers]
        below = [layer.diff_id or layer.digest for layer in base.layers]
        return len(below) if own[: len(below)] == below else 0
    return _by_history(image)


def base_name(image: Image) -> str:
    """What the image says of its base: `name@digest`; empty: nothing."""
    settings = image.config.get("config")
    labels = settings.get("Labels") if isinstance(settings, dict) else None
    stated = {**(labels if isinstance(labels, dict) else {}), **image.annotations}
    name, digest = stated.get(NAME_ANNOTATION, ""), stated.get(DIGEST_ANNOTATION, "")
    return f"{name}@{digest}" if name and digest else str(name or digest)


def _by_history(image: Image) -> int:
    history = image.config.get("history")
    entries = [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []
    last = max((index for index, entry in enumerate(entries) if not entry.get("empty_layer")), default=-1)
    ends = [index for index, entry in enumerate(entries[: max(last, 0)]) if _is_end(entry)]
    if not ends:
        return 0
    return sum(1 for entry in entries[: ends[-1]] if not entry.get("empty_layer"))


def _is_end(entry: dict[str, object]) -> bool:
    command = str(entry.get("created_by", "")).removeprefix("/bin/sh -c #(nop)").strip()
    return bool(entry.get("empty_layer")) and command.startswith("CMD")
