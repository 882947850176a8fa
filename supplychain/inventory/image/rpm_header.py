"""The header of one rpm package, as the database stores it.

https://rpm-software-management.github.io/rpm/manual/format_header.html, without the magic that precedes it in files:
two counts, an index of 16 bytes for each tag (number, type, offset, count), and the store the offsets point into.
"""

from __future__ import annotations

import struct

MAX_HEADER = 64 * 1024 * 1024
_INDEX = struct.Struct(">IIiI")
_MAX_TAGS = 4096
_INT32, _STRING, _BINARY, _STRINGS, _TRANSLATED = 4, 6, 7, 8, 9

NAME, VERSION, RELEASE, EPOCH, LICENSE, ARCH = 1000, 1001, 1002, 1003, 1014, 1022
SOURCE, PROVIDES, REQUIRES = 1044, 1047, 1049
FOLDER_INDEX, FILE_NAMES, FOLDERS, OLD_FILES = 1116, 1117, 1118, 1027
_WANTED = frozenset(
    {
        NAME,
        VERSION,
        RELEASE,
        EPOCH,
        LICENSE,
        ARCH,
        SOURCE,
        PROVIDES,
        REQUIRES,
        FOLDER_INDEX,
        FILE_NAMES,
        FOLDERS,
        OLD_FILES,
    }
)

Tags = dict[int, "list[str] | list[int]"]
"""Tag number to its values."""


def parse_header(data: bytes) -> Tags:
    """Read the tags that an inventory needs.

    Raises:
        ValueError: The header is cut short, or an offset or count in it leads outside.
    """
    if len(data) < 8:
        raise ValueError("the header is cut short")
    count, size = struct.unpack_from(">II", data)
    start = 8 + count * _INDEX.size
    if not 0 < count <= _MAX_TAGS or start + size > len(data):
        raise ValueError(f"the header states {count} tags and {size} bytes, and has {len(data)} bytes")
    store = data[start : start + size]
    tags: Tags = {}
    for index in range(count):
        tag, kind, offset, number = _INDEX.unpack_from(data, 8 + index * _INDEX.size)
        if tag in _WANTED:
            tags[tag] = _values(store, kind, offset, number)
    return tags


def _values(store: bytes, kind: int, offset: int, count: int) -> list[str] | list[int]:
    if not 0 <= offset < len(store) or count > len(store):
        raise ValueError("an entry of the header leads outside")
    if kind == _INT32:
        if offset + 4 * count > len(store):
            raise ValueError("an entry of the header leads outside")
        return list(struct.unpack_from(f">{count}i", store, offset))
    if kind in (_STRING, _STRINGS, _TRANSLATED):
        wanted = 1 if kind == _STRING else count
        # `split` with a limit leaves the rest of the store as one last part, which is no value.
        parts = store[offset:].split(b"\0", wanted) if wanted < 64 else store[offset:].split(b"\0")
        if len(parts) <= wanted:
            raise ValueError("a text of the header has no end")
        return [part.decode("utf-8", "replace") for part in parts[:wanted]]
    return []


def text(tags: Tags, tag: int) -> str:
    """The first text of a tag; empty: the package has none."""
    values = tags.get(tag)
    return str(values[0]) if values else ""


def texts(tags: Tags, tag: int) -> list[str]:
    """All texts of a tag."""
    return [str(value) for value in tags.get(tag, ())]


def numbers(tags: Tags, tag: int) -> list[int]:
    """All numbers of a tag."""
    return [value for value in tags.get(tag, ()) if isinstance(value, int)]
