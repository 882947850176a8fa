"""Cyclomatic complexity: `radon cc -j`, and lizard as CSV (`--csv`) or XML (`--xml`).

Functions and methods count; classes do not, for theirs is an average. A file that radon could not read is an error in
its report, and the report is refused: what was not looked at is not simple.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.markup import Elements, read_xml
from supplychain.scan.importers.report import Function, Report, bad, empty, whole

_COLUMNS = 11
"""NLOC, CCN, tokens, parameters, length, location, file, function, long name, first and last line."""
_ITEM = re.compile(r"(?P<name>.{1,2000}?)\(?[^()]*\)? at (?P<path>.{1,4000}):(?P<line>\d{1,9})", re.DOTALL)


def parse_radon(data: bytes, where: str) -> Report:
    """Read `radon cc -j`.

    Raises:
        MalformedInput: Not that format, or a file radon could not read.
        NothingToCheck: No function.
    """
    body = parse_json_object(data, where=where)
    functions: set[Function] = set()
    for path, blocks in body.items():
        if isinstance(blocks, dict) and "error" in blocks:
            raise bad(f"{where}: {path}", "radon could not read this file", "a file it can read", blocks["error"])
        if not isinstance(blocks, list):
            raise bad(f"{where}: {path}", "not a report of radon", "a list of blocks", repr(blocks))
        functions |= set(_blocks(blocks, path, where))
    return _report(functions, "radon", where)


def _blocks(blocks: list[Any], path: str, where: str) -> Iterator[Function]:
    """Functions, methods and closures, however deep, each as often as it is listed."""
    waiting = list(blocks)
    while waiting:
        block = waiting.pop()
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise bad(f"{where}: {path}", "not a block of radon", "type, name, lineno and complexity", repr(block))
        for key in ("methods", "closures"):
            inner = block.get(key) or []
            if not isinstance(inner, list):
                raise bad(f"{where}: {path}", f"{key} is no list", "a list of blocks", repr(inner))
            waiting += inner
        if block["type"] != "class":
            owner = f"{block['classname']}." if block.get("classname") else ""
            yield Function(
                path=path,
                name=f"{owner}{block.get('name', '')}"[:300],
                line=whole(block.get("lineno"), where, what="lineno"),
                complexity=whole(block.get("complexity"), where, what="complexity"),
            )


def parse_lizard_csv(data: bytes, where: str) -> Report:
    """Read `lizard --csv`.

    Raises:
        MalformedInput: Not that format.
        NothingToCheck: No function.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise bad(where, f"not CSV: {error}") from None
    functions = set()
    for number, row in enumerate(rows, 1):
        if row[:2] == ["NLOC", "CCN"]:
            continue
        if len(row) != _COLUMNS:
            raise bad(f"{where}:{number}", "not a row of lizard", f"{_COLUMNS} columns", len(row))
        functions.add(
            Function(
                path=row[6],
                name=row[7][:300],
                line=whole(row[9], f"{where}:{number}", what="the first line"),
                complexity=whole(row[1], f"{where}:{number}", what="CCN"),
            )
        )
    return _report(functions, "lizard", where)


class _Lizard(Elements):
    def __init__(self, where: str) -> None:
        self.where = where
        self.functions: set[Function] = set()
        self.measure = ""
        self.labels: list[str] = []
        self.item = ""
        self.values: list[str] = []

    def begin(self, name: str, attributes: Mapping[str, str], path: tuple[str, ...]) -> None:
        if not path and name != "cppncss":
            raise bad(self.where, "not a report of lizard", "cppncss", name)
        if name == "measure":
            self.measure, self.labels = attributes.get("type", ""), []
        elif name == "item":
            self.item, self.values = attributes.get("name", ""), []

    def end(self, name: str, text: str) -> None:
        if name == "label":
            self.labels.append(text.strip())
        elif name == "value":
            self.values.append(text.strip())
        elif name == "item" and self.measure == "Function":
            found = _ITEM.fullmatch(self.item)
            if not found or "CCN" not in self.labels or len(self.values) != len(self.labels):
                raise bad(self.where, "not a function of lizard", "name(…) at file:line, with NCSS and CCN", self.item)
            ccn = whole(self.values[self.labels.index("CCN")], self.where, what="CCN")
            self.functions.add(
                Function(path=found["path"], name=found["name"][:300], line=int(found["line"]), complexity=ccn)
            )


def parse_lizard_xml(data: bytes, where: str) -> Report:
    """Read `lizard --xml`.

    Raises:
        MalformedInput: Not that format.
        NothingToCheck: No function.
    """
    reader = _Lizard(where)
    read_xml(data, reader, where=where)
    return _report(reader.functions, "lizard", where)


def _report(functions: set[Function], tool: str, where: str) -> Report:
    if not functions:
        raise empty(where, "function")
    return Report(kind="complexity", tool=tool, functions=frozenset(functions))
