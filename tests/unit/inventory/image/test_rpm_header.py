from __future__ import annotations

import struct

import pytest

from supplychain.inventory.image.rpm_header import numbers, parse_header, text, texts
from tests.simulator.rpm_samples import header


def test_texts_and_numbers():
    tags = parse_header(header(t1000="name", t1003=7, t1117=["a", "ü"], t1116=[0, 1], t9999="unknown"))
    assert (text(tags, 1000), numbers(tags, 1003), texts(tags, 1117), numbers(tags, 1116)) == (
        "name",
        [7],
        ["a", "ü"],
        [0, 1],
    )
    assert (text(tags, 1001), texts(tags, 1049), numbers(tags, 1117)) == ("", [], [])


@pytest.mark.parametrize(
    "blob",
    [
        b"\0\0",
        struct.pack(">II", 0, 0),
        struct.pack(">II", 2**31, 16) + bytes(100),
        struct.pack(">II", 1, 8) + struct.pack(">IIiI", 1000, 6, 500, 1) + bytes(8),
        struct.pack(">II", 1, 8) + struct.pack(">IIiI", 1000, 6, -1, 1) + bytes(8),
        struct.pack(">II", 1, 8) + struct.pack(">IIiI", 1003, 4, 0, 2**30) + bytes(8),
        struct.pack(">II", 1, 4) + struct.pack(">IIiI", 1000, 6, 0, 1) + b"abcd",
    ],
    ids=["short", "no-tags", "too-many", "outside", "negative", "huge-count", "no-end"],
)
def test_broken_headers_are_errors(blob):
    with pytest.raises(ValueError):
        parse_header(blob)
