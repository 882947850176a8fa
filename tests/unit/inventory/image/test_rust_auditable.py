from __future__ import annotations

import zlib

import pytest

from supplychain.inventory.image.rust_auditable import read_rust
from tests.simulator import programs


def test_crates_edges_and_origins(view):
    found = read_rust(view({"usr/bin/app": (programs.rust_program(), 0o755)}))
    assert {c.purl: c.depends_on for c in found.components} == {
        "pkg:cargo/app@0.1.0": ("pkg:cargo/serde@1.0.188", "pkg:cargo/cc@1.0.83"),
        "pkg:cargo/serde@1.0.188": (),
        "pkg:cargo/cc@1.0.83": (),
        "pkg:cargo/forked@0.2.0": ("pkg:cargo/serde@1.0.188",),
    }
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("pkg:cargo/forked@0.2.0", "not_from_registry")]
    assert found.components[2].properties == (("supplychain:development", "true"),)


BROKEN = {
    "not-packed": {"packed": b"junk"},
    "empty": {"packed": b""},
    "cut": {"packed": zlib.compress(b'{"packages": []}' * 50)[:20]},
    "bomb": {"packed": zlib.compress(b"[" + b" " * 20_000_000, 9)},
    "not-json": {"packed": zlib.compress(b"{")},
    "deep": {"packed": zlib.compress(b"[" * 200_000)},
    "no-packages": {"document": {}},
    "wrong-types": {"document": {"packages": [1, None, {"name": 3}, {"name": "a", "version": "x"}]}},
}


@pytest.mark.parametrize("given", BROKEN.values(), ids=BROKEN)
def test_broken_sections_are_named(view, given):
    found = read_rust(view({"usr/bin/app": (programs.rust_program(**given), 0o755)}))
    assert (found.components, {gap.what for gap in found.gaps}) == ((), {"usr/bin/app"})


def test_a_circle_of_crates(view):
    packages = [
        {"name": n, "version": "1.0.0", "source": "crates.io", "dependencies": [1 - i]} for i, n in enumerate("ab")
    ]
    found = read_rust(view({"x": (programs.rust_program({"packages": packages}), 0o755)}))
    assert [len(component.depends_on) for component in found.components] == [1, 1]
