"""A strict reader for the little DER that timestamps need (X.690 section 10): definite lengths, shortest form only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BOOLEAN = 0x01
INTEGER = 0x02
OCTET_STRING = 0x04
OID = 0x06
UTF8_STRING = 0x0C
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1


class DerError(ValueError):
    """The bytes are not the DER that was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value with its tag."""

    tag: int
    value: bytes
    raw: bytes
    """Tag, length and value as received."""

    def children(self) -> tuple[Node, ...]:
        """The values inside a constructed one."""
        if not self.tag & 0x20:
            raise DerError(f"tag {self.tag:#x} holds no values")
        found, rest = [], self.value
        while rest:
            node, rest = read(rest)
            found.append(node)
        return tuple(found)

    def integer(self) -> int:
        """The value of an INTEGER in its shortest form."""
        self.expect(INTEGER)
        if not self.value or (len(self.value) > 1 and self.value[0] in (0, 0xFF) and _padded(self.value)):
            raise DerError("an integer is not in its shortest form")
        return int.from_bytes(self.value, "big", signed=True)

    def oid(self) -> str:
        """The dotted form of an OBJECT IDENTIFIER."""
        self.expect(OID)
        arcs, number = [], 0
        for index, byte in enumerate(self.value):
            if number == 0 and byte == 0x80:
                raise DerError("an object identifier is not in its shortest form")
            number = number << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(number)
                number = 0
            elif index == len(self.value) - 1 or index > 40:
                raise DerError("an object identifier ends early")
        if not arcs:
            raise DerError("an object identifier is empty")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def expect(self, tag: int) -> Node:
        """This value, if it has the tag; DerError otherwise."""
        if self.tag != tag:
            raise DerError(f"expected tag {tag:#x}, found {self.tag:#x}")
        return self


def read(data: bytes) -> tuple[Node, bytes]:
    """The first value, and the bytes after it."""
    if len(data) < 2:
        raise DerError("the data ends early")
    tag, length, start = data[0], data[1], 2
    if tag & 0x1F == 0x1F:
        raise DerError("tags of several bytes are not used here")
    if length & 0x80:
        count = length & 0x7F
        start += count
        length = int.from_bytes(data[2:start], "big")
        if not 1 <= count <= 4 or len(data) < start or length < 0x80 or length < 1 << 8 * (count - 1):
            raise DerError("a length is not in its shortest form")
    end = start + length
    if end > len(data):
        raise DerError("the data ends early")
    return Node(tag=tag, value=data[start:end], raw=data[:end]), data[end:]


def read_one(data: bytes, tag: int) -> Node:
    """The only value in the data; it must have the tag."""
    node, rest = read(data)
    if rest:
        raise DerError(f"{len(rest)} bytes too many")
    return node.expect(tag)


class Fields:
    """Walks the fields of a SEQUENCE in order; optional fields are taken by their tag."""

    def __init__(self, node: Node) -> None:
        self._nodes: Iterator[Node] = iter(node.expect(SEQUENCE).children())
        self._next = next(self._nodes, None)

    def take(self, tag: int) -> Node:
        """The next field, which must be there."""
        node = self.maybe(tag)
        if node is None:
            found = f"{self._next.tag:#x}" if self._next else "nothing"
            raise DerError(f"expected tag {tag:#x}, found {found}")
        return node

    def maybe(self, tag: int) -> Node | None:
        """The next field if it has this tag."""
        node = self._next
        if node is None or node.tag != tag:
            return None
        self._next = next(self._nodes, None)
        return node

    def end(self) -> None:
        """Nothing may follow."""
        if self._next is not None:
            raise DerError(f"an unexpected field with tag {self._next.tag:#x}")


def _padded(value: bytes) -> bool:
    return (value[0] == 0) == (value[1] < 0x80)
