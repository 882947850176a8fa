"""Attack: what one step hands to the next, or to the user, is exchanged on the way."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import PRODUCT, SOURCE, Chain
from tests.simulator.runner import assert_told


def test_source_swapped_between_checkout_and_build(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.link("build", by="bob", materials={**SOURCE, "src/app.py": b"evil"}, products=PRODUCT)
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_RULE")


def test_file_added_between_checkout_and_build(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.link("build", by="bob", materials={**SOURCE, "src/evil.py": b"evil"}, products=PRODUCT)
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_RULE")


def test_artifact_swapped_after_the_last_step(tmp_path: Path) -> None:
    """Every rule holds, for something else: in-toto itself would be content."""
    chain = Chain(tmp_path / "chain")
    chain.file.write_bytes(b"evil archive")
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")


def test_product_of_an_earlier_step_is_not_the_artifact(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.link("build", by="bob", materials=SOURCE, products=PRODUCT)
    source = chain.folder / "app.py"
    source.write_bytes(SOURCE["src/app.py"])
    assert_told(chain.verify(artifact=source), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")
