"""`trust check`: a trust file validated, explained and reviewed, with the lines of what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from supplychain.errors import MalformedInput
from supplychain.files import MIB, read_bytes
from supplychain.pipeline.trust import open_trust
from supplychain.spots import yaml_lines
from supplychain.verification.trust_review import Grant, Remark, explain, line_of, review


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A trust file, explained."""

    grants: tuple[Grant, ...]
    remarks: tuple[Remark, ...]

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {"grants": [g.to_json() for g in self.grants], "warnings": [r.to_json() for r in self.remarks]}


def check_trust(path: Path, *, at: datetime, artifact: str | None = None, claim: str | None = None) -> Checked:
    """Validate and explain a trust file.

    Args:
        path: The file.
        at: Time to judge validity at.
        artifact: Explain only what is about an artifact of this name.
        claim: Explain only this predicate type URI.

    Raises:
        UsageError: A file is missing.
        MalformedInput: It is no trust file, or its trusted root is none; `where` names the line where there is one.
        VerificationFailed: `TRUSTED_ROOT_CHANGED`.
    """
    data = read_bytes(path, max_bytes=MIB, what="a trust file")
    lines = yaml_lines(data)
    try:
        trust = open_trust(path)
    except MalformedInput as error:
        error.where = _with_line(error.where, str(path), lines)
        raise
    if trust.root.file:
        trust.root.load()
    grants = explain(trust, at=at, artifact=artifact, claim=claim)
    return Checked(grants=grants, remarks=review(trust, at=at, lines=lines))


def _with_line(where: str, file: str, lines: Mapping[str, int]) -> str:
    """`trust.yaml: rules[0].claims` as `trust.yaml:12: rules[0].claims`."""
    start, path = where[: len(file)], where[len(file) :].removeprefix(": ")
    if start != file or not where[len(file) :].startswith(": "):
        return where
    return f"{file}:{line_of(path, lines)}: {path}"
