"""Package headers and databases of rpm, made by hand in the three forms."""

from __future__ import annotations

import sqlite3
import struct

Value = str | int | list[str] | list[int]


def header(**tags: Value) -> bytes:
    """A header as the database stores it; tags by number, for example `t1000="name"`."""
    index, store = b"", b""
    for key, value in tags.items():
        values = value if isinstance(value, list) else [value]
        if isinstance(values[0], int):
            store += bytes(-len(store) % 4)
            kind, content = 4, b"".join(struct.pack(">i", number) for number in values)
        else:
            kind, content = (8 if isinstance(value, list) else 6), b"".join(str(v).encode() + b"\0" for v in values)
        index += struct.pack(">IIiI", int(key[1:]), kind, len(store), len(values))
        store += content
    return struct.pack(">II", len(tags), len(store)) + index + store


def package(name: str, version: str = "1.0", release: str = "1.el9", **more: Value) -> bytes:
    return header(t1000=name, t1001=version, t1002=release, t1022="x86_64", **more)


def sqlite(*blobs: bytes) -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
    connection.commit()
    return connection.serialize()


def ndb(*blobs: bytes) -> bytes:
    slots, content = b"", b""
    for number, blob in enumerate(blobs, 1):
        block = 4096 // 16 + len(content) // 16
        record = struct.pack("<IIII", int.from_bytes(b"BlbS", "little"), number, 0, len(blob)) + blob
        record += bytes(-len(record) % 16)
        slots += struct.pack("<IIII", int.from_bytes(b"Slot", "little"), number, block, len(record) // 16)
        content += record
    free = struct.pack("<IIII", int.from_bytes(b"Slot", "little"), 0, 0, 0)
    head = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, len(blobs) + 1, 0, 0, 0)
    slots += free * ((4096 - 32 - len(slots)) // 16)
    return head + slots + content


def berkeley(*blobs: bytes, order: str = "<", size: int = 512) -> bytes:
    """One bucket with a counter and the blobs, each on pages of its own."""
    pages: list[bytes] = []
    items: list[bytes] = [b"\1\0\0\0\0", b"\1" + struct.pack(f"{order}I", len(blobs))]
    for number, blob in enumerate(blobs, 1):
        first = 2 + len(pages)
        parts = [blob[at : at + size - 26] for at in range(0, len(blob), size - 26)]
        for index, part in enumerate(parts):
            following = first + index + 1 if index + 1 < len(parts) else 0
            head = struct.pack(f"{order}8xIIIHHBB", first + index, 0, following, 1, len(part), 0, 7)
            pages.append((head + part).ljust(size, b"\0"))
        items += [b"\1" + struct.pack(f"{order}I", number), b"\3\0\0\0" + struct.pack(f"{order}II", first, len(blob))]
    places, bucket = [], bytearray(size)
    end = size
    for item in items:
        end -= len(item)
        bucket[end : end + len(item)] = item
        places.append(end)
    bucket[:26] = struct.pack(f"{order}8xIIIHHBB", 1, 0, 0, len(items), end, 0, 13)
    struct.pack_into(f"{order}{len(places)}H", bucket, 26, *places)
    meta = bytearray(size)
    struct.pack_into(f"{order}8xIIII", meta, 0, 0, 0x061561, 9, size)
    struct.pack_into(f"{order}I", meta, 32, 1 + len(pages))
    return bytes(meta) + bytes(bucket) + b"".join(pages)
