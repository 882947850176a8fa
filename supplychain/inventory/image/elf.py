"""As much of ELF as finding a section or following an address takes.

System V ABI, "Object Files" (https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.intro.html). Offsets and counts come
from the file, so each is checked against its size before it is used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF"
_MAX_HEADERS = 4096
_LOAD = 1
_RUN, _WRITE = 1, 2
_NO_BITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Elf:
    """The layout of one ELF file."""

    data: bytes
    order: str
    """`<` or `>`, as `struct` writes byte order."""
    wide: bool
    """64 bits."""

    @staticmethod
    def parse(data: bytes) -> Elf | None:
        """Read the identification; None: no ELF file."""
        if len(data) < 64 or not data.startswith(MAGIC) or data[4] not in (1, 2) or data[5] not in (1, 2):
            return None
        return Elf(data=data, order="<" if data[5] == 1 else ">", wide=data[4] == 2)

    def section_names(self) -> bytes | None:
        """The table of section names; None: the file has no sections (stripped of them), or is cut short."""
        start, size, count, names = self._section_table()
        header = self._section_header(start + names * size) if start and names < count else None
        if header is None:
            return None
        table = self.data[header[2] : header[2] + header[3]]
        return table if table and len(table) == header[3] else None

    def section(self, name: bytes) -> bytes | None:
        """The content of the first section of a name; None: it has none, or the file is cut short."""
        table = self.section_names()
        if table is None:
            return None
        start, size, count, _ = self._section_table()
        for index in range(min(count, _MAX_HEADERS)):
            header = self._section_header(start + index * size)
            if header is None or header[1] == _NO_BITS:
                continue
            if table.startswith(name + b"\0", header[0]):
                content = self.data[header[2] : header[2] + header[3]]
                return content if len(content) == header[3] else None
        return None

    def at_address(self, address: int, size: int) -> bytes:
        """The bytes that stand at a virtual address when the program runs; shorter when the file has no more there."""
        for start, offset, length, _ in self._segments():
            if start <= address < start + length:
                place = offset + address - start
                return self.data[place : place + min(size, start + length - address)]
        return b""

    def word(self, address: int, width: int) -> int:
        """The unsigned number of 4 or 8 bytes at a virtual address; 0 when nothing is there."""
        data = self.at_address(address, width)
        return int.from_bytes(data, "little" if self.order == "<" else "big") if len(data) == width else 0

    def variables(self) -> bytes:
        """The first part that is loaded to be written and not to be run; empty: there is none."""
        for _, offset, length, flags in self._segments():
            if flags & (_WRITE | _RUN) == _WRITE:
                return self.data[offset : offset + length]
        return b""

    def _segments(self) -> Iterator[tuple[int, int, int, int]]:
        """Address, offset and size in the file, and flags, of each part that is loaded."""
        start = self._number("Q", 32) if self.wide else self._number("I", 28)
        size, count = self._numbers("HH", 54 if self.wide else 42)
        for index in range(min(count, _MAX_HEADERS)):
            place = start + index * size
            if self.wide:
                values = self._numbers("IIQQQQ", place)
                kind, flags, offset, address, length = *values[:4], values[5]
            else:
                kind, offset, address, _, length, _, flags = self._numbers("IIIIIII", place)
            if kind == _LOAD:
                yield address, offset, length, flags

    def _section_table(self) -> tuple[int, int, int, int]:
        """Offset, size of an entry, number of entries, and which entry is the table of names."""
        start = self._number("Q", 40) if self.wide else self._number("I", 32)
        size, count, names = self._numbers("HHH", 58 if self.wide else 46)
        return (start, size, count, names) if size >= (64 if self.wide else 40) else (0, 0, 0, 0)

    def _section_header(self, place: int) -> tuple[int, int, int, int] | None:
        """Name, type, offset and size of a section."""
        if place + (64 if self.wide else 40) > len(self.data):
            return None
        values = self._numbers("IIQQQQ" if self.wide else "IIIIII", place)
        return values[0], values[1], values[4], values[5]

    def _number(self, form: str, place: int) -> int:
        return self._numbers(form, place)[0]

    def _numbers(self, form: str, place: int) -> tuple[int, ...]:
        """Numbers at an offset; zeros where the file ends before them."""
        shape = struct.Struct(self.order + form)
        if place + shape.size > len(self.data):
            return (0,) * len(form)
        return shape.unpack_from(self.data, place)
