from __future__ import annotations

import pytest

from supplychain.inventory.image.debian_copyright import condensed, licenses_of, spdx_of

DEP5 = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
License: GPL-2+ and LGPL-2.1+
Files: b
License: Expat
 Permission is hereby granted
License: custom-thing
"""
OLD = b"see `/usr/share/common-licenses/GPL-3'. or /usr/share/common-licenses/Artistic."


def test_machine_readable():
    assert licenses_of(DEP5) == ("GPL-2.0-or-later", "LGPL-2.1-or-later", "MIT", "custom-thing")


def test_prose():
    assert licenses_of(OLD) == ("GPL-3.0-only", "Artistic")


@pytest.mark.parametrize("content", [DEP5, OLD, b"", b"\xff\x00", b"License:\n", b"License: " + b"x" * 100_000])
def test_condensing_loses_nothing(content):
    assert licenses_of(condensed(content)) == licenses_of(content)


@pytest.mark.parametrize(
    ("name", "spdx"),
    [("GPL-2", "GPL-2.0-only"), ("AGPL-3+", "AGPL-3.0-or-later"), ("GPL-2.0-only", "GPL-2.0-only"), ("odd", "odd")],
)
def test_short_names(name, spdx):
    assert spdx_of(name) == spdx
