"""OPA METADATA annotations of rules: what `policy check` demands and `policy docs` prints.

https://www.openpolicyagent.org/docs/policy-language#metadata: a comment block, `# METADATA` and YAML below it, right
above what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplychain.encoding import parse_yaml
from supplychain.errors import MalformedInput, PolicyNotEvaluated

_HEAD = re.compile(r"^(deny|cannot_tell|warn) contains\b")
_NEEDS = ("title", "description")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One annotated package or set."""

    rule: str
    kind: str
    """`package`, `deny`, `cannot_tell` or `warn`."""
    place: str
    """`path:line` of what it is about."""
    title: str
    description: str
    code: str = ""
    severity: str = ""
    controls: Mapping[str, Sequence[str]]


def notes_of(modules: Sequence[tuple[str, str]]) -> tuple[Note, ...]:
    """Every annotation of a policy set.

    Raises:
        PolicyNotEvaluated: `METADATA_MISSING` with file and line: a set without, or one that lacks a field.
    """
    return tuple(note for path, source in modules for note in _of_file(path, source))


def _of_file(path: str, source: str) -> Iterator[Note]:
    lines = source.splitlines()
    package = next((line.split()[1] for line in lines if line.startswith("package ")), "")
    rule = package.removeprefix("supplychain.")
    if "." in rule or not package.startswith("supplychain."):
        return
    for number, line in enumerate(lines):
        head = _HEAD.match(line)
        about = head[1] if head else "package" if line.startswith("package ") else ""
        if not about:
            continue
        place = f"{path}:{number + 1}"
        found = _block(lines[:number], place)
        if found is None and about == "package":
            continue  # a package in several files is annotated in one
        yield _note(rule, about, place, found or {})


def _block(before: list[str], place: str) -> dict[str, Any] | None:
    start = len(before)
    while start and before[start - 1].startswith("#"):
        start -= 1
    block = before[start:]
    if "# METADATA" not in block:
        return None
    body = [line[2:] for line in block[block.index("# METADATA") + 1 :]]
    try:
        value = parse_yaml("\n".join(body).encode("utf-8"), where=place)
    except MalformedInput as error:
        raise _missing(place, error.message) from None
    return value if isinstance(value, dict) else {}


def _note(rule: str, kind: str, place: str, value: Mapping[str, Any]) -> Note:
    custom = value.get("custom") if isinstance(value.get("custom"), dict) else {}
    assert isinstance(custom, dict)  # noqa: S101 - by the line above
    controls = custom.get("controls", {})
    lacking = [field for field in _NEEDS if not isinstance(value.get(field), str)]
    if kind != "package":
        lacking += [f"custom.{field}" for field in ("code", "severity") if not isinstance(custom.get(field), str)]
        lacking += [] if controls and isinstance(controls, dict) else ["custom.controls"]
    if lacking:
        raise _missing(place, f"{kind} lacks {', '.join(lacking)}")
    return Note(
        rule=rule,
        kind=kind,
        place=place,
        title=value["title"],
        description=str(value["description"]).strip(),
        code=str(custom.get("code", "")),
        severity=str(custom.get("severity", "")),
        controls={str(k): tuple(str(item) for item in v) for k, v in controls.items() if isinstance(v, list)}
        if isinstance(controls, dict)
        else {},
    )


def _missing(place: str, found: str) -> PolicyNotEvaluated:
    return PolicyNotEvaluated(
        "a rule does not say what it is for",
        code="METADATA_MISSING",
        where=place,
        expected="# METADATA with title, description, custom.code, custom.severity, custom.controls",
        found=found,
        hint="see policies/README.md",
    )
