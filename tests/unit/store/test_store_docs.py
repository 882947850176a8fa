"""`docs/stores.md` names every way in which a store fails, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from supplychain.store import directory, oci, oci_writer, referrers

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "stores.md").read_text("utf-8")
SOURCES = "".join(
    path.read_text("utf-8")
    for folder in ("supplychain/store", "supplychain/artifact/image")
    for path in (ROOT / folder).glob("*.py")
)


def test_the_codes() -> None:
    told = set(re.findall(r"^\| `([A-Z_]{5,})` \|", TEXT, re.MULTILINE))
    assert {code for code in told if f'"{code}"' not in SOURCES} == set()
    assert set(re.findall(r'"(STORE_[A-Z]+|NOT_A_STORE)"', SOURCES)) <= told


def test_the_limits() -> None:
    row = next(line for line in TEXT.splitlines() if "STORE_FLOODED" in line)
    limits = (referrers.MAX_LISTED, oci.MAX_FOUND_BYTES // 2**20, referrers.MAX_PAGES, directory._MAX_FOUND)
    assert [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", row)[1:]] == list(limits)
    assert oci_writer._MAX_ROUNDS == 20
