"""Decompression bomb: a layer of a few kilobytes that unfolds without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.images import Layout, file, tar
from tests.simulator.runner import assert_told, run_cli


@pytest.mark.parametrize("verb", [("sbom",), ("scan", "--only", "deps,secrets")], ids=["sbom", "scan"])
def test_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]) -> None:
    """The limit is set low, so that the test costs little: what a stream may grow at all, and for each byte of it."""
    monkeypatch.setattr("supplychain.artifact.image.decompress.FREE", 1 << 20)
    layout = Layout(tmp_path).image(tar(file("etc/os-release", b"ID=debian"), file("zeros", bytes(32 << 20))))
    assert sum(path.stat().st_size for path in layout.path.rglob("*") if path.is_file()) < 200_000
    env = {"SUPPLYCHAIN_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    outcome = run_cli([verb[0], layout.target, *verb[1:]], env=env, cwd=tmp_path)
    assert_told(outcome, ExitCode.MALFORMED, "DECOMPRESSION_BOMB")
    assert outcome.stdout == ""
