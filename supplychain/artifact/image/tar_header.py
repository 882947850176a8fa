"""One 512-byte header of a tar archive, and the pax records before it.

Formats: POSIX ustar and pax (IEEE Std 1003.1-2017, "pax Interchange Format"), GNU (long names, base-256 numbers).
Where the formats leave doubt, this reads as Go's archive/tar does, because Docker, containerd, Podman and umoci are
built on it: a reader that sees another archive than the runtime would list another image.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from zlib import adler32

from supplychain.errors import MalformedInput

BLOCK = 512
ZEROS = bytes(BLOCK)
MAX_SPECIAL = 1024 * 1024
"""Largest accepted extended header or long name, as in Go."""
_FIELDS = struct.Struct("100s8s8s8s12s12x8sc100s6s82x155s8x4s")
_HEADER_ONLY = frozenset(b"123456")
_ADLER = 65521
_SIZE_MAX = 1 << 62


@dataclass(slots=True)
class Header:
    """A header as it stands, before pax records and long names are applied."""

    name: bytes
    link: bytes
    size: int
    """In bytes, of the content that follows; 0 for kinds that have none, whatever the field says."""
    mode: int
    kind: str
    """The type flag as one character; old regular files are `0`."""
    owner: bytes
    """The fields uid and gid, not parsed: hardly anyone asks."""
    more_maps: bool = False
    """Old GNU sparse file whose map goes on in the next block."""

    def ids(self) -> tuple[int, int]:
        """User and group, 0 where the field is broken."""
        try:
            return number(self.owner[:8]), number(self.owner[8:])
        except ValueError:
            return 0, 0


def parse_header(block: bytes, *, where: str) -> Header:
    """Parse one header.

    Raises:
        MalformedInput: The checksum is wrong (this is no header) or a number is no number.
    """
    name, mode, uid, gid, size, checksum, flag, link, magic, prefix, trailer = _FIELDS.unpack(block)
    try:
        _check(block, checksum)
        length = int(size[:11], 8) if size[:11].isdigit() else number(size)
        bits = int(mode[:7], 8) if mode[:7].isdigit() else number(mode)
    except ValueError as error:
        raise broken(f"no tar header where one must stand: {error}", where) from None
    name = name.partition(b"\0")[0]
    if magic == b"ustar\0" and prefix[0]:
        start = prefix[:131] if trailer == b"tar\0" else prefix
        start = start.partition(b"\0")[0]
        name = start + b"/" + name if start else name
    kind = "0" if flag == b"\0" else chr(flag[0])
    if flag[0] in _HEADER_ONLY:
        length = 0
    elif length < 0 or length > _SIZE_MAX:
        raise broken("a member of impossible size", where, found=str(length))
    return Header(name, link.partition(b"\0")[0], length, bits, kind, uid + gid, kind == "S" and prefix[137] != 0)


def number(field: bytes) -> int:
    """A number of a header: octal text, or base-256 when the first bit is set (GNU).

    Raises:
        ValueError: Neither.
    """
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ~(0x80 << (8 * (len(field) - 1)))
        negative = bool(field[0] & 0x40)
        return value - (1 << (8 * len(field) - 1)) if negative else value
    text = field.strip(b" \0").partition(b"\0")[0]
    if text and not text.isdigit():
        raise ValueError(f"not a number: {text!r}")
    return int(text, 8) if text else 0


def parse_pax(data: bytes, *, where: str) -> dict[str, str]:
    """The records of a pax extended header: `length key=value` and a newline, one after the other.

    Raises:
        MalformedInput: A record is broken, or holds a NUL where a path stands.
    """
    records: dict[str, str] = {}
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + 20)
        digits = data[position:space] if space > 0 else b""
        end = position + int(digits) if digits.isdigit() else -1
        if end <= space or end > len(data) or data[end - 1 : end] != b"\n":
            raise broken("a pax record is broken", where)
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not key or not equals or b"\0" in key:
            raise broken("a pax record is broken", where)
        if b"\0" in value and key in (b"path", b"linkpath", b"uname", b"gname"):
            raise broken("a path with a NUL in it", where)
        records[text(key)] = text(value)
        position = end
    return records


def text(raw: bytes) -> str:
    """A name as text; bytes that are no UTF-8 become surrogates, so that nothing is lost."""
    return raw.decode("utf-8", "surrogateescape")


def broken(message: str, where: str, *, found: str = "") -> MalformedInput:
    """The error for an archive that cannot be read on."""
    hint = "export or push the image again"
    return MalformedInput(message, code="TAR", where=where, expected="a tar archive", found=found, hint=hint)


def _check(block: bytes, field: bytes) -> None:
    # The low half of Adler-32 is 1 + the sum of all bytes, modulo 65521: a sum in C. Equal but for one case in 65521
    # damaged headers, which only ever matters for archives that no runtime reads.
    told = number(field)
    found = (adler32(block) & 0xFFFF) - 1 - sum(field) + 8 * 32
    if (told - found) % _ADLER == 0:
        return
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])
    if told != signed:
        raise ValueError("the checksum is wrong")
