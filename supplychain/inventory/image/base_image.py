"""Which layers come from the base image, and which the application added.

An image does not say so itself. In the order in which evidence counts, and named with every answer:

| evidence | what it is | what it is worth |
|---|---|---|
| `given` | the base image itself, named by the user | certain: its layers are compared |
| `annotation` | the image that the annotations name | its layers are compared; who built the image chose the name |
| `history` | an entry CMD without a layer, with layers behind it, ends the base image as builders write it | usual |
| `none` | nothing | every origin is `unknown` |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from supplychain.artifact.image.tree import Image

NAME_ANNOTATION = "org.opencontainers.image.base.name"
DIGEST_ANNOTATION = "org.opencontainers.image.base.digest"


class Evidence(StrEnum):
    """What says where the base image ends."""

    GIVEN = "given"
    ANNOTATION = "annotation"
    HISTORY = "history"
    NONE = "none"


class Origin(StrEnum):
    """Which part of an image something comes from."""

    BASE = "base"
    APPLICATION = "application"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What is known of the base of an image."""

    layers: int = 0
    """How many, from the lowest, belong to it; 0: it cannot be told."""
    evidence: Evidence = Evidence.NONE
    name: str = ""
    """`name@digest` as given, or as the image says; empty: nobody names it."""
    created: str = ""
    """When it was built: RFC 3339 text, not checked; empty: not known."""
    note: str = ""
    """Why better evidence did not count."""

    def origin(self, layer: int | None) -> Origin:
        """Which part a layer belongs to; None: nobody knows the layer."""
        if layer is None or not self.layers:
            return Origin.UNKNOWN
        return Origin.BASE if layer < self.layers else Origin.APPLICATION

    def to_json(self) -> dict[str, Any]:
        """`{"name", "layers", "evidence", "created", "note"}`; the last two only where there is something."""
        value = {"name": self.name, "layers": self.layers, "evidence": self.evidence.value}
        more = {"created": self.created, "note": self.note}
        return {**value, **{key: text for key, text in more.items() if text}}


def find_base(image: Image, *, given: Image | None = None, annotated: Image | None = None, note: str = "") -> Base:
    """Where the base of an image ends, by the best evidence there is.

    A base that is given decides alone: where its layers are not those of the image, nothing else is guessed.

    Args:
        image: The image.
        given: The base image as the user names it.
        annotated: The base image that the annotations of the image name.
        note: Why it could not be looked up.
    """
    if given is not None:
        count, why = _below(image, given)
        return Base(
            layers=count,
            evidence=Evidence.GIVEN if count else Evidence.NONE,
            name=_named(given),
            created=_created(given),
            note=f"the given base does not fit: {why}" if why else "",
        )
    stated = base_name(image)
    if annotated is not None:
        count, why = _below(image, annotated)
        if count:
            return Base(layers=count, evidence=Evidence.ANNOTATION, name=stated, created=_created(annotated))
        note = f"the base that the annotations name does not fit: {why}"
    count = _by_history(image)
    if not count:
        return Base(name=stated, note=note)
    created = image.layers[count - 1].created
    return Base(layers=count, evidence=Evidence.HISTORY, name=stated, created=created, note=note)


def base_name(image: Image) -> str:
    """What the image says of its base: `name@digest`; empty: nothing."""
    name, digest = base_stated(image)
    return f"{name}@{digest}" if name and digest else name or digest


def base_stated(image: Image) -> tuple[str, str]:
    """Name and digest of the base as annotations (first) or labels have them; empty texts: they do not."""
    settings = image.config.get("config")
    labels = settings.get("Labels") if isinstance(settings, dict) else None
    stated = {**(labels if isinstance(labels, dict) else {}), **image.annotations}
    return str(stated.get(NAME_ANNOTATION) or ""), str(stated.get(DIGEST_ANNOTATION) or "")


def _named(base: Image) -> str:
    return f"{base.reference}@{base.digest}" if base.digest and "@" not in base.reference else base.reference


def _below(image: Image, base: Image) -> tuple[int, str]:
    """How many layers of the image are all those of the base, in order, at the bottom; or why it is none."""
    own = [layer.diff_id or layer.digest for layer in image.layers]
    below = [layer.diff_id or layer.digest for layer in base.layers]
    if not below:
        return 0, "it has no layers"
    same = 0
    while same < min(len(own), len(below)) and own[same] == below[same]:
        same += 1
    if same == len(below):
        return same, ""
    return 0, f"of its {len(below)} layers only the first {same} are in the image"


def _created(image: Image) -> str:
    stated = image.config.get("created")
    return stated if isinstance(stated, str) else ""


def _by_history(image: Image) -> int:
    history = image.config.get("history")
    entries = [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []
    real = sum(1 for entry in entries if not entry.get("empty_layer"))
    if real != len(image.layers):
        return 0  # a history of other layers says nothing about these
    last = max((index for index, entry in enumerate(entries) if not entry.get("empty_layer")), default=-1)
    ends = [index for index, entry in enumerate(entries[: max(last, 0)]) if _is_end(entry)]
    if not ends:
        return 0
    return sum(1 for entry in entries[: ends[-1]] if not entry.get("empty_layer"))


def _is_end(entry: dict[str, object]) -> bool:
    command = str(entry.get("created_by", "")).removeprefix("/bin/sh -c #(nop)").strip()
    return bool(entry.get("empty_layer")) and command.startswith("CMD")
