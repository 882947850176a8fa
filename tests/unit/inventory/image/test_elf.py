from __future__ import annotations

import pytest

from supplychain.inventory.image.elf import Elf
from tests.simulator.programs import elf

FORMS = [(True, "<"), (True, ">"), (False, "<"), (False, ">")]


@pytest.mark.parametrize(("wide", "order"), FORMS)
def test_sections_and_addresses(wide, order):
    program = Elf.parse(elf({b".a": b"first", b".ab": b"second"}, wide=wide, order=order, address=0x1000))
    assert program is not None
    assert program.section_names() == b"\0.a\0.ab\0.shstrtab\0"
    assert [program.section(name) for name in (b".a", b".ab", b".b", b"ab")] == [b"first", b"second", None, None]
    assert program.at_address(0x1001, 3) == b"ELF"
    assert program.at_address(0xFFF, 3) == b""
    assert program.word(0x1000, 4) == int.from_bytes(b"\x7fELF", "little" if order == "<" else "big")
    assert program.word(0x9999999, 8) == 0


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"#!/bin/sh\n" + bytes(100), b"\x7fELF\x03\x01" + bytes(100)])
def test_what_is_no_elf_file(data):
    assert Elf.parse(data) is None


@pytest.mark.parametrize(("wide", "order"), FORMS)
def test_any_damage_is_survived(wide, order):
    whole = elf({b".a": b"first"}, wide=wide, order=order, address=0x1000)
    for place in range(6, len(whole)):
        for data in (whole[:place] + bytes((whole[place] ^ 0xFF,)) + whole[place + 1 :], whole[:place]):
            program = Elf.parse(data)
            if program is not None:
                program.section_names()
                program.section(b".a")
                program.at_address(0x1001, 3)
