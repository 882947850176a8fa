"""The three files rpm keeps its database in, from bytes to package headers: SQLite, NDB, Berkeley DB.

SQLite (`rpmdb.sqlite`, Fedora 33 and later, RHEL 9), NDB (`Packages.db`, SUSE; lib/backend/ndb/rpmpkg.c), Berkeley DB
hash (`Packages`, RHEL 8 and earlier; db/src/dbinc/db_page.h). None of them is opened with the program that wrote it:
the file may be hostile, and stands inside an image.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator

from supplychain.inventory.image.rpm_header import MAX_HEADER

_SQLITE = b"SQLite format 3\0"
_WAL_PAGE, _WAL_HEADER, _FRAME = 24, 32, struct.Struct(">IIIIII")
_MAX_STEPS = 200_000
_SLOTS = struct.Struct("<IIII")
_NDB_BLOCK = 16
_BDB_HASH = 0x00061561
_BDB_PAGE = 26
_BUCKETS = (2, 13)
_KEY_DATA, _OFF_PAGE, _OVERFLOW = 1, 3, 7


def headers(data: bytes, log: bytes = b"") -> Iterator[bytes]:
    """The package headers in a database of any of the three kinds.

    Args:
        data: The database file.
        log: The write-ahead log beside a SQLite database.

    Raises:
        ValueError: Not such a database, or a damaged one.
    """
    if data.startswith(_SQLITE):
        return _of_sqlite(data, log)
    if data.startswith(b"RpmP"):
        return _of_ndb(data)
    for order in "<>":
        if len(data) >= 512 and struct.unpack_from(f"{order}I", data, 12)[0] == _BDB_HASH:
            return _of_berkeley(data, order)
    raise ValueError("not an rpm database of a known kind (SQLite, NDB, Berkeley DB hash)")


def _of_sqlite(data: bytes, log: bytes) -> Iterator[bytes]:
    page = bytearray(_with_log(data, log) if log else data)
    page[18:20] = b"\1\1"  # a database in memory has no write-ahead log; what it held is applied already
    steps = iter(range(_MAX_STEPS))
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(page))
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        # A view in place of the table could run for ever.
        connection.set_progress_handler(lambda: next(steps, None) is None, 1000)
        tables = connection.execute("SELECT type FROM sqlite_master WHERE name = 'Packages'").fetchall()
        if tables != [("table",)]:
            raise ValueError("the database has no table Packages")
        for (blob,) in connection.execute("SELECT blob FROM Packages ORDER BY hnum"):
            yield blob if isinstance(blob, bytes) else b""
        if _is_cut(data, log):
            raise ValueError("the database, or its write-ahead log, is cut short")
    except (sqlite3.Error, OverflowError) as error:
        raise ValueError(f"SQLite: {error}") from error
    finally:
        connection.close()


def _is_cut(data: bytes, log: bytes) -> bool:
    """What SQLite itself would pass over: missing pages that no entry needs, a last frame that is not whole."""
    page = int.from_bytes(data[16:18], "big")
    size = 65536 if page == 1 else page
    stated = int.from_bytes(data[28:32], "big") if data[24:28] == data[92:96] else 0
    frame = _WAL_PAGE + int.from_bytes(log[8:12], "big")
    return stated * size > len(data) or (len(log) > _WAL_HEADER and (len(log) - _WAL_HEADER) % frame != 0)


def _with_log(data: bytes, log: bytes) -> bytes:
    """The database with the committed frames of its write-ahead log applied (https://sqlite.org/fileformat2.html)."""
    if len(log) < _WAL_HEADER:
        return data
    magic, _, size, _, *salts = struct.unpack_from(">IIIIII", log)
    if magic not in (0x377F0682, 0x377F0683) or not 512 <= size <= 65536:
        raise ValueError("the write-ahead log is damaged")
    pages: dict[int, bytes] = {}
    waiting: dict[int, bytes] = {}
    count = 0
    for place in range(_WAL_HEADER, len(log) - _WAL_PAGE - size + 1, _WAL_PAGE + size):
        number, committed, *rest = _FRAME.unpack_from(log, place)
        if rest[:2] != salts or not 0 < number <= 2**20:
            break  # left over from an earlier use of the log
        waiting[number] = log[place + _WAL_PAGE : place + _WAL_PAGE + size]
        if committed:
            pages.update(waiting)
            waiting, count = {}, min(committed, 2**20)
    if not pages:
        return data
    merged = bytearray(data[: count * size].ljust(min(count * size, len(data) + len(log)), b"\0"))
    for number, content in pages.items():
        merged[(number - 1) * size : number * size] = content
    return bytes(merged)


def _of_ndb(data: bytes) -> Iterator[bytes]:
    pages = struct.unpack_from("<I", data, 12)[0] if len(data) >= 32 else 0
    end = min(pages * 4096, len(data))
    for place in range(32, end - 15, 16):
        magic, index, block, _ = _SLOTS.unpack_from(data, place)
        if magic != int.from_bytes(b"Slot", "little"):
            raise ValueError(f"a slot at {place} is damaged")
        if not index:
            continue  # free
        start = block * _NDB_BLOCK
        if start + 16 > len(data):
            raise ValueError(f"package {index} lies outside of the file")
        kind, owner, _, size = _SLOTS.unpack_from(data, start)
        blob = data[start + 16 : start + 16 + size]
        if kind != int.from_bytes(b"BlbS", "little") or owner != index or len(blob) != size:
            raise ValueError(f"package {index} is damaged")
        yield blob


def _of_berkeley(data: bytes, order: str) -> Iterator[bytes]:
    size = struct.unpack_from(f"{order}I", data, 20)[0]
    if size not in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536) or data[24]:
        raise ValueError("the database is encrypted, or has pages of an impossible size")
    if len(data) % size:
        raise ValueError("the database is cut short inside a page")
    last = struct.unpack_from(f"{order}I", data, 32)[0]
    if (last + 1) * size > len(data):
        raise ValueError(f"the database states {last + 1} pages and has {len(data) // size}")
    for start in range(size, len(data), size):
        if data[start + 25] in _BUCKETS:
            yield from _of_bucket(data, start, size, order)


def _of_bucket(data: bytes, start: int, size: int, order: str) -> Iterator[bytes]:
    """Keys and values alternate; a key is a number of 4 bytes, and number 0 is the database's own counter."""
    count = struct.unpack_from(f"{order}H", data, start + 20)[0]
    if count % 2 or _BDB_PAGE + 2 * count > size:
        raise ValueError("a page of the database is damaged")
    places = struct.unpack_from(f"{order}{count}H", data, start + _BDB_PAGE)
    for key, value in zip(places[::2], places[1::2], strict=True):
        if not _BDB_PAGE <= value < size - 1 or not value < key <= size:
            raise ValueError("an entry of the database is damaged")
        kind = data[start + value]
        if kind == _OFF_PAGE and value + 12 <= size:
            page, length = struct.unpack_from(f"{order}II", data, start + value + 4)
            yield _chain(data, page, length, size, order)
        elif kind == _KEY_DATA and key - value > 5:
            content = data[start + value + 1 : start + key]
            if len(content) > 16:  # the counter is a number
                yield content


def _chain(data: bytes, page: int, length: int, size: int, order: str) -> bytes:
    """A value too large for its page, from the pages it continues on."""
    if length > min(MAX_HEADER, len(data)):
        raise ValueError("an entry of the database is larger than the database")
    parts = []
    left = length
    while left > 0:
        start = page * size
        if not page or start + size > len(data) or data[start + 25] != _OVERFLOW:
            raise ValueError("an entry of the database leads to a page that does not continue it")
        # On these pages, the field that elsewhere points to free space holds the number of bytes used.
        used = struct.unpack_from(f"{order}H", data, start + 22)[0]
        content = data[start + _BDB_PAGE : start + _BDB_PAGE + min(used, left)]
        if not content:
            raise ValueError("an entry of the database ends too soon")
        parts.append(content)
        left -= len(content)
        page = struct.unpack_from(f"{order}I", data, start + 16)[0]
    return b"".join(parts)
