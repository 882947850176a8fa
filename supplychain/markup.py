"""XML from outside, read as a stream of elements: no document type of its own, no entities, limits on depth and number.

A report may name a document type (Cobertura's do), which is never fetched. Declaring an entity is refused, which ends
every expansion attack; expat itself limits the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NoReturn
from xml.parsers import expat

from supplychain.errors import MalformedInput

MAX_DEPTH = 100
MAX_ELEMENTS = 5_000_000
_TEXT_LIMIT = 10_000


class Elements:
    """Base of a reader: overrides what it wants to hear."""

    def begin(self, name: str, attributes: Mapping[str, str], path: tuple[str, ...]) -> None:
        """An element begins; `path` holds the names of those around it."""

    def end(self, name: str, text: str) -> None:
        """An element ends; `text` is what stood directly in it, at most 10,000 characters."""


class _Walk:
    """What has been seen of a document, and the limits on it."""

    def __init__(self, elements: Elements, where: str) -> None:
        self._elements, self._where = elements, where
        self._names: list[str] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._names) >= MAX_DEPTH:
            raise _refused("TOO_DEEP", "the XML is nested too deep", self._where, f"at most {MAX_DEPTH} levels")
        if self._count > MAX_ELEMENTS:
            raise _refused("TOO_LARGE", "the XML has too many elements", self._where, f"at most {MAX_ELEMENTS:,}")
        plain = _local(name)
        self._elements.begin(plain, attributes, tuple(self._names))
        self._names.append(plain)
        self._texts.append([])

    def end(self, name: str) -> None:
        self._names.pop()
        self._elements.end(_local(name), "".join(self._texts.pop())[:_TEXT_LIMIT])

    def characters(self, text: str) -> None:
        if self._texts and len(self._texts[-1]) < _TEXT_LIMIT:
            self._texts[-1].append(text)

    def entity(self, *_: object) -> NoReturn:
        raise _refused("XML_ENTITY", "the XML declares entities", self._where, "a report that declares none")


def read_xml(data: bytes, elements: Elements, *, where: str) -> None:
    """Read a document.

    Raises:
        MalformedInput: Not well-formed, entities, too deep, too many elements, or what the reader raises.
    """
    walk, parser = _Walk(elements, where), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = walk.begin
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.characters
    parser.EntityDeclHandler = walk.entity
    parser.ExternalEntityRefHandler = lambda *_: 1  # a document type that is named is not fetched
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an encoding that does not exist
        raise _refused("NOT_XML", f"not XML: {error}", where) from None


def root_of(data: bytes) -> str:
    """The name of the first element, as far as the first kilobytes tell; empty: no XML."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(_local(name))
    with suppress(expat.ExpatError, ValueError, LookupError):
        parser.Parse(data[:8192], False)
    return names[0] if names else ""


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refused(code: str, message: str, where: str, expected: str = "") -> MalformedInput:
    return MalformedInput(message, code=code, where=where, expected=expected)
