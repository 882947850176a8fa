from __future__ import annotations

import pytest

from supplychain.artifact.image.tree import entry_only
from supplychain.scan.image_wanted import cache_of, image_wanted


@pytest.mark.parametrize(
    ("path", "size", "mode", "answer"),
    [
        ("var/lib/dpkg/status", 1, 0o644, True),
        ("app/package.json", 1, 0o644, True),
        ("var/cache/apt/archives/a.deb", 1, 0o644, entry_only),
        ("usr/share/x/README", 1, 0o644, False),
        ("usr/bin/x", 100, 0o755, False),
    ],
)
def test_answers(path, size, mode, answer):
    assert image_wanted(path, size, mode) is answer


def test_a_large_script_is_searched_and_a_program_is_reduced():
    script, program = image_wanted("app/x.sh", 100_000, 0o755), image_wanted("app/x", 100_000, 0o755)
    assert callable(script)
    assert callable(program)
    assert script(content=b"TOKEN=ghp_" + b"a1B2" * 9) != b"[]"
    assert program(content=b"#!/bin/sh") == b""


def test_caches():
    assert cache_of("var/cache/apk/APKINDEX.1.tar.gz") == "var/cache/apk/"
    assert cache_of("var/cache/apk/x") == ""
