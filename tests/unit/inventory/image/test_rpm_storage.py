from __future__ import annotations

import sqlite3
import struct

import pytest

from supplychain.inventory.image.rpm_header import parse_header
from supplychain.inventory.image.rpm_storage import headers
from tests.simulator import rpm_samples as samples
from tests.simulator.runaway import ends

BLOBS = [samples.package("a"), samples.package("b", t1117=["file"] * 300), samples.package("c")]


@pytest.mark.parametrize(
    "database",
    [
        samples.sqlite(*BLOBS),
        samples.ndb(*BLOBS),
        samples.berkeley(*BLOBS),
        samples.berkeley(*BLOBS, order=">"),
    ],
    ids=["sqlite", "ndb", "berkeley", "berkeley-big-endian"],
)
def test_every_kind(database):
    assert list(headers(database)) == BLOBS


@pytest.mark.parametrize("make", [samples.ndb, samples.berkeley, samples.sqlite])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_database_that_is_cut_short_is_an_error(make, part):
    database = make(*[samples.package(name, t1117=["file"] * 900) for name in "abcdef"])
    with pytest.raises(ValueError):
        list(headers(database[: int(len(database) * part)]))


@pytest.mark.parametrize("make", [samples.ndb, samples.berkeley])
def test_any_damaged_byte_gives_headers_or_an_error(make):
    database = make(*BLOBS)
    for place in range(0, len(database), 7):
        damaged = bytearray(database)
        damaged[place] ^= 0xFF
        try:
            for blob in headers(bytes(damaged)):
                parse_header(blob)
        except ValueError:
            continue


def test_overflow_pages_that_form_a_circle_end():
    database = bytearray(samples.berkeley(samples.package("b", t1117=["file"] * 300)))
    struct.pack_into("<I", database, 2 * 512 + 16, 2)
    assert len(list(headers(bytes(database)))) == 1


def test_a_view_in_place_of_the_table_does_not_run():
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIEW Packages AS WITH RECURSIVE n(hnum) AS (SELECT 1 UNION ALL SELECT hnum+1 FROM n) SELECT hnum, '' AS blob FROM n"
    )
    with ends(), pytest.raises(ValueError, match="no table Packages"):
        list(headers(connection.serialize()))


def test_the_write_ahead_log_is_applied(tmp_path):
    path = tmp_path / "rpmdb.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in BLOBS])
    data, log = path.read_bytes(), (tmp_path / "rpmdb.sqlite-wal").read_bytes()
    connection.close()
    assert list(headers(data)) == []
    assert list(headers(data, log)) == BLOBS
    with pytest.raises(ValueError, match="cut short"):
        list(headers(data, log[:-10]))
    reader = headers(data, log[:-10])
    assert [next(reader), next(reader)] == BLOBS[:2]


def test_a_log_of_junk_is_an_error():
    with pytest.raises(ValueError, match="log"):
        list(headers(samples.sqlite(*BLOBS), b"\0" * 100))


@pytest.mark.shared
def test_a_real_berkeley_database(shared):
    data = (shared / "lockfiles/os/rpm/testdata/Packages_epoch").read_bytes()
    assert [parse_header(blob)[1000] for blob in headers(data)] == [["hello"]]
