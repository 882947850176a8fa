"""Attack: one functionary counts twice towards a threshold, under two names for his key."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import BUILD, CHECKOUT, PRODUCT, SOURCE, Chain
from tests.simulator.runner import assert_told


def two_of(chain: Chain) -> None:
    chain.layout((CHECKOUT, {**BUILD, "pubkeys": ["bob", "carol"], "threshold": 2}))


def test_one_link_twice(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    two_of(chain)
    link = next(chain.links.glob("build.*"))
    (chain.links / f"build.{chain.keyid('carol'):.8}.link").write_bytes(link.read_bytes())
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_THRESHOLD")


def test_one_key_s_signature_under_the_other_s_key_id(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    two_of(chain)
    text = next(chain.links.glob("build.*")).read_text().replace(chain.keyid("bob"), chain.keyid("carol"))
    (chain.links / f"build.{chain.keyid('carol'):.8}.link").write_text(text)
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_THRESHOLD")


def test_layout_that_names_one_key_twice(tmp_path: Path) -> None:
    """Its owner signed it, and meant two people: refused, for nobody can say who the second one is."""
    chain = Chain(tmp_path / "chain")
    layout = chain.make((CHECKOUT, {**BUILD, "pubkeys": ["bob", "carol"], "threshold": 2}))
    layout.keys[chain.keyid("carol")] = {**chain.public("bob"), "keyid": chain.keyid("carol")}
    chain.sign(layout, chain.path, "owner")
    chain.link("build", by="carol", materials=SOURCE, products=PRODUCT)
    assert_told(chain.verify(), ExitCode.MALFORMED, "LAYOUT_KEY_TWICE")
