"""Writes the digest of a promoted image into the files that deploy it. Pure: text in, text out.

Three places hold images: `images` of a kustomization (`digest`, instead of `newTag`), a `repository` with `digest` or
`tag` in the values of a Helm chart, and any `image` in a manifest. Everything else of the text stays as it is, to the
character. What cannot be pinned where it stands is an error: a deployment that still follows a tag would deploy
something nobody has promoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.reference import parse_reference
from supplychain.errors import UsageError
from supplychain.spots import Path, Spot, spots

_PINS = ("image", "digest", "newTag", "tag")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A text with the digest in it."""

    text: str
    lines: tuple[int, ...]
    """Where the image stands in the text that was given, lines from 1."""
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    begin: int
    end: int
    text: str
    line: int


def pin_image(text: str, image: str, digest: Digest, *, where: str) -> Pinned:
    """Write a digest wherever a text names an image.

    Args:
        text: A kustomization, values of a Helm chart, or manifests; YAML.
        image: Its name without tag and digest, for example `registry.example/shop`.
        digest: Of its manifest.
        where: The file, for messages and for telling a kustomization by its name.

    Raises:
        UsageError: The text does not name the image (`PIN_NOT_FOUND`), or names it where no digest can be written
            (`PIN_NO_PLACE`).
        MalformedInput: The text is no YAML.
    """
    wanted = _name(image)
    found = spots(text, where=where)
    groups: dict[tuple[int, Path], dict[str, Spot]] = {}
    for spot in found:
        if spot.path and isinstance(spot.path[-1], str):
            groups.setdefault((spot.document, spot.path[:-1]), {})[spot.path[-1]] = spot
    edits: list[_Edit] = []
    kustomized = {d for (d, path), group in groups.items() if not path and _is(group, "kind", "Kustomization")}
    for (document, path), group in groups.items():
        if len(path) == 2 and path[0] == "images" and (document in kustomized or _is_kustomization(where)):
            edits += _kustomize(group, wanted, digest, text)
        else:
            edits += _helm(group, wanted, digest, where) + _manifest(group, wanted, digest)
    if not edits:
        raise _not_found(image, found, where)
    changed = text
    for edit in sorted(edits, key=lambda item: item.begin, reverse=True):
        changed = changed[: edit.begin] + edit.text + changed[edit.end :]
    _nothing_else(found, spots(changed, where=where), where)
    lines = tuple(sorted(edit.line for edit in edits))
    return Pinned(text=changed, lines=lines, changed=changed != text)


def _nothing_else(before: Sequence[Spot], after: Sequence[Spot], where: str) -> None:
    """Check that only pins differ between two texts."""
    old, new = ({(spot.document, spot.path, spot.value) for spot in side} for side in (before, after))
    touched = sorted(str(path) for _, path, _ in old ^ new if path[-1] not in _PINS)
    if touched:
        raise UsageError(
            "the file is written in a way that cannot be changed without changing more",
            code="PIN_NO_PLACE",
            where=where,
            found=touched[0],
            hint="write the image's keys on lines of their own",
        )


def _kustomize(group: Mapping[str, Spot], wanted: str, digest: Digest, text: str) -> list[_Edit]:
    name = group.get("name")
    if name is None or _name(name.value) != wanted:
        return []
    edits = []
    held, tag = group.get("digest"), group.get("newTag")
    if held is not None:
        edits.append(_Edit(begin=held.begin, end=held.end, text=str(digest), line=held.line))
        if tag is not None and tag.key_begin is not None:
            edits.append(_without(tag, text))
    elif tag is not None and tag.key_begin is not None:
        edits.append(_Edit(begin=tag.key_begin, end=tag.end, text=f"digest: {digest}", line=tag.line))
    else:
        added = f", digest: {digest}" if name.inline else f"\n{' ' * name.column}digest: {digest}"
        edits.append(_Edit(begin=name.end, end=name.end, text=added, line=name.line))
    return edits


def _without(spot: Spot, text: str) -> _Edit:
    """The edit that takes a key and its value away, with its line or its comma."""
    begin, end = spot.key_begin or 0, spot.end
    if spot.inline:
        comma = text.rfind(",", 0, begin)
        after = text.find(",", end)
        closing = text.find("}", end)
        return (
            _Edit(begin=comma, end=end, text="", line=spot.line)
            if text[comma + 1 : begin].strip() == ""
            else _Edit(begin=begin, end=after + 1 if 0 <= after < closing else end, text="", line=spot.line)
        )
    start, stop = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
    if text[start:begin].strip():
        # The first key of a list item shares its line with the dash; the next key takes its place.
        following = stop + 1 + spot.column
        return _Edit(begin=begin, end=following, text="", line=spot.line)
    return _Edit(begin=start, end=len(text) if stop < 0 else stop + 1, text="", line=spot.line)


def _helm(group: Mapping[str, Spot], wanted: str, digest: Digest, where: str) -> list[_Edit]:
    repository = group.get("repository")
    if repository is None or not repository.value:
        return []
    registry = group.get("registry")
    full = f"{registry.value}/{repository.value}" if registry is not None and registry.value else repository.value
    if _name(full) != wanted:
        return []
    held, tag = group.get("digest"), group.get("tag")
    if held is not None:
        return [_Edit(begin=held.begin, end=held.end, text=_spaced(held, str(digest)), line=held.line)]
    if tag is not None and tag.value.partition("@")[0]:
        pinned = f'"{tag.value.partition("@")[0]}@{digest}"'
        return [_Edit(begin=tag.begin, end=tag.end, text=pinned, line=tag.line)]
    raise UsageError(
        f"{full} has neither a digest nor a tag to write to",
        code="PIN_NO_PLACE",
        where=f"{where}:{repository.line}",
        expected="`digest:` beside `repository:`",
        hint='add `digest: ""` there, and use it in the chart',
    )


def _manifest(group: Mapping[str, Spot], wanted: str, digest: Digest) -> list[_Edit]:
    image = group.get("image")
    if image is None or _name(image.value) != wanted:
        return []
    bare = image.value.partition("@")[0]
    host, slash, last = bare.rpartition("/")
    pinned = f"{host}{slash}{last.partition(':')[0]}@{digest}"
    return [_Edit(begin=image.begin, end=image.end, text=_spaced(image, pinned), line=image.line)]


def _spaced(spot: Spot, text: str) -> str:
    """A value that takes the place of nothing at all needs the space after the colon."""
    return text if spot.end > spot.begin else f" {text}"


def _name(text: str) -> str:
    """Registry and repository of a reference, in full; empty: it is none."""
    try:
        parsed = parse_reference(text.partition("@")[0])
    except UsageError:
        return ""
    return f"{parsed.registry}/{parsed.repository}"


def _is(group: Mapping[str, Spot], key: str, value: str) -> bool:
    return key in group and group[key].value == value


def _is_kustomization(where: str) -> bool:
    return PurePosixPath(where).name in _KUSTOMIZATIONS


def _not_found(image: str, found: Sequence[Spot], where: str) -> UsageError:
    named = {spot.value for spot in found if spot.path and spot.path[-1] in ("image", "repository") and spot.value}
    return UsageError(
        f"the file does not name the image {image}",
        code="PIN_NOT_FOUND",
        where=where,
        expected="`images` of a kustomization, `repository` of Helm values, or `image` of a manifest",
        found=", ".join(sorted(named)[:5]) or "no image at all",
        hint="give its name as it stands in the file: --image NAME",
    )
