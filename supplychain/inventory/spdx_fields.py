"""Fields of SPDX documents, of any version: the value in the shape that is wanted, or an error that names the place."""

from __future__ import annotations

from typing import Any

from supplychain.errors import MalformedInput


def tables(value: object, where: str) -> list[dict[str, Any]]:
    """The value as a list of objects (None: an empty one). Raises MalformedInput for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise malformed(where, "wrong shape", "a list of objects", value)
    return value


def text(value: object, where: str) -> str:
    """The value as text that is not empty. Raises MalformedInput for anything else."""
    if not isinstance(value, str) or not value:
        raise malformed(where, "wrong shape", "a text that is not empty", value)
    return value


def malformed(where: str, message: str, expected: str, found: object) -> MalformedInput:
    """The error for a document that is no SPDX."""
    return MalformedInput(message, code="SPDX_INVALID", where=where, expected=expected, found=repr(found)[:120])
