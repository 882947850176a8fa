"""Reads one source: recognises each document by its content and hands it to the importer of its format.

Nothing is asked of file names but the suffix, so that a zip, a checkout and a single file all do. A document that is
meant as no record at all is ignored, counted and named; one about something no component names (an interpreter, the
Rust compiler) is counted as about no package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from supplychain.advisory.importers import debian, exploitation, nodejs, rubysec, rustsec, secdb
from supplychain.advisory.importers.item import Item
from supplychain.advisory.importers.osv import is_record, parse_value
from supplychain.advisory.importers.sources import Document, Source
from supplychain.advisory.record import Advisory
from supplychain.encoding import parse_json, parse_yaml

_SHOWN = 10


class Reader:
    """Reads what one source holds, one document after the other.

    Args:
        source: Where it is.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.formats: set[str] = set()
        """Of the loose records read so far."""
        self.ignored = 0
        """Files that are no records; complete once `items` has ended."""
        self.ignored_names: list[str] = []
        """The first of them."""
        self.unplaced = 0
        """Advisories about no package."""

    def items(self) -> Iterator[Item]:
        """Everything in it.

        Raises:
            MalformedInput: A document meant as a record is none, or the source is damaged; names file and member.
            UsageError: A file cannot be read.
        """
        for document in self._source.documents():
            if isinstance(document, str):
                self._ignore(document)
                continue
            found = list(self._parse(document))
            yield from (item for item in found if item is not None)
            if not found:
                self._ignore(document.where)

    def records(self) -> Iterator[Advisory]:
        """The records of sources that hold loose ones."""
        return (item for item in self.items() if isinstance(item, Advisory))

    def _parse(self, document: Document) -> Iterator[Item | None]:
        """What a document holds; nothing: it is no record; None: a record about no package."""
        data, where = document.data, document.where
        match where.lower().removesuffix(".gz").rpartition(".")[2]:
            case "md":
                yield from self._markdown(data, where)
            case "csv":
                if (table := exploitation.parse_csv(data, where)) is not None:
                    yield table
            case "json":
                if debian.is_debian(data):
                    yield debian.parse_debian(data, where)
                else:
                    yield from self._object(parse_json(data, where=where), where)
            case _:
                yield from self._object(parse_yaml(data, where=where), where)

    def _markdown(self, data: bytes, where: str) -> Iterator[Item | None]:
        found = rustsec.parse_rustsec(data, where)
        if found is not None:
            yield self._placed("rustsec", None if rustsec.is_about_rust(where) else found)

    def _object(self, value: object, where: str) -> Iterator[Item | None]:  # noqa: C901 - one case a format
        if not isinstance(value, dict):
            return
        if is_record(value):
            yield self._placed("osv", parse_value(value, where))
        elif secdb.is_secdb(value):
            yield secdb.parse_secdb(value, where)
        elif exploitation.is_kev(value):
            yield exploitation.parse_kev(value, where)
        elif nodejs.is_npm(value):
            yield self._placed("nodejs", nodejs.parse_npm(value, where))
        elif nodejs.is_core(value):
            yield self._placed("nodejs", None)
        elif rubysec.is_rubysec(value):
            yield self._placed("rubysec", rubysec.parse_rubysec(value, where))
        elif self._source.kind == "file":
            yield from self._index(value, where)

    def _index(self, value: dict[str, Any], where: str) -> Iterator[Item | None]:
        for part in nodejs.index_of(value):
            yield self._placed("nodejs", nodejs.parse_npm(part, where))

    def _placed(self, format_: str, item: Item | None) -> Item | None:
        if item is None:
            self.unplaced += 1
        else:
            self.formats.add(format_)
        return item

    def _ignore(self, where: str) -> None:
        self.ignored += 1
        if len(self.ignored_names) < _SHOWN:
            self.ignored_names.append(where)
