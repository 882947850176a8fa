"""Attack: a layout, or one within it, brings a command that would run on the machine that checks."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import BUILD, Chain
from tests.simulator.runner import assert_told


def trap(marker: Path) -> list[dict[str, object]]:
    return [{"name": "look", "run": ["touch", str(marker)]}]


def test_inspection_is_refused_before_anything_runs(tmp_path: Path) -> None:
    chain, marker = Chain(tmp_path / "chain"), tmp_path / "it-ran"
    chain.layout(inspect=trap(marker))
    told = chain.verify()
    assert_told(told, ExitCode.USAGE, "LAYOUT_INSPECTIONS")
    assert f"touch {marker}" in told.stderr
    assert not marker.exists()


def test_inspection_of_an_inner_layout_is_refused_too(tmp_path: Path) -> None:
    chain, marker = Chain(tmp_path / "chain"), tmp_path / "it-ran"
    inner = {**BUILD, "name": "inner", "expected_materials": []}
    document = chain.make((inner,), keys=("bob",), inspect=trap(marker))
    chain.sign(document, next(chain.links.glob("build.*")), "bob")
    assert_told(chain.verify(), ExitCode.USAGE, "LAYOUT_INSPECTIONS")
    assert not marker.exists()


def test_nothing_runs_for_a_layout_that_fails(tmp_path: Path) -> None:
    """Also where commands are allowed: first the signatures and the rules."""
    chain, marker = Chain(tmp_path / "chain"), tmp_path / "it-ran"
    chain.layout(inspect=trap(marker))
    chain.file.write_bytes(b"evil archive")
    assert_told(chain.verify("--allow-inspections"), ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")
    chain.layout(inspect=trap(marker), by=("mallory",))
    assert_told(chain.verify("--allow-inspections"), ExitCode.VERIFICATION_FAILED, "LAYOUT_SIGNATURE")
    assert not marker.exists()
