"""Reading predicates: typed access to JSON fields, with an error that names the field and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supplychain.artifact.digest import Digest, parse_digest_set
from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput


class Fields:
    """A JSON object whose fields are asked for by type.

    Args:
        value: The object.
        where: Path to it, for messages; or the fields it stands in.
        key: Under which name it stands there.
    """

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Mapping[str, Any], where: str | Fields, key: str = "") -> None:
        self.value = value
        self._parent, self._key = where, key

    @property
    def where(self) -> str:
        """Path to the object; spelled out only for a message."""
        return self._parent if isinstance(self._parent, str) else f"{self._parent.where}.{self._key}"

    def text(self, key: str, *, optional: bool = False) -> str:
        """A text field; an optional one that is missing reads as the empty text."""
        value = self.value.get(key, "") if optional else self.value.get(key)
        return value if type(value) is str else self._get(key, str, "text", optional) or ""

    def number(self, key: str, *, optional: bool = False) -> int:
        """A whole number; an optional one that is missing reads as 0."""
        return self._get(key, int, "a whole number", optional) or 0

    def object(self, key: str, *, optional: bool = False) -> Fields:
        """An object field; an optional one that is missing reads as the empty object."""
        value: Any = self.value.get(key)
        return Fields(value if type(value) is dict else self._get(key, dict, "an object", optional) or {}, self, key)

    def mapping(self, key: str, *, optional: bool = False) -> Mapping[str, Any]:
        """An object field as it is, for one whose fields are not asked for by type."""
        value: Any = self.value.get(key)
        return value if type(value) is dict else self._get(key, dict, "an object", optional) or {}

    def objects(self, key: str, *, optional: bool = False) -> tuple[Fields, ...]:
        """A list of objects; an optional one that is missing reads as empty."""
        items: Any = self.value.get(key)
        if type(items) is not list:
            items = self._get(key, list, "a list of objects", optional) or []
        return tuple(
            [
                Fields(item if type(item) is dict else self._check(item, dict, "an object", key), self, f"{key}[{i}]")
                for i, item in enumerate(items)
            ]
        )

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of texts; an optional one that is missing reads as empty."""
        items: Any = self.value.get(key)
        if type(items) is not list:
            items = self._get(key, list, "a list of text", optional) or []
        return tuple([item if type(item) is str else self._check(item, str, "text", key) for item in items])

    def digests(self, key: str, *, optional: bool = False) -> tuple[Digest, ...]:
        """A digest set (see `parse_digest_set`); an optional one that is missing reads as empty."""
        value = self.mapping(key, optional=optional)
        try:
            return parse_digest_set(value, where="") if value else ()
        except MalformedInput:
            return parse_digest_set(value, where=self.where)

    def _get(self, key: str, kind: type, expected: str, optional: bool) -> Any:
        value = self.value.get(key)
        if value is None and optional:
            return None
        return self._check(value, kind, expected, key)

    def _check(self, value: Any, kind: type, expected: str, key: str) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise MalformedInput(
                f"the field {key!r} is missing or of the wrong kind",
                code="BAD_PREDICATE",
                where=f"{self.where}.{key}",
                expected=expected,
                found="nothing" if value is None else repr(value)[:80],
            )
        return value


def span_of(metadata: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Beginning and end of a scan; which are one where nobody has measured them. Raises KeyError and MalformedInput."""
    started, finished = metadata["scanStartedOn"], metadata["scanFinishedOn"]
    begun = parse_time(started, where="")
    return begun, begun if finished == started else parse_time(finished, where="")
