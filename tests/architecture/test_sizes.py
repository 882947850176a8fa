"""A module fits in a head."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "supplychain"
MOST = 300


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {str(path.relative_to(PACKAGE)): length for path, length in lengths.items() if length > MOST} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [path for path in PACKAGE.rglob("*.py") if not path.read_text(encoding="utf-8").startswith('"""')]
    assert [str(path.relative_to(PACKAGE)) for path in silent if path.name != "__main__.py"] == []
