"""Attack: a layout or a link that is too large, too deep or too many to read."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import BUILD, Chain
from tests.simulator.runner import assert_told


def test_huge_layout(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    with chain.path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert_told(chain.verify(), ExitCode.MALFORMED, "TOO_LARGE")


def test_deep_layout(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.path.write_text('{"signed": ' + "[" * 100_000 + "]" * 100_000 + "}")
    assert_told(chain.verify(), ExitCode.MALFORMED, "TOO_DEEP")


def test_huge_link_does_not_hide_the_others(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    with (chain.links / "a.00000000.link").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert_told(chain.verify(), ExitCode.OK)


def test_layouts_within_layouts_without_end(tmp_path: Path) -> None:
    """Bob delegates his step to himself, and again, and again."""
    chain = Chain(tmp_path / "chain")
    inner = {**BUILD, "name": "build", "expected_materials": [], "expected_products": []}
    folder = chain.links
    for _ in range(12):
        chain.sign(chain.make((inner,), keys=("bob",)), folder / f"build.{chain.keyid('bob'):.8}.link", "bob")
        folder = folder / f"build.{chain.keyid('bob'):.8}"
        folder.mkdir()
    assert_told(chain.verify(), ExitCode.MALFORMED, "BAD_LAYOUT")


def test_one_key_twice_in_the_json(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    text = chain.path.read_text()
    chain.path.write_text(text.replace('"signed": {', '"signed": {"expires": "2099-01-01T00:00:00Z", ', 1))
    assert_told(chain.verify(), ExitCode.MALFORMED, "DUPLICATE_KEY")
