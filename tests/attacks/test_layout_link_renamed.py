"""Attack: an honest link of one step is passed off as that of another, by its file name."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import BUILD, CHECKOUT, Chain
from tests.simulator.runner import assert_told


def test_link_of_another_step_under_the_name_of_this_one(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    review = {"name": "review", "pubkeys": ["bob"]}
    chain.layout((CHECKOUT, review, BUILD))
    honest = next(chain.links.glob("build.*"))
    (chain.links / honest.name.replace("build", "review")).write_bytes(honest.read_bytes())
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LINK_RENAMED")
