"""Writes the digest of a promoted image into the files that deploy it. Pure: text in, text out.

Three places hold images: `images` of a kustomization (`digest`, instead of `newTag`), a `repository` (or `image`, or
`name`) beside a `digest` or `tag` in the values of a Helm chart, and any `image` in a manifest. Everything else of the
text stays as it is, to the character. What cannot be pinned where it stands is an error: a deployment that still
follows a tag would deploy something nobody has promoted. Other values that name the image with a tag (an argument, a
patch) are told, for nobody can say what becomes of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.reference import parse_reference
from supplychain.errors import MalformedInput, UsageError
from supplychain.spots import Path, Spot, spots

_PINS = ("image", "digest", "newTag", "tag")
_WORDS = re.compile(r"[\s=,;'\"]+")
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A text with the digest in it."""

    text: str
    lines: tuple[int, ...]
    """Where the image stands in the text that was given, lines from 1."""
    changed: bool
    left: tuple[int, ...] = ()
    """Lines of other values that name the image and still follow a tag."""


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
        UsageError: That is no name of an image (`PIN_NOT_FOUND`), the text does not name it, or names it where no
            digest can be written (`PIN_NO_PLACE`).
        MalformedInput: The text is no YAML.
    """
    wanted = _name(image)
    if not wanted:
        raise UsageError("this is no name of an image", code="PIN_NOT_FOUND", where=where, found=image[:120])
    found = _spots(text, where)
    edits = _edits(found, wanted, digest, text, where)
    if not edits:
        raise _not_found(image, found, where)
    changed = text
    for edit in sorted(edits, key=lambda item: item.begin, reverse=True):
        changed = changed[: edit.begin] + edit.text + changed[edit.end :]
    after = _spots(changed, where)
    _nothing_else(found, after, where)
    lines = tuple(sorted(edit.line for edit in edits))
    left = tuple(spot.line for spot in after if _follows_a_tag(spot, wanted))
    return Pinned(text=changed, lines=lines, changed=changed != text, left=left)


def _spots(text: str, where: str) -> tuple[Spot, ...]:
    try:
        return spots(text, where=where)
    except MalformedInput as error:
        if error.code == "YAML_ALIAS":
            error.hint = "write the value out in place of the alias, or keep the image in a file of its own"
        raise


def _edits(found: Sequence[Spot], wanted: str, digest: Digest, text: str, where: str) -> list[_Edit]:
    groups: dict[tuple[int, Path], dict[str, Spot]] = {}
    twice: set[tuple[int, Path]] = set()
    for spot in found:
        if spot.path and isinstance(spot.path[-1], str):
            group = groups.setdefault((spot.document, spot.path[:-1]), {})
            if spot.path[-1] in group:
                twice.add((spot.document, spot.path[:-1]))
            group[spot.path[-1]] = spot
    edits: list[_Edit] = []
    kustomized = {d for (d, path), group in groups.items() if not path and _is_kustomized(group)}
    for (document, path), group in groups.items():
        if len(path) == 2 and path[0] == "images" and (document in kustomized or _is_kustomization(where)):
            made = _kustomize(group, wanted, digest, text)
        else:
            made = _helm(group, wanted, digest, where, text) or _manifest(group, wanted, digest, text)
        if made and (document, path) in twice:
            raise _no_place("a key stands twice beside the image", f"{where}:{made[0].line}", "keep one of them")
        if any(text[edit.begin : edit.begin + 1] in ("|", ">") for edit in made):
            raise _no_place("the image stands in a block of text", f"{where}:{made[0].line}", "write it on one line")
        edits += made
    return edits


def _follows_a_tag(spot: Spot, wanted: str) -> bool:
    """Whether a value, or what stands in it as an argument or a line of a patch, is the image with a tag."""
    for word in _WORDS.split(spot.value):
        _, slash, last = word.rpartition("/")
        if ":" in last and "@" not in word and slash and _name(word) == wanted:
            return True
    return False


def _nothing_else(before: Sequence[Spot], after: Sequence[Spot], where: str) -> None:
    """Check that only pins differ between two texts."""
    old, new = ({(spot.document, spot.path, spot.value) for spot in side} for side in (before, after))
    touched = sorted(str(path) for _, path, _ in old ^ new if path[-1] not in _PINS)
    if touched:
        raise _no_place(
            "the file is written in a way that cannot be changed without changing more",
            where,
            "write the image's keys on lines of their own",
            found=touched[0],
        )


def _kustomize(group: Mapping[str, Spot], wanted: str, digest: Digest, text: str) -> list[_Edit]:
    name = group.get("name")
    if name is None or wanted not in [_name(group[key].value) for key in ("name", "newName") if key in group]:
        return []
    edits = []
    held, tag = group.get("digest"), group.get("newTag")
    if held is not None:
        edits.append(_Edit(begin=held.begin, end=held.end, text=_spaced(held, str(digest), text), line=held.line))
        if tag is not None and tag.key_begin is not None:
            edits.append(_without(tag, text))
    elif tag is not None and tag.key_begin is not None:
        pair = _pair(text[tag.key_begin :], digest)
        edits.append(_Edit(begin=tag.key_begin, end=tag.end, text=pair, line=tag.line))
    else:
        ends = "\r\n" if "\r\n" in text else "\n"
        pair = _pair(text[name.key_begin or 0 :], digest)
        added = f", {pair}" if name.inline else f"{ends}{' ' * name.column}{pair}"
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


def _helm(group: Mapping[str, Spot], wanted: str, digest: Digest, where: str, text: str) -> list[_Edit]:
    held, tag = group.get("digest"), group.get("tag")
    repository = group.get("repository")
    if repository is None and (held or tag):
        repository = next(
            (group[key] for key in ("image", "name") if key in group and _is_bare(group[key].value)), None
        )
    if repository is None or not repository.value:
        return []
    registry = group.get("registry")
    full = f"{registry.value}/{repository.value}" if registry is not None and registry.value else repository.value
    if _name(full) != wanted:
        return []
    if held is not None:
        return [_Edit(begin=held.begin, end=held.end, text=_spaced(held, str(digest), text), line=held.line)]
    if tag is not None and tag.value.partition("@")[0]:
        pinned = f'"{tag.value.partition("@")[0]}@{digest}"'
        return [_Edit(begin=tag.begin, end=tag.end, text=pinned, line=tag.line)]
    raise _no_place(
        f"{full} has neither a digest nor a tag to write to",
        f"{where}:{repository.line}",
        'add `digest: ""` there, and use it in the chart',
        expected=f"`digest:` beside `{repository.path[-1]}:`",
    )


def _manifest(group: Mapping[str, Spot], wanted: str, digest: Digest, text: str) -> list[_Edit]:
    image = group.get("image")
    if image is None or _name(image.value) != wanted:
        return []
    bare = image.value.partition("@")[0]
    host, slash, last = bare.rpartition("/")
    pinned = f"{host}{slash}{last.partition(':')[0]}@{digest}"
    return [_Edit(begin=image.begin, end=image.end, text=_spaced(image, pinned, text), line=image.line)]


def _is_bare(image: str) -> bool:
    return "@" not in image and ":" not in image.rpartition("/")[2]


def _pair(before: str, digest: Digest) -> str:
    """The key `digest` and its value, in quotes where the key in its place has some."""
    return f"{_quoted(before, 'digest')}: {_quoted(before, str(digest))}"


def _spaced(spot: Spot, value: str, text: str) -> str:
    """A value in the quotes of the one before; what takes the place of nothing needs the space after the colon."""
    return _quoted(text[spot.begin : spot.end], value) if spot.end > spot.begin else f" {value}"


def _quoted(before: str, value: str) -> str:
    """A plain value in the quotes that stand in its place, if any: a JSON file stays one."""
    quote = before[:1] if before[:1] in ("'", '"') else ""
    return f"{quote}{value}{quote}"


def _name(text: str) -> str:
    """Registry and repository of a reference, in full; empty: it is none."""
    try:
        parsed = parse_reference(text.partition("@")[0])
    except UsageError:
        return ""
    return f"{parsed.registry}/{parsed.repository}"


def _is_kustomized(group: Mapping[str, Spot]) -> bool:
    kind, version = (group[key].value if key in group else "" for key in ("kind", "apiVersion"))
    return kind == "Kustomization" or (kind == "Component" and version.startswith("kustomize.config.k8s.io/"))


def _is_kustomization(where: str) -> bool:
    return PurePosixPath(where).name in _KUSTOMIZATIONS


def _no_place(message: str, where: str, hint: str, *, expected: str = "", found: str = "") -> UsageError:
    return UsageError(message, code="PIN_NO_PLACE", where=where, expected=expected, found=found, hint=hint)


def _not_found(image: str, found: Sequence[Spot], where: str) -> UsageError:
    keys = {"image", "repository", "newName"}
    named = {s.value for s in found if s.path and s.value and (s.path[-1] in keys or _is_entry(s.path))}
    return UsageError(
        f"the file does not name the image {image}",
        code="PIN_NOT_FOUND",
        where=where,
        expected="`images` of a kustomization, `repository` of Helm values, or `image` of a manifest",
        found=", ".join(sorted(named)[:5]) or "no image at all",
        hint="give its name as it stands in the file: --image NAME",
    )


def _is_entry(path: Path) -> bool:
    return len(path) == 3 and (path[0], path[2]) == ("images", "name")
