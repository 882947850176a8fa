"""Attack: the link of a step is signed by somebody whom the layout does not name for it."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import PRODUCT, SOURCE, Chain
from tests.simulator.runner import assert_told


def test_link_by_somebody_the_layout_does_not_name(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    forged = chain.link("build", by="mallory", materials=SOURCE, products=PRODUCT)
    forged.rename(next(chain.links.glob(f"build.{chain.keyid('bob'):.8}.*")))
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LINK_UNKNOWN_SIGNER")


def test_link_by_a_stranger_beside_the_good_one_is_told_and_does_not_count(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.link("build", by="mallory", materials=SOURCE, products={"shop.tar": b"evil"})
    told = chain.verify()
    assert_told(told, ExitCode.OK)
    assert "[LINK_UNKNOWN_SIGNER]" in told.stderr


def test_link_by_a_functionary_of_another_step(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    next(chain.links.glob("build.*")).unlink()
    chain.link("build", by="alice", materials=SOURCE, products=PRODUCT)
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LINK_NOT_ALLOWED")
